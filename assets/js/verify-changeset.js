// A changeset: metadata and all records of a collection, as a server answers it. Read in slices, so that a page with a hundred
// thousand records stays alive.

import { Malformed, Reader, compare, signable } from "./verify-json.js";
import { sorted } from "./verify-sort.js";
import { Refused } from "./verify-statement.js";

/** Reads an answer: `carried` is the statement with its signatures, `content` the content signatures, `records` are `{id, text}`
    in the order of their ids, text being the canonical text. A fault in a record is kept in `fault`: it is told after the
    signatures were looked at. */
export async function readChangeset(text, breathe) {
  const answer = { fault: undefined, records: undefined };
  const members = new Map();
  try {
    const reader = new Reader(text);
    if (reader.peek() !== 0x7b) throw new Malformed("no object");
    for (const name of reader.members()) {
      if (members.has(name)) reader.fail("a member comes twice");
      if (name === "changes" && reader.peek() === 0x5b) {
        answer.records = await readRecords(reader, answer, breathe);
        members.set(name, true);
      } else members.set(name, reader.value());
    }
    reader.end();
  } catch (error) {
    if (error instanceof Malformed) throw new Refused("Malformed", error.message);
    throw error;
  }
  const [metadata, timestamp] = [members.get("metadata"), members.get("timestamp")];
  if (!(metadata instanceof Map)) throw new Refused("Malformed", "it has no metadata");
  if (typeof timestamp !== "number") throw new Refused("Malformed", "it has no timestamp");
  if (!answer.records) throw new Refused("Malformed", "it has no list of changes");
  const one = metadata.get("signature");
  const content = metadata.get("signatures") ?? (one === undefined ? [] : [one]);
  return { ...answer, carried: readCarried(metadata), content: readSignatures(content), timestamp };
}

async function readRecords(reader, answer, breathe) {
  const records = [];
  const ids = new Set();
  for (const _ of reader.items()) {
    const entry = reader.value();
    if (!(entry instanceof Map)) throw new Malformed("an entry is no object");
    try {
      const record = readEntry(entry);
      if (ids.has(entry.get("id"))) throw new Refused("Malformed", `two records have the id ${entry.get("id")}`);
      ids.add(entry.get("id"));
      if (record) records.push(record);
    } catch (error) {
      if (error instanceof Malformed) answer.fault ??= new Refused("Malformed", `a record has ${error.message}`);
      else if (error instanceof Refused) answer.fault ??= error;
      else throw error;
    }
    await breathe();
  }
  return sorted(records, (one, other) => compare(one.id, other.id), breathe);
}

/** A record with its canonical text; undefined for a tombstone. */
function readEntry(entry) {
  const id = entry.get("id");
  if (typeof id !== "string" || id === "") throw new Refused("Malformed", "an entry has no id");
  const modified = entry.get("last_modified");
  if (typeof modified !== "number" && typeof modified !== "bigint") throw new Refused("Malformed", `record ${id} has no last_modified`);
  const deleted = entry.get("deleted");
  if (deleted === true) return undefined;
  if (deleted !== undefined) throw new Refused("Malformed", `record ${id} is neither there nor deleted`);
  return { id, text: signable(entry) };
}

function readCarried(metadata) {
  const carried = metadata.get("countersign");
  if (carried === undefined || carried === null) return undefined;
  const [text, list] = carried instanceof Map ? [carried.get("statement"), carried.get("signatures")] : [];
  if (typeof text !== "string" || !Array.isArray(list)) throw new Refused("Malformed", "what is signed has another shape");
  return { signatures: readSignatures(list), text };
}

/** The entries that are tried, in order: of the first eight those of the one mode that there is. */
export function readSignatures(list) {
  if (!Array.isArray(list)) return [];
  return list.slice(0, 8).flatMap((entry) => {
    if (!(entry instanceof Map) || entry.get("mode") !== "p384ecdsa") return [];
    const [signature, x5u] = [entry.get("signature"), entry.get("x5u")];
    return [signature, x5u].every((text) => typeof text === "string" && text !== "") ? [{ signature, x5u }] : [];
  });
}
