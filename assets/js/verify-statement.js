// The statement: what a publication is (bucket, collection, version, root …), and the rules by which it is read.

import { Malformed, read, signable } from "./verify-json.js";

/** Why something is refused: `code` is its name in the specification, the message says it to people. */
export class Refused extends Error {
  constructor(code, message) {
    super(message);
    this.code = code;
  }
}

/** Reads a statement's text. Whom and what it is about is not looked at. */
export function readStatement(text) {
  const members = readCanonical(text);
  if (members.get("type") !== "countersign/statement/v1") {
    throw new Refused("UnknownType", "it is no statement of a known type");
  }
  const critical = members.get("critical");
  if (critical !== undefined) {
    if (!Array.isArray(critical) || critical.some((name) => typeof name !== "string")) malformed("critical is no list of texts");
    if (!critical.every((name) => KNOWN.has(name))) {
      throw new Refused("UnknownCritical", "it has a critical member that this script does not know");
    }
  }
  const statement = {};
  for (const [name, isGood] of TABLE) {
    const value = members.get(name);
    if (!isGood(value)) malformed(`member ${name} is missing or has another type`);
    statement[name] = value;
  }
  return statement;
}

/** The statement is of the collection that was asked for, and not from a far future. `timestamp`: the changeset's, if it came
    with one. */
export function checkAsked(statement, { bucket, collection, timestamp }) {
  if (statement.bucket !== bucket) throw new Refused("WrongBucket", `it is of bucket ${statement.bucket}`);
  if (statement.collection !== collection) throw new Refused("WrongCollection", `it is of collection ${statement.collection}`);
  if (timestamp !== undefined && statement.timestamp !== timestamp) {
    throw new Refused("TimestampMismatch", `it is of the time ${statement.timestamp}, the records of ${timestamp}`);
  }
}

/** Neither version nor timestamp is more than 90 days ahead. */
export function checkAhead(statement, now) {
  if (statement.version > now + MOST_AHEAD || statement.timestamp > now + MOST_AHEAD) {
    throw new Refused("TooFarAhead", "its version or timestamp is more than 90 days ahead");
  }
}

/** The object of which this is the canonical text, to the byte: then nobody can read it in another way. */
function readCanonical(text) {
  if (new TextEncoder().encode(text).length > LONGEST) malformed("it is too long");
  let value;
  let again;
  try {
    value = read(text, { depth: 8 });
    again = value instanceof Map ? signable(value) : undefined;
  } catch (error) {
    if (error instanceof Malformed) malformed(error.message);
    throw error;
  }
  if (again === undefined) malformed("it is no object");
  if (again !== text) malformed("it is not spelled in the one way that is allowed");
  return value;
}

function malformed(what) {
  throw new Refused("Malformed", what);
}

const isText = (value) => typeof value === "string";
const isCount = (value) => typeof value === "number" && value >= 0;
const isHex = (digits) => (value) => isText(value) && value.length === digits && /^[0-9a-f]*$/.test(value);
const TABLE = [
  ["bucket", isText],
  ["collection", isText],
  ["content", isHex(96)],
  ["count", isCount],
  ["expires", (value) => value === undefined || isCount(value)],
  ["issued", isCount],
  ["previous", (value) => value === null || isHex(64)(value)],
  ["root", isHex(64)],
  ["timestamp", isCount],
  ["version", (value) => isCount(value) && value >= 1],
];
const KNOWN = new Set([...TABLE.map(([name]) => name), "critical", "type"]);
const LONGEST = 65_536;
const MOST_AHEAD = 7_776_000_000;
