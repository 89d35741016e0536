// A publication verified in the browser that reads this, as `countersign verify` does it: everything is fetched anew from the
// server, nothing of it is believed before it was checked. What this cannot show: that the server is honest, since the server
// also sent this script.

import { BadChain, Ended, readChain, verifyChain } from "./verify-chain.js";
import { readChangeset, readSignatures } from "./verify-changeset.js";
import { Malformed, read } from "./verify-json.js";
import { hex, sha256 } from "./verify-sha256.js";
import { Refused, checkAhead, checkAsked, readStatement } from "./verify-statement.js";
import { treeRoot } from "./verify-tree.js";

/** What is checked, in this order, as people read it. */
export const CHECKS = new Map([
  ["fetched", "The answer came whole"],
  ["form", "It is a changeset with a signed statement"],
  ["chain", "The certificates lead to the root"],
  ["signature", "The statement is signed by the leaf"],
  ["statement", "The statement can be read in one way only"],
  ["collection", "It is about this collection, and of the records’ time"],
  ["clock", "Its version and time are not ahead of the clock"],
  ["records", "The records are those that it commits to"],
  ["freshness", "It has not expired"],
  ["content", "It names the digest of the signed content"],
  ["contentSignature", "The content signature is good too"],
]);

/** What is checked of a publication that was replaced. Its records are served only while the same ones are published. */
export const OLD_CHECKS = new Map([
  ["fetched", "The server has kept its statement"],
  ["statement", "The statement can be read in one way only"],
  ["collection", "It is version and collection of this page"],
  ["chain", "The certificates lead to the root"],
  ["signature", "The statement is signed by the leaf"],
  ["successors", "What clients get now is built on it"],
  ["records", "The records are those that it commits to"],
]);

/** Verifies what is published now. `asked`: bucket, collection, signer, root (hex), now (milliseconds), url of the changeset;
    `door`: `fetch(url)` gives `{bytes, status}`, `breathe()` lets the page live, `tell(check, result, words)` is told each step.
    Gives the statement and the number of records; throws Refused, whose `check` says where it ended. */
export async function verify(asked, door) {
  const run = new Run(asked, door);
  const body = await run.step("fetched", async () => {
    const answer = await fetched(door, asked.url);
    return [utf8(answer.bytes), `${count(answer.bytes.length, "byte")}`];
  });
  const changeset = await run.step("form", async () => {
    const read = await readChangeset(body, door.breathe);
    if (!read.carried) throw new Refused("StatementMissing", "there is no statement");
    return [read, count(read.records.length, "record")];
  });
  await run.signed(changeset.carried.text, changeset.carried.signatures, asked.now);
  const statement = await run.step("statement", () => {
    const read = readStatement(changeset.carried.text);
    return [read, `version ${read.version}, ${read.previous === null ? "the first" : `after ${short(read.previous)}`}`];
  });
  await run.step("collection", () => {
    checkAsked(statement, { ...asked, timestamp: changeset.timestamp });
    return [undefined, `${asked.bucket}/${asked.collection}, ${date(statement.timestamp)}`];
  });
  await run.step("clock", () => [checkAhead(statement, asked.now), date(asked.now)]);
  await run.step("records", async () => {
    await checkRecords(changeset, statement, door);
    return [undefined, `${count(statement.count, "record")} hashed, root ${short(statement.root)}`];
  });
  freshness(run, statement, asked.now);
  const message = await contentMessage(changeset.records, changeset.timestamp, door.breathe);
  await run.step("content", async () => {
    const digest = hex(new Uint8Array(await crypto.subtle.digest("SHA-384", message)));
    if (digest !== statement.content) throw new Refused("ContentMismatch", `the content of these records is ${short(digest)}`);
    return [undefined, short(digest)];
  });
  await run.content(changeset.content, message);
  return { records: changeset.records.length, statement };
}

/** Verifies what is kept of a publication that was replaced. `asked` has `version`, `latest` and `statements` (an address) too.
    A leaf that has ended since is judged at the time that the statement names; then the statements after it count, since each
    names the hash of the one before and the newest is signed under certificates that are good now. */
