"""kinto-http.py, unmodified, creates, edits, requests review and approves against a running server.

    python3 kinto_http_test.py SERVER

The accounts admin, editor and reviewer must exist with the password in COUNTERSIGN_PASSWORD (docs/clients/kinto-http.md).
"""

import os
import sys

import kinto_http
from kinto_http.exceptions import KintoException
from kinto_http.patch_type import BasicPatch

SERVER = sys.argv[1]
PASSWORD = os.environ["COUNTERSIGN_PASSWORD"]
BUCKET, COLLECTION = "main-workspace", "kinto-http-test"


def client(user, bucket=BUCKET):
    auth = (user, PASSWORD) if user else None
    return kinto_http.Client(server_url=f"{SERVER}/v1", bucket=bucket, collection=COLLECTION, auth=auth)


def expect(what, found, wanted):
    print(f"{'ok  ' if found == wanted else 'FAIL'} {what}: {found}", flush=True)
    if found != wanted:
        raise SystemExit(f"expected {wanted}")


def refused(what, status, call):
    try:
        call()
    except KintoException as error:
        expect(what, error.response.status_code, status)
    else:
        raise SystemExit(f"{what}: not refused")


def main():
    admin, editor, reviewer, anyone = client("admin"), client("editor"), client("reviewer"), client(None, "main")

    # Who may do what.
    info = admin.server_info()
    expect("server", info["capabilities"]["signer"]["to_review_enabled"], True)
    expect("signed in", info["user"]["id"], "account:admin")
    admin.create_collection(if_not_exists=True)
    for name, member in (("editors", "editor"), ("reviewers", "reviewer")):
        group = f"{COLLECTION}-{name}"
        admin.patch_group(id=group, changes=BasicPatch(data={"members": [f"account:{member}"]}))

    # Create.
    created = editor.create_record(id="one", data={"title": "One"})
    expect("created", created["data"]["title"], "One")
    with editor.batch() as batch:
        for number in range(30):
            batch.create_record(id=f"record-{number}", data={"number": number})
    expect("records", len(editor.get_records()), 31)

    # Edit, safely: a stale writer is refused.
    before = editor.get_record(id="one")["data"]
    editor.update_record(data={**before, "title": "Uno"})
    refused("stale edit", 412, lambda: editor.update_record(data={**before, "title": "Un"}))
    editor.patch_record(id="one", changes=BasicPatch(data={"lang": "it"}))
    editor.delete_record(id="record-29")
    one = editor.get_record(id="one")["data"]
    expect("edited", (one["title"], one["lang"]), ("Uno", "it"))
    expect("status", editor.get_collection()["data"]["status"], "work-in-progress")

    # Request review, send back, request again, approve.
    editor.request_review("Two languages")
    refused("own approval", 403, editor.approve_changes)
    expect("nothing published yet", anyone.get_records(), [])
    reviewer.decline_changes("Say why")
    expect("declined", editor.get_collection()["data"]["last_reviewer_comment"], "Say why")
    editor.request_review("Italian was asked for")
    reviewer.approve_changes()
    expect("signed", editor.get_collection()["data"]["status"], "signed")
    published = {record["id"]: record for record in anyone.get_records()}
    expect("published", (len(published), published["one"]["title"]), (30, "Uno"))
    changeset = anyone.get_changeset(bust_cache=True)
    expect("signatures", [entry["mode"] for entry in changeset["metadata"]["signatures"]], ["p384ecdsa"])
    expect("changes", len(changeset["changes"]), 30)

    # Delete through review, like everything else.
    editor.delete_records()
    editor.request_review("All gone")
    reviewer.approve_changes()
    expect("emptied", anyone.get_records(), [])
    since = anyone.get_changeset(bust_cache=True, _since=changeset["timestamp"])
    expect("tombstones", sum(entry.get("deleted", False) for entry in since["changes"]), 30)

    # Nobody writes past the review.
    refused("direct write", 403, lambda: client("admin", "main").create_record(id="x", data={}))
    refused("anonymous write", 401, lambda: client(None).create_record(id="x", data={}))


main()
