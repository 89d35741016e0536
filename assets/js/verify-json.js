// JSON as it is signed: read strictly from its text, and written in its one canonical spelling (RFC 8785 is another one).
//
// JSON.parse would lose digits of large integers, keep the last of two members of one name, and not tell 1.0 from 1. Here an
// integer is a number, or a BigInt where a number is not exact; every other number is a Float; an object is a Map.

/** The text is no JSON, or not what it should be. The message says where. */
export class Malformed extends Error {}

/** A number with a fraction or an exponent, -0, or an integer beyond 64 bits. */
export class Float {
  constructor(value) { this.value = value; }
}

/** `-0`, which some readers take for an integer. */
const MINUS_ZERO = new Float(-0);

/** Reads a text piece by piece. `depth`: how deep lists and objects may be; `repeated: "last"`: of two members of one name the
    last counts, as in the original service; else they are refused. */
export class Reader {
  constructor(text, { depth = 64, repeated = "refused" } = {}) {
    this.text = text;
    this.at = 0;
    this.room = depth;
    this.keepsLast = repeated === "last";
  }

  /** The next character that is no white space, as its number; NaN at the end. */
  peek() {
    for (;;) {
      const code = this.text.charCodeAt(this.at);
      if (code !== 0x20 && code !== 0x0a && code !== 0x0d && code !== 0x09) return code;
      this.at += 1;
    }
  }

  /** Takes this character. */
  expect(character) {
    if (this.peek() !== character.charCodeAt(0)) this.fail();
    this.at += 1;
  }

  /** Nothing follows. */
  end() {
    this.peek();
    if (this.at < this.text.length) this.fail();
  }

  fail(what = "no JSON") {
    throw new Malformed(`${what} at character ${this.at + 1}`);
  }

  /** Goes through an object: `member(name)` reads each value. */
  *members() {
    this.open("{");
    if (this.peek() !== 0x7d) {
      do {
        if (this.peek() !== 0x22) this.fail();
        const name = this.string();
        this.expect(":");
        yield name;
      } while (this.more("}"));
    } else this.at += 1;
    this.room += 1;
  }

  /** Goes through a list; each value is read by who goes through it. */
  *items() {
    this.open("[");
    if (this.peek() !== 0x5d) {
      do { yield; } while (this.more("]"));
    } else this.at += 1;
    this.room += 1;
  }

  open(bracket) {
    this.expect(bracket);
    if (this.room === 0) this.fail("too deep");
    this.room -= 1;
  }

  more(bracket) {
    const code = this.peek();
    if (code !== 0x2c && code !== bracket.charCodeAt(0)) this.fail();
    this.at += 1;
    return code === 0x2c;
  }

  /** The value that begins here. */
  value() {
    switch (this.peek()) {
      case 0x22: return this.string();
      case 0x7b: return this.object();
      case 0x5b: return this.list();
      case 0x74: return this.word("true", true);
      case 0x66: return this.word("false", false);
      case 0x6e: return this.word("null", null);
      default: return this.number();
    }
  }

  object() {
    const object = new Map();
    this.open("{");
    if (this.peek() === 0x7d) this.at += 1;
    else {
      do {
        if (this.peek() !== 0x22) this.fail();
        const name = this.string();
        if (object.has(name) && !this.keepsLast) this.fail("a member comes twice");
        this.expect(":");
        object.set(name, this.value());
      } while (this.more("}"));
    }
    this.room += 1;
    return object;
  }

  list() {
    const list = [];
    this.open("[");
    if (this.peek() === 0x5d) this.at += 1;
    else {
      do { list.push(this.value()); } while (this.more("]"));
    }
    this.room += 1;
    return list;
  }

  word(word, value) {
    if (!this.text.startsWith(word, this.at)) this.fail();
    this.at += word.length;
    return value;
  }

  string() {
    const start = this.at + 1;
    let end = start;
    for (;;) {
      const code = this.text.charCodeAt(end);
      if (code === 0x22) {
        this.at = end + 1;
        return this.text.slice(start, end);
      }
      if (code === 0x5c) return this.escaped(start, end);
      if (!(code >= 0x20)) {
        this.at = end;
        this.fail();
      }
      end += 1;
    }
  }

  /** The rest of a string that has escapes. */
  escaped(start, first) {
    let whole = this.text.slice(start, first);
    this.at = first;
    for (;;) {
      const code = this.text.charCodeAt(this.at);
      if (code === 0x22) {
        this.at += 1;
        return whole;
      }
      if (code === 0x5c) {
        whole += this.escape();
      } else if (code >= 0x20) {
        whole += this.text[this.at];
        this.at += 1;
      } else this.fail();
    }
  }

