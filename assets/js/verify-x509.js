// Certificates as far as chains of ours need them: DER read strictly (X.690), X.509 v3 (RFC 5280). Nothing is judged here.

/** The bytes are no certificate, or none that this reader understands. */
export class Unreadable extends Error {}

/** Reads values one after the other: definite, shortest lengths, nothing left over. */
class Der {
  constructor(bytes) {
    this.bytes = bytes;
    this.at = 0;
  }

  get isEmpty() { return this.at === this.bytes.length; }

  /** The tag of the next value; undefined at the end. */
  get next() { return this.bytes[this.at]; }

  /** The next value: its content, and `whole` with tag and length. */
  take(tag) {
    const from = this.at;
    if (this.bytes[from] !== tag) throw new Unreadable("another value was expected");
    let length = this.bytes[from + 1];
    let head = 2;
    if (length === undefined || length === 0x80) throw new Unreadable("a length is missing");
    if (length > 0x80) {
      const many = length - 0x80;
      if (many > 2) throw new Unreadable("a value is too long");
      length = 0;
      for (let place = 0; place < many; place += 1) length = length * 256 + (this.bytes[from + 2 + place] ?? 0);
      head += many;
      if (length < 0x80 || (many === 2 && length < 0x100)) throw new Unreadable("a length is not in its shortest form");
    }
    const to = from + head + length;
    if (to > this.bytes.length) throw new Unreadable("a value is cut short");
    this.at = to;
    return { content: this.bytes.subarray(from + head, to), whole: this.bytes.subarray(from, to) };
  }

  /** The content of the next value. */
  content(tag) { return this.take(tag).content; }

  /** A reader of what is inside the next value. */
  inside(tag) { return new Der(this.content(tag)); }

  /** The content, if the next value has this tag. */
  optional(tag) { return this.next === tag ? this.content(tag) : undefined; }

  end() {
    if (!this.isEmpty) throw new Unreadable("something is left over");
  }
}

/** Reads one certificate. */
export function readCertificate(der) {
  const file = new Der(der);
  const certificate = file.inside(SEQUENCE);
  file.end();
  const tbs = certificate.take(SEQUENCE);
  const algorithm = certificate.take(SEQUENCE).whole;
  const signature = bits(certificate);
  certificate.end();

  const fields = new Der(tbs.content);
  const version = fields.inside(CONTEXT_0);
  if (hexOf(version.content(INTEGER)) !== "02") throw new Unreadable("not of version 3");
  version.end();
  if (fields.content(INTEGER).length > 21) throw new Unreadable("the serial number is too long");
  if (!same(fields.take(SEQUENCE).whole, algorithm)) throw new Unreadable("two algorithms for one signature");
  const issuer = fields.take(SEQUENCE).whole;
  const validity = fields.inside(SEQUENCE);
  const [notBefore, notAfter] = [time(validity), time(validity)];
  validity.end();
  const subject = fields.take(SEQUENCE).whole;
  const key = fields.take(SEQUENCE).whole;
  const extensions = readExtensions(fields.inside(CONTEXT_3));
  fields.end();
  return {
    algorithm: oid(new Der(new Der(algorithm).content(SEQUENCE))), der, issuer, key, keyKind: keyKind(key),
    notAfter, notBefore, signature, signed: tbs.whole, subject, ...extensions,
  };
}

/** `r` and `s` of an ECDSA signature, each `size` bytes, as WebCrypto wants them. */
export function plainSignature(der, size) {
  const file = new Der(der);
  const pair = file.inside(SEQUENCE);
  file.end();
  const plain = new Uint8Array(size * 2);
  for (const end of [size, size * 2]) {
    let number = pair.content(INTEGER);
    if (number.length > 1 && number[0] === 0 && number[1] >= 0x80) number = number.subarray(1);
    else if (number[0] >= 0x80 || (number.length > 1 && number[0] === 0)) throw new Unreadable("not a signature");
    if (number.length === 0 || number.length > size) throw new Unreadable("not a signature");
    plain.set(number, end - number.length);
  }
  pair.end();
  return plain;
}

/** Whether two byte arrays are equal. */
export function same(one, other) {
  return one.length === other.length && one.every((byte, place) => byte === other[place]);
}

function readExtensions(explicit) {
  const list = explicit.inside(SEQUENCE);
  explicit.end();
  const found = new Map();
  let unknownCritical = false;
  while (!list.isEmpty) {
    const extension = list.inside(SEQUENCE);
    const name = oid(extension);
    const critical = boolean(extension);
    const value = new Der(extension.content(OCTET_STRING));
    extension.end();
    if (found.has(name)) throw new Unreadable("an extension comes twice");
    found.set(name, value);
    if (critical && !KNOWN.has(name)) unknownCritical = true;
  }
  return {
    ...readConstraints(found.get(BASIC_CONSTRAINTS)),
    nameConstraints: readNameConstraints(found.get(NAME_CONSTRAINTS)),
    names: readNames(found.get(SUBJECT_ALT_NAME)),
    unknownCritical,
    usage: readUsage(found.get(KEY_USAGE)),
    usages: readUsages(found.get(EXTENDED_KEY_USAGE)),
  };
}

function readConstraints(value) {
  if (!value) return { isAuthority: false, pathLength: undefined };
  const sequence = value.inside(SEQUENCE);
  value.end();
  const isAuthority = boolean(sequence);
  const length = sequence.optional(INTEGER);
  sequence.end();
  if (length && (length.length !== 1 || length[0] > 0x7f)) throw new Unreadable("a path length is too long");
  return { isAuthority, pathLength: length?.[0] };
}