export async function verifyOld(asked, door) {
  const run = new Run(asked, door);
  const entries = await run.step("fetched", async () => {
    const list = await statementsFrom(asked, door);
    return [list, count(list.length, "statement")];
  });
  const [{ signatures, text }] = entries;
  const statement = await run.step("statement", () => {
    const read = readStatement(text);
    return [read, `version ${read.version}, ${count(read.count, "record")}, root ${short(read.root)}`];
  });
  await run.step("collection", () => {
    checkAsked(statement, asked);
    if (statement.version !== asked.version) throw new Refused("WrongVersion", `it is version ${statement.version}`);
    return [undefined, `${asked.bucket}/${asked.collection}, version ${asked.version}`];
  });
  await run.signed(text, signatures, asked.now, statement.issued);
  const newest = await run.step("successors", async () => {
    for (let place = 1; place < entries.length; place += 1) {
      const later = readStatement(entries[place].text);
      checkAsked(later, asked);
      if (later.previous !== hashOf(entries[place - 1].text)) {
        throw new Refused("BrokenChain", `version ${later.version} was not built on version ${readStatement(entries[place - 1].text).version}`);
      }
      await door.breathe();
    }
    const last = entries[entries.length - 1];
    const newest = readStatement(last.text);
    await signedUnderRoot(run, last.text, last.signatures, asked.now);
    const steps = entries.length - 1;
    return [newest, `${count(steps, "link")} of hashes from version ${newest.version}, whose signature is good now`];
  });
  if (newest.root !== statement.root || newest.timestamp !== statement.timestamp) {
    door.tell("records", "noted", "others are published now, and these are not served any more");
    return { records: undefined, statement };
  }
  const records = await run.step("records", async () => {
    const answer = await fetched(door, asked.url);
    const changeset = await readChangeset(utf8(answer.bytes), door.breathe);
    await checkRecords(changeset, statement, door);
    return [changeset.records.length, `${count(statement.count, "record")} hashed: the same ones are published now`];
  });
  return { records, statement };
}

/** The steps of one verification. */
class Run {
  constructor(asked, door) {
    this.asked = asked;
    this.door = door;
    this.chains = new Map();
  }

  /** Does one step: `work` gives what goes on and the words about it. */
  async step(check, work) {
    this.door.tell(check, "running", "");
    await this.door.breathe();
    try {
      const [value, words] = await work();
      this.door.tell(check, "holds", words);
      return value;
    } catch (error) {
      if (!(error instanceof Refused)) throw error;
      error.check ??= check;
      this.door.tell(error.check, "failed", error.message);
      throw error;
    }
  }

  /** One of the signatures over a text is good. `then`: a time at which certificates are judged that have ended since. */
  async signed(text, signatures, now, then) {
    let ended = false;
    const judged = async (at) => signedUnderRoot(this, text, signatures, at);
    const found = await this.step("chain", async () => {
      let good;
      try {
        good = await judged(now);
      } catch (error) {
        if (!error.hasEnded || then === undefined) throw error;
        good = await judged(then);
        ended = true;
      }
      return [good, `${good.chain.length} certificates, root ${short(this.asked.root)}`];
    });
    if (ended) {
      this.door.tell("chain", "noted", `a certificate has ended since; all were good at ${date(then)}, when the statement says that it was signed`);
    }
    this.door.tell("signature", "holds", this.asked.signer);
    return found;
  }

  /** The content signature, which other clients go by. Its chain is looked for at this server, whatever address it names: what
      counts is the root. */
  async content(signatures, message) {
    if (signatures.length === 0) {
      this.door.tell("contentSignature", "noted", "there is none: other clients refuse it");
      return;
    }
    await this.step("contentSignature", async () => {
      const pathOf = (x5u) => (URL.canParse(x5u, this.asked.url) ? new URL(x5u, this.asked.url).pathname : x5u);
      const here = signatures.map(({ signature, x5u }) => ({ signature, x5u: pathOf(x5u) }));
      try {
        await tryAll(this, message, here, this.asked.now);
      } catch (error) {
        if (error instanceof Refused) error.check = "contentSignature";
        throw error;
      }
      return [undefined, this.asked.signer];
    });
  }

  /** The chain at an address. */
  async chain(x5u) {
    if (!URL.canParse(x5u, this.asked.url)) throw new Refused("ChainUnavailable", "the address of its certificates is none");
    const url = new URL(x5u, this.asked.url);
    if (url.origin !== new URL(this.asked.url).origin || url.username || url.password) {
      throw new Refused("ChainUnavailable", "its certificates are at another server, which is not asked");
    }
    if (!this.chains.has(url.href)) {
      const answer = await this.door.fetch(url.href);
      if (answer.status !== 200 || answer.bytes.length > 65_536) {
        throw new Refused("ChainUnavailable", `its certificates could not be fetched (${answer.status})`);
      }
      this.chains.set(url.href, latin1(answer.bytes));
    }
    return readChain(this.chains.get(url.href));
  }
}

/** Number and root of the records are those of the statement. */
async function checkRecords({ fault, records }, statement, door) {
  if (fault) throw fault;
  if (records.length !== statement.count) {
    throw new Refused("RootMismatch", `${count(records.length, "record")} came, it commits to ${statement.count}`);
  }
  const root = await treeRoot(records, door.breathe);
  if (root !== statement.root) throw new Refused("RootMismatch", `the root of these records is ${short(root)}, not ${short(statement.root)}`);
}

async function signedUnderRoot(run, text, signatures, at) {
  return tryAll(run, prefixed(new TextEncoder().encode(text)), signatures, at);
}

