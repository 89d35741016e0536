"""An unmodified Firefox syncs a collection from a running server, takes a delta, and refuses a tampered one.

    python3 firefox_test.py SERVER FIREFOX

SERVER is http://127.0.0.1:PORT of a server whose leaf certificate Firefox trusts locally (docs/clients/firefox.md). The
accounts admin, editor and reviewer must exist with the password in COUNTERSIGN_PASSWORD. The standard library is enough:
Firefox is driven over Marionette, which is JSON on a socket.
"""

import base64
import http.server
import json
import os
import pathlib
import socket
import subprocess
import sys
import tempfile
import threading
import time
import urllib.request

SERVER, FIREFOX = sys.argv[1:3]
PASSWORD = os.environ["COUNTERSIGN_PASSWORD"]
SOURCE, PUBLISHED, COLLECTION = "main-workspace", "main", "firefox-test"


def api(user, method, path, data=None, headers=None):
    body = None if data is None else json.dumps(data).encode()
    request = urllib.request.Request(f"{SERVER}/v1{path}", body, headers or {}, method=method)
    request.add_header("Authorization", "Basic " + base64.b64encode(f"{user}:{PASSWORD}".encode()).decode())
    if body is not None:
        request.add_header("Content-Type", "application/json")
    with urllib.request.urlopen(request, timeout=30) as answer:
        return json.load(answer)


def prepare():
    collection = f"/buckets/{SOURCE}/collections/{COLLECTION}"
    api("admin", "PUT", collection, {"data": {}})
    for group, member in (("editors", "editor"), ("reviewers", "reviewer")):
        members = {"data": {"members": [f"account:{member}"]}}
        api("admin", "PUT", f"/buckets/{SOURCE}/groups/{COLLECTION}-{group}", members)


def publish(records, deleted=()):
    collection = f"/buckets/{SOURCE}/collections/{COLLECTION}"
    for record in records:
        api("editor", "PUT", f"{collection}/records/{record['id']}", {"data": record})
    for record_id in deleted:
        api("editor", "DELETE", f"{collection}/records/{record_id}")
    api("editor", "PATCH", collection, {"data": {"status": "to-review"}})
    digest = api("reviewer", "GET", f"{collection}/change")["data"]["digest"]
    api("reviewer", "PATCH", collection, {"data": {"status": "to-sign"}}, {"Countersign-Change": digest})


class Proxy(http.server.ThreadingHTTPServer):
    """Stands between Firefox and the server: notes what is asked, and may change a letter of what is answered."""

    daemon_threads = True

    def __init__(self):
        super().__init__(("127.0.0.1", 0), ProxyHandler)
        self.asked, self.tamper = [], False
        threading.Thread(target=self.serve_forever, daemon=True).start()

    @property
    def url(self):
        return f"http://127.0.0.1:{self.server_address[1]}/v1"


class ProxyHandler(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        self.server.asked.append(self.path)
        try:
            with urllib.request.urlopen(SERVER + self.path, timeout=30) as answer:
                status, headers, body = answer.status, answer.headers, answer.read()
        except urllib.error.HTTPError as error:
            status, headers, body = error.code, error.headers, error.read()
        if self.server.tamper and f"/collections/{COLLECTION}/changeset" in self.path:
            assert b"revoked" in body
            body = body.replace(b"revoked", b"ignored")
        self.send_response(status)
        for name in ("Content-Type", "Date", "Last-Modified"):
            if headers[name]:
                self.send_header(name, headers[name])
        # Without a lifetime Firefox may use an answer again for a tenth of its age; here each poll is to be a request.
        self.send_header("Cache-Control", "no-store")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *arguments):
        pass


