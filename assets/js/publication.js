// The publication's page: verifies in this browser, and says step by step what was checked.

import { Refused } from "./verify-statement.js";
import { CHECKS, OLD_CHECKS, verify, verifyOld } from "./verify.js";

const section = document.querySelector("[data-verify]");
const find = (name) => section.querySelector(`[data-verify-${name}]`);

function begin() {
  if (!globalThis.isSecureContext || !globalThis.crypto?.subtle) {
    say("Not verified here", "Over plain http a browser lends scripts no cryptography, and nobody could trust the script. Open this page over https, or on the machine itself, or verify by hand.");
    return;
  }
  const form = find("form");
  form.hidden = false;
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    const root = pinned(form.elements.root.value);
    fault(root === undefined ? "That is no SHA-256: 64 hex digits, colons allowed." : "");
    if (root !== undefined) run(root);
  });
  // A large collection is fetched when somebody asks for it.
  const bytes = Number(section.dataset.bytes ?? Number.NaN);
  if (isOld() || bytes <= LARGE) run(section.dataset.root);
  else {
    const size = bytes > LARGE ? megabytes(bytes) : "everything";
    say("Verify in your browser", `Your browser would fetch ${size} and hash every record, as a client does.`);
    form.querySelector("button").textContent = "Verify now";
  }
}

const isOld = () => section.dataset.version !== section.dataset.latest;

/** 64 hex digits of what was typed; the server's own where nothing was; undefined where it is none. */
function pinned(typed) {
  const plain = typed.replace(/[\s:]/g, "").toLowerCase();
  if (plain === "") return section.dataset.root;
  return /^[0-9a-f]{64}$/.test(plain) ? plain : undefined;
}

let running = false;

async function run(root) {
  if (running) return;
  running = true;
  const button = find("form").querySelector("button");
  button.setAttribute("aria-busy", "true");
  const { bucket, collection, signer } = section.dataset;
  const [version, latest] = [Number(section.dataset.version), Number(section.dataset.latest)];
  const base = `${location.origin}/v1/buckets/${encodeURIComponent(bucket)}/collections/${encodeURIComponent(collection)}`;
  const asked = {
    bucket, collection, latest, now: Date.now(), root, signer, statements: `${base}/statements`,
    url: `${base}/changeset?_expected=0`, version,
  };
  const steps = new Steps(isOld() ? OLD_CHECKS : CHECKS);
  mark("running");
  say("Verifying in your browser …", "");
  const begun = performance.now();
  const door = { breathe: breather(), fetch: fetchBytes, tell: (...step) => steps.tell(...step) };
  const own = root !== section.dataset.root || find("form").elements.root.value.trim() !== "";
  const under = own ? "the root that you hold" : "the root below";
  try {
    if (isOld()) {
      const { records } = await verifyOld(asked, door);
      const hashed = records === undefined
        ? "Its records are not served any more, so they were not hashed"
        : `Its ${number(records)} records are published still; your browser hashed them all`;
      mark("holds");
      say("Verified in your browser just now",
        `The statement of this version is signed under ${under}, and what clients get now is built on it. ${hashed}. It took ${took(begun)}. ${ORIGIN}`);
    } else {
      const { records, statement } = await verify(asked, door);
      if (statement.version !== version) {
        throw new Refused("Newer", `version ${statement.version} was published meanwhile: load the page anew`);
      }
      mark("holds");
      say("Verified in your browser just now",
        `Your browser fetched this publication the way a client does, hashed all ${number(records)} records and checked both signatures against ${under}. It took ${took(begun)}. ${ORIGIN}`);
    }
  } catch (error) {
    mark("failed");
    if (error instanceof Refused) {
      const check = (isOld() ? OLD_CHECKS : CHECKS).get(error.check);
      say("Does not verify", `${check ? `“${check}” does not hold: ` : ""}${error.message}. Clients refuse it, or keep what they had. It took ${took(begun)}.`);
    } else {
      say("Could not be verified", "The script itself failed; this says nothing about the publication. Verify by hand.");
      console.error(error);
    }
  } finally {
    steps.end();
    button.removeAttribute("aria-busy");
    button.textContent = "Verify again";
    running = false;
  }
}