/** Tries the entries in order; one good one is enough. The last reason is told. */
async function tryAll(run, message, signatures, at) {
  let reason = new Refused("BadSignature", "there is no signature that could be tried");
  let missing;
  for (const { signature, x5u } of signatures) {
    try {
      const bytes = signatureBytes(signature);
      let chain;
      let key;
      try {
        chain = await run.chain(x5u);
        key = await verifyChain(chain, { ...run.asked, now: at });
      } catch (error) {
        if (!(error instanceof BadChain)) throw error;
        const bad = refusedAt("chain", error.message);
        bad.hasEnded = error instanceof Ended;
        throw bad;
      }
      if (await crypto.subtle.verify({ name: "ECDSA", hash: "SHA-384" }, key, bytes, message)) return { chain };
      throw refusedAt("signature", "the signature does not fit the text and the leaf’s key");
    } catch (error) {
      if (error.code === "ChainUnavailable") missing ??= error;
      else if (error instanceof Refused) reason = error;
      else throw error;
    }
  }
  if (missing) missing.check = "chain";
  throw missing ?? reason;
}

function refusedAt(check, message) {
  const error = new Refused("BadSignature", message);
  error.check = check;
  return error;
}

function signatureBytes(text) {
  if (!/^[A-Za-z0-9_-]{128}$/.test(text)) throw refusedAt("signature", "the signature is not 128 characters of base64url");
  const plain = atob(text.replaceAll("-", "+").replaceAll("_", "/"));
  return Uint8Array.from(plain, (character) => character.charCodeAt(0));
}

/** What a content signature signs: all records, in the order of their ids. */
async function contentMessage(records, timestamp, breathe) {
  const [head, tail] = ['{"data":[', `],"last_modified":"${timestamp}"}`];
  const length = records.reduce((sum, { text }) => sum + text.length + 1, 0) - Math.min(records.length, 1);
  const message = new Uint8Array(PREFIX.length + head.length + length + tail.length);
  message.set(PREFIX);
  let at = PREFIX.length;
  const put = (text) => {
    // Canonical texts are ASCII.
    at += UTF8.encodeInto(text, message.subarray(at)).written;
  };
  put(head);
  for (const [place, { text }] of records.entries()) {
    if (place > 0) put(",");
    put(text);
    await breathe();
  }
  put(tail);
  return message;
}

function freshness(run, { expires }, now) {
  if (expires === undefined) run.door.tell("freshness", "noted", "it never expires: nobody can tell a frozen copy");
  else if (expires < now) run.door.tell("freshness", "noted", `it expired ${date(expires)}: newer data may be kept from you`);
  else run.door.tell("freshness", "holds", `until ${date(expires)}`);
}

/** All statements from the version asked for to the latest. */
async function statementsFrom(asked, door) {
  const list = [];
  let from = asked.version;
  for (let page = 0; page < MOST_PAGES; page += 1) {
    const answer = await fetched(door, `${asked.statements}?_from=${from}&_limit=${PAGE}`);
    let entries;
    try {
      entries = read(utf8(answer.bytes)).get?.("data");
    } catch (error) {
      if (error instanceof Malformed) throw new Refused("Malformed", error.message);
      throw error;
    }
    if (!Array.isArray(entries)) throw new Refused("Malformed", "there is no list of statements");
    for (const entry of entries) {
      const text = entry instanceof Map ? entry.get("statement") : undefined;
      if (typeof text !== "string") throw new Refused("Malformed", "a statement is no text");
      list.push({ signatures: readSignatures(entry.get("signatures")), text });
    }
    if (entries.length < PAGE) break;
    from = readStatement(list[list.length - 1].text).version + 1;
  }
  if (list.length === 0) throw new Refused("StatementMissing", "the server has none from this version on");
  return list;
}

async function fetched(door, url) {
  const answer = await door.fetch(url);
  if (answer.status === 200) return answer;
  const why = answer.status === 401 || answer.status === 403 ? ": it is not shown to everybody, and this script asks as anybody" : "";
  throw new Refused("Unreachable", answer.status ? `the server answered ${answer.status}${why}` : "the server did not answer");
}

function prefixed(bytes) {
  const message = new Uint8Array(PREFIX.length + bytes.length);
  message.set(PREFIX);
  message.set(bytes, PREFIX.length);
  return message;
}

function utf8(bytes) {
  try {
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    throw new Refused("Malformed", "it is no UTF-8");
  }
}

function latin1(bytes) {
  return new TextDecoder("latin1").decode(bytes);
}

const hashOf = (text) => hex(sha256(UTF8.encode(text)));
const short = (digest) => `${digest.slice(0, 8)}…${digest.slice(-4)}`;
const date = (millis) => new Date(millis).toISOString().replace(/\.\d+/, "").replace("T", " ").replace("Z", " UTC");
const count = (many, noun) => `${String(many).replace(/\B(?=(\d{3})+$)/g, "\u202f")} ${noun}${many === 1 ? "" : "s"}`;
const UTF8 = new TextEncoder();
const PREFIX = UTF8.encode("Content-Signature:\0");
const PAGE = 500;
const MOST_PAGES = 40;
