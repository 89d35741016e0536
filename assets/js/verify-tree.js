// The root of the record tree: a hash over a set of records whose shape depends on their ids alone.

import { hex, sha256 } from "./verify-sha256.js";
import { sorted } from "./verify-sort.js";

/** The root over records `{id, text}`, text being the record's canonical text; `breathe` lets the page live in between. */
export async function treeRoot(records, breathe) {
  const leaves = [];
  for (const { id, text } of records) {
    const key = sha256(utf8(id));
    leaves.push({ key, place: prefix(key), hash: leaf(key, sha256(utf8(text))) });
    await breathe();
  }
  const order = (one, other) => one.place - other.place || compareBytes(one.key, other.key);
  return hex(await fold(await sorted(leaves, order, breathe), breathe));
}

/** Walks once over leaves in the order of their keys; what is open is a stack of left halves whose bits go up. */
async function fold(leaves, breathe) {
  if (leaves.length === 0) return sha256(new Uint8Array());
  const open = [];
  let [{ key: last, hash: current }] = leaves;
  for (let place = 1; place < leaves.length; place += 1) {
    const { key, hash } = leaves[place];
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
  LEAF.set(key, 1);
  LEAF.set(digest, 33);
  return sha256(LEAF);
}

function node(bit, left, right) {
  NODE[1] = bit;
  NODE.set(left, 2);
  NODE.set(right, 34);
  return sha256(NODE);
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

/** The bytes of a text, in room that is used again where they fit. */
function utf8(text) {
  if (text.length * 3 > ROOM.length) return UTF8.encode(text);
  return ROOM.subarray(0, UTF8.encodeInto(text, ROOM).written);
}

const UTF8 = new TextEncoder();
const ROOM = new Uint8Array(16_384);
const LEAF = new Uint8Array(65);
const NODE = new Uint8Array(66);
NODE[0] = 1;