/** Bits of the key usage; undefined where there is none. */
function readUsage(value) {
  if (!value) return undefined;
  const content = value.content(BIT_STRING);
  value.end();
  if (content.length < 2 || content.length > 3 || content[0] > 7) throw new Unreadable("a key usage has another form");
  return { signs: (content[1] & 0x80) !== 0, signsCertificates: (content[1] & 0x04) !== 0 };
}

function readUsages(value) {
  if (!value) return undefined;
  const list = value.inside(SEQUENCE);
  value.end();
  const usages = [];
  while (!list.isEmpty) usages.push(oid(list));
  return usages;
}

/** Names as `{kind, text}`; `text` of DNS names alone. */
function readNames(value) {
  if (!value) return [];
  const list = value.inside(SEQUENCE);
  value.end();
  const names = [];
  while (!list.isEmpty) names.push(generalName(list));
  return names;
}

function readNameConstraints(value) {
  if (!value) return undefined;
  const sequence = value.inside(SEQUENCE);
  value.end();
  const [permitted, excluded] = [CONTEXT_0, CONTEXT_1].map((tag) => {
    const content = sequence.optional(tag);
    const names = [];
    if (content) {
      const list = new Der(content);
      while (!list.isEmpty) {
        const subtree = list.inside(SEQUENCE);
        names.push(generalName(subtree));
        // `minimum` and `maximum` are not used in certificates (RFC 5280 §4.2.1.10).
        subtree.end();
      }
    }
    return names;
  });
  sequence.end();
  return { excluded, permitted };
}

function generalName(reader) {
  const kind = reader.next;
  const content = reader.content(kind);
  return { kind, text: kind === DNS_NAME ? ascii(content) : undefined };
}

/** What kind of key a SubjectPublicKeyInfo holds: "P-256", "P-384", "RSA", or undefined. */
function keyKind(spki) {
  const info = new Der(new Der(spki).content(SEQUENCE));
  const algorithm = info.inside(SEQUENCE);
  bits(info);
  info.end();
  const name = oid(algorithm);
  if (name === RSA) return "RSA";
  if (name !== EC || algorithm.next !== OBJECT_IDENTIFIER) return undefined;
  return CURVES.get(oid(algorithm));
}

function bits(reader) {
  const content = reader.content(BIT_STRING);
  if (content.length < 2 || content[0] !== 0) throw new Unreadable("bits that are no bytes");
  return content.subarray(1);
}

function boolean(reader) {
  const content = reader.optional(BOOLEAN);
  if (!content) return false;
  if (content.length !== 1 || (content[0] !== 0xff && content[0] !== 0)) throw new Unreadable("neither true nor false");
  return content[0] === 0xff;
}

function oid(reader) {
  return hexOf(reader.content(OBJECT_IDENTIFIER));
}

/** Milliseconds since the epoch. */
function time(reader) {
  const isShort = reader.next === UTC_TIME;
  const text = ascii(reader.content(isShort ? UTC_TIME : GENERALIZED_TIME));
  const found = (isShort ? SHORT_TIME : LONG_TIME).exec(text);
  if (!found) throw new Unreadable("a date has another form");
  const [year, month, day, hour, minute, second] = found.slice(1).map(Number);
  const full = isShort ? year + (year < 50 ? 2000 : 1900) : year;
  const at = new Date(0);
  at.setUTCFullYear(full, month - 1, day);
  at.setUTCHours(hour, minute, second);
  if (at.getUTCMonth() !== month - 1 || at.getUTCDate() !== day || hour > 23 || minute > 59 || second > 59) {
    throw new Unreadable("no such date");
  }
  return at.getTime();
}

function ascii(bytes) {
  if (bytes.some((byte) => byte < 0x20 || byte > 0x7e)) throw new Unreadable("a text has other characters");
  return String.fromCharCode(...bytes);
}

function hexOf(bytes) {
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
}

const BOOLEAN = 0x01;
const INTEGER = 0x02;
const BIT_STRING = 0x03;
const OCTET_STRING = 0x04;
const OBJECT_IDENTIFIER = 0x06;
const UTC_TIME = 0x17;
const GENERALIZED_TIME = 0x18;
const SEQUENCE = 0x30;
const CONTEXT_0 = 0xa0;
const CONTEXT_1 = 0xa1;
const CONTEXT_3 = 0xa3;
/** A general name that is a DNS name, and one that is a directory name. */
export const DNS_NAME = 0x82;
export const DIRECTORY_NAME = 0xa4;

// Object identifiers as the hex of their content.
const BASIC_CONSTRAINTS = "551d13";
const EXTENDED_KEY_USAGE = "551d25";
const KEY_USAGE = "551d0f";
const NAME_CONSTRAINTS = "551d1e";
const SUBJECT_ALT_NAME = "551d11";
const KNOWN = new Set([BASIC_CONSTRAINTS, EXTENDED_KEY_USAGE, KEY_USAGE, NAME_CONSTRAINTS, SUBJECT_ALT_NAME]);
const EC = "2a8648ce3d0201";
const RSA = "2a864886f70d010101";
const CURVES = new Map([["2a8648ce3d030107", "P-256"], ["2b81040022", "P-384"]]);
const SHORT_TIME = /^(\d\d)(\d\d)(\d\d)(\d\d)(\d\d)(\d\d)Z$/;
const LONG_TIME = /^(\d{4})(\d\d)(\d\d)(\d\d)(\d\d)(\d\d)Z$/;