/** The list of steps on the page. */
class Steps {
  constructor(checks) {
    this.rows = new Map();
    const list = find("steps");
    list.replaceChildren();
    for (const [check, words] of checks) {
      const row = document.createElement("li");
      const result = document.createElement("span");
      result.className = "check-result";
      const what = document.createElement("span");
      what.textContent = words;
      const detail = document.createElement("span");
      detail.className = "check-detail";
      detail.dir = "auto";
      row.append(result, what, detail);
      list.append(row);
      this.rows.set(check, row);
      this.tell(check, "waiting", "");
    }
    find("details").hidden = false;
    find("details").open = false;
    find("count").textContent = `${this.rows.size} checks`;
  }

  tell(check, result, words) {
    const row = this.rows.get(check);
    if (!row) return;
    row.dataset.result = result;
    row.children[0].textContent = RESULTS[result];
    row.children[2].textContent = words;
  }

  /** What was not looked at; and how many hold. Where one does not, all are in sight. */
  end() {
    const results = { failed: 0, holds: 0, missed: 0, noted: 0 };
    for (const [check, row] of this.rows) {
      if (["running", "waiting"].includes(row.dataset.result)) this.tell(check, "missed", "");
      results[row.dataset.result] += 1;
    }
    const { failed, holds, missed, noted } = results;
    const parts = [failed && `${failed} failed`, `${holds} hold`, noted && `${noted} with a note`, missed && `${missed} not reached`];
    find("count").textContent = `${this.rows.size} checks: ${parts.filter(Boolean).join(", ")}`;
    find("details").open = failed > 0;
  }
}

function say(title, summary) {
  find("title").textContent = title;
  find("summary").textContent = summary;
}

function mark(result) {
  section.dataset.state = result;
}

function fault(words) {
  const place = find("fault");
  place.textContent = words;
  place.hidden = words === "";
  const input = find("form").elements.root;
  input.toggleAttribute("aria-invalid", words !== "");
  place.closest(".field").classList.toggle("bad", words !== "");
}

/** As anybody: no cookies, no redirects, no cache. */
async function fetchBytes(url) {
  try {
    const answer = await fetch(url, { cache: "no-store", credentials: "omit", redirect: "error" });
    if (Number(answer.headers.get("Content-Length") ?? 0) > LARGEST) return { bytes: new Uint8Array(), status: 0 };
    return { bytes: new Uint8Array(await answer.arrayBuffer()), status: answer.status };
  } catch {
    return { bytes: new Uint8Array(), status: 0 };
  }
}

/** Lets the page live every few milliseconds. */
function breather() {
  let last = performance.now();
  const { port1, port2 } = new MessageChannel();
  return async () => {
    if (performance.now() - last < SLICE) return;
    await new Promise((resolve) => {
      port1.onmessage = resolve;
      port2.postMessage(undefined);
    });
    last = performance.now();
  };
}

const number = (many) => String(many).replace(/\B(?=(\d{3})+$)/g, "\u202f");
const megabytes = (bytes) => `${(bytes / 1e6).toFixed(1)}\u00a0MB`;
const took = (begun) => `${number(Math.max(1, Math.round(performance.now() - begun)))}\u00a0ms`;
const RESULTS = { failed: "FAILED", holds: "holds", missed: "not reached", noted: "noted", running: "…", waiting: "" };
const ORIGIN = "The script came from this server; to depend on nothing here, verify by hand.";
const LARGE = 10_000_000;
/** Bytes: what a browser holds without trouble. */
const LARGEST = 1_000_000_000;
/** Milliseconds. */
const SLICE = 10;

if (section) begin();