  escape() {
    const kind = this.text[this.at + 1];
    if (kind === "u") {
      const first = this.unit();
      if (first < 0xd800 || first > 0xdfff) return String.fromCharCode(first);
      if (first < 0xdc00 && this.text.startsWith("\\u", this.at)) {
        const second = this.unit();
        if (second >= 0xdc00 && second <= 0xdfff) return String.fromCharCode(first, second);
      }
      this.fail("half a character");
    }
    const plain = SHORT.get(kind);
    if (plain === undefined) this.fail();
    this.at += 2;
    return plain;
  }

  unit() {
    const digits = this.text.slice(this.at + 2, this.at + 6);
    if (!/^[0-9A-Fa-f]{4}$/.test(digits)) this.fail();
    this.at += 6;
    return Number.parseInt(digits, 16);
  }

  number() {
    NUMBER.lastIndex = this.at;
    const found = NUMBER.exec(this.text);
    if (!found) this.fail();
    const [spelled, rest] = found;
    const value = Number(spelled);
    if (rest === "" && spelled.length <= 21) {
      if (Number.isSafeInteger(value)) {
        this.at += spelled.length;
        return Object.is(value, -0) ? MINUS_ZERO : value;
      }
      const exact = BigInt(spelled);
      if (exact >= -(2n ** 63n) && exact < 2n ** 64n) {
        this.at += spelled.length;
        return exact;
      }
    }
    if (!Number.isFinite(value)) this.fail("a number is too large");
    this.at += spelled.length;
    return new Float(value);
  }
}

/** The one value that a text holds. */
export function read(text, limits) {
  const reader = new Reader(text, limits);
  const value = reader.value();
  reader.end();
  return value;
}

/** The canonical text of any value. */
export function canonical(value) {
  return write(value, anyNumber);
}

/** The canonical text of a record or statement: nothing in it that two readers could take differently. */
export function signable(value) {
  return write(value, exactInteger);
}

function write(value, writeNumber) {
  if (typeof value === "string") return writeString(value);
  if (value === null || typeof value === "boolean") return String(value);
  if (Array.isArray(value)) return `[${value.map((item) => write(item, writeNumber)).join(",")}]`;
  if (value instanceof Map) {
    const members = sorted([...value.keys()]).map((name) => `${writeString(name)}:${write(value.get(name), writeNumber)}`);
    return `{${members.join(",")}}`;
  }
  return writeNumber(value);
}

function anyNumber(value) {
  if (!(value instanceof Float)) return String(value);
  if (value === MINUS_ZERO) return "0";
  if (Object.is(value.value, -0)) return "-0E0";
  return value.value.toExponential().replace("e+", "E").replace("e", "E");
}

function exactInteger(value) {
  if (typeof value !== "number") throw new Malformed("a number that not every reader takes alike");
  return String(value);
}

function writeString(text) {
  if (PLAIN.test(text)) return `"${text}"`;
  return `"${text.replace(SPECIAL, (unit) => LONG.get(unit) ?? `\\u${unit.charCodeAt(0).toString(16).padStart(4, "0")}`)}"`;
}

function sorted(names) {
  for (let place = 1; place < names.length; place += 1) {
    if (compare(names[place - 1], names[place]) > 0) return names.sort(compare);
  }
  return names;
}

/** The order of code points, which is that of UTF-8 bytes, and not the one that JavaScript has. */
export function compare(one, other) {
  const length = Math.min(one.length, other.length);
  for (let place = 0; place < length; place += 1) {
    let left = one.charCodeAt(place);
    let right = other.charCodeAt(place);
    if (left === right) continue;
    // Halves of characters beyond U+FFFF go behind everything else.
    if (left >= 0xd800 && right >= 0xd800) {
      left += left < 0xe000 ? 0x2000 : -0x800;
      right += right < 0xe000 ? 0x2000 : -0x800;
    }
    return left - right;
  }
  return one.length - other.length;
}

const NUMBER = /-?(?:0|[1-9][0-9]*)((?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?)/y;
const PLAIN = /^[ !#-[\]-~]*$/;
const SPECIAL = /[^ !#-[\]-~]/g;
const SHORT = new Map([['"', '"'], ["\\", "\\"], ["/", "/"], ["b", "\b"], ["f", "\f"], ["n", "\n"], ["r", "\r"], ["t", "\t"]]);
const LONG = new Map([['"', '\\"'], ["\\", "\\\\"], ["\b", "\\b"], ["\f", "\\f"], ["\n", "\\n"], ["\r", "\\r"], ["\t", "\\t"]]);
