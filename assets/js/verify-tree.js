// The root of the record tree: a hash over a set of records whose shape depends on their ids alone.

import { hex, sha256 } from "./verify-sha256.js";

/** The root over records `{id, text}`, text being the record's canonical text; `breathe` lets the page live in between. */
export async function treeRoot(records, breathe) {
  const leaves = [];
  for (const { id, text } of records) {
    const key = sha256(UTF8.encode(id));
    leaves.push({ key, place: prefix(key), hash: leaf(key, sha256(UTF8.encode(text))) });
    await breathe();
  }
  leaves.sort((one, other) => one.place - other.place || compareBytes(one.key, other.key));
  return hex(await fold(leaves, breathe));
}

/** Walks once over leaves in the order of their keys; what is open is a stack of left halves whose bits go up. */
async function fold(leaves, breathe) {
  if (leaves.length === 0) return sha256(new Uint8Array());
  const open = [];
  let [{ key: last, hash: current }] = leaves;
  for (const { key, hash } of leaves.slice(1)) {
    const bit = firstDifference(last, key);
    while (open.length > 0 && open[open.length - 1].bit > bit) {
      const left = open.pop();
      current = node(left.bit, left.hash, current);
    }
    open.push({ bit, hash: current });
    last = key;
    current = hash;
    await breathe();
  }
  while (open.length > 0) {
    const left = open.pop();
    current = node(left.bit, left.hash, current);
  }
  return current;
}

function leaf(key, digest) {
  const bytes = new Uint8Array(65);
  bytes.set(key, 1);
  bytes.set(digest, 33);
  return sha256(bytes);
}

function node(bit, left, right) {
  const bytes = new Uint8Array(66);
  bytes[0] = 1;
  bytes[1] = bit;
  bytes.set(left, 2);
  bytes.set(right, 34);
  return sha256(bytes);
}

/** The number of the first bit in which two keys differ; bit 0 is the highest of the first byte. */
function firstDifference(one, other) {
  for (let place = 0; place < 32; place += 1) {
    const difference = one[place] ^ other[place];
    if (difference !== 0) return place * 8 + Math.clz32(difference) - 24;
  }
  throw new Error("two records have one key");
}

/** The first 48 bits as a number: most comparisons need no more. */
function prefix(key) {
  let number = 0;
  for (let place = 0; place < 6; place += 1) number = number * 256 + key[place];
  return number;
}

function compareBytes(one, other) {
  for (let place = 6; place < 32; place += 1) {
    if (one[place] !== other[place]) return one[place] - other[place];
  }
  return 0;
}

const UTF8 = new TextEncoder();