class Firefox:
    """A fresh, headless, unmodified Firefox with a profile of its own."""

    def __init__(self, server_url):
        self.folder = tempfile.TemporaryDirectory(prefix="countersign-firefox-")
        profile = pathlib.Path(self.folder.name, "profile")
        profile.mkdir()
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            port = free.getsockname()[1]
        preferences = {
            "services.settings.server": server_url,
            "services.settings.loglevel": "debug",
            "marionette.port": port,
            # Nothing else talks to the network.
            "app.normandy.enabled": False,
            "app.update.disabledForTesting": True,
            "browser.shell.checkDefaultBrowser": False,
            "datareporting.policy.dataSubmissionEnabled": False,
            "network.connectivity-service.enabled": False,
            "network.captive-portal-service.enabled": False,
            "browser.safebrowsing.update.enabled": False,
            "dom.push.connection.enabled": False,
            "extensions.update.enabled": False,
        }
        lines = (f"user_pref({json.dumps(name)}, {json.dumps(value)});\n" for name, value in preferences.items())
        (profile / "user.js").write_text("".join(lines))
        environment = {
            **os.environ,
            "HOME": self.folder.name,
            "MOZ_HEADLESS": "1",
            "MOZ_CRASHREPORTER_DISABLE": "1",
            # Lets `services.settings.server` name another server than Mozilla's.
            "MOZ_REMOTE_SETTINGS_DEVTOOLS": "1",
        }
        self.log = open(pathlib.Path(self.folder.name, "log"), "w+")
        command = [FIREFOX, "--marionette", "--remote-allow-system-access", "--no-remote", "--profile", str(profile)]
        self.process = subprocess.Popen(command, env=environment, stdout=self.log, stderr=subprocess.STDOUT)
        self.socket = self.connect(port)
        self.next_id = 0
        self.read()
        self.command("WebDriver:NewSession", {})
        self.command("Marionette:SetContext", {"value": "chrome"})
        self.command("WebDriver:SetTimeouts", {"script": 60_000})

    def connect(self, port):
        for _ in range(600):
            if self.process.poll() is not None:
                break
            try:
                connection = socket.create_connection(("127.0.0.1", port), timeout=120)
                return connection
            except ConnectionRefusedError:
                time.sleep(0.1)
        self.log.seek(0)
        raise SystemExit(f"Firefox did not start:\n{self.log.read()[-4000:]}")

    def read(self):
        length = b""
        while not length.endswith(b":"):
            byte = self.socket.recv(1)
            if not byte:
                raise SystemExit("Firefox went away")
            length += byte
        left, body = int(length[:-1]), b""
        while left > len(body):
            body += self.socket.recv(left - len(body))
        return json.loads(body)

    def command(self, name, parameters):
        self.next_id += 1
        message = json.dumps([0, self.next_id, name, parameters]).encode()
        self.socket.sendall(str(len(message)).encode() + b":" + message)
        _, _, error, result = self.read()
        if error:
            raise SystemExit(f"{name}: {error['error']}: {error['message']}")
        return result

    def run(self, body):
        """Runs the body of an async function of `client`; gives what it returns, or the name of what it throws."""
        script = f"""
            const [done] = [arguments[arguments.length - 1]];
            (async () => {{
              const {{ RemoteSettings }} =
                ChromeUtils.importESModule("resource://services-settings/remote-settings.sys.mjs");
              const client = RemoteSettings("{COLLECTION}", {{ bucketName: "{PUBLISHED}" }});
              {body}
            }})().then(value => done({{ value }}), error => done({{ error: error.name, message: String(error) }}));
        """
        return self.command("WebDriver:ExecuteAsyncScript", {"script": script, "args": [], "sandbox": "system"})["value"]

    def close(self):
        self.socket.close()
        self.process.terminate()
        self.process.wait(30)
        self.log.close()
        self.folder.cleanup()


SYNC = """
  const events = [];
  const listener = ({ data }) => events.push(data);
  client.on("sync", listener);
  try { await client.sync(); } finally { client.off("sync", listener); }
  const records = await client.get({ verifySignature: true, syncIfEmpty: false });
  const count = name => events.reduce((sum, data) => sum + data[name].length, 0);
  return { ids: records.map(r => r.id).sort(), events: ["created", "updated", "deleted"].map(count) };
"""
KEPT = """
  const records = await client.get({ verifySignature: true, syncIfEmpty: false });
  return { ids: records.map(r => r.id).sort(), states: records.map(r => r.state) };
"""


def expect(what, found, wanted):
    print(f"{'ok  ' if found == wanted else 'FAIL'} {what}: {found}", flush=True)
    if found != wanted:
        raise SystemExit(f"expected {wanted}")


def main():
    prepare()
    publish([{"id": name, "state": "revoked"} for name in ("one", "two", "three")])
    proxy = Proxy()
    firefox = Firefox(proxy.url)
    try:
        first = firefox.run(SYNC)
        expect("first sync", first, {"value": {"ids": ["one", "three", "two"], "events": [3, 0, 0]}})

        publish([{"id": "four", "state": "revoked"}, {"id": "one", "state": "revoked", "note": "changed"}], ["two"])
        proxy.asked.clear()
        delta = firefox.run(SYNC)
        expect("delta", delta, {"value": {"ids": ["four", "one", "three"], "events": [1, 1, 1]}})
        changesets = [path for path in proxy.asked if f"/collections/{COLLECTION}/changeset" in path]
        expect("asked for the changes alone", ["_since=" in path for path in changesets], [True])

        publish([{"id": "five", "state": "revoked"}])
        proxy.tamper = True
        refused = firefox.run(SYNC)
        expect("tampered with", refused.get("error"), "InvalidSignatureError")
        kept = firefox.run(KEPT)
        expect("kept", kept["value"], {"ids": ["four", "one", "three"], "states": ["revoked"] * 3})

        proxy.tamper = False
        honest = firefox.run(SYNC)
        expect("honest again", honest["value"]["ids"], ["five", "four", "one", "three"])
    finally:
        firefox.close()


main()
