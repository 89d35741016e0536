// SHA-256 of short texts, at once. WebCrypto does the same, but answers later: a record tree asks some hundred thousand times.

/** SHA-256 of the bytes, as 32 bytes. */
export function sha256(bytes) {
  STATE.set(START);
  const whole = bytes.length & ~63;
  for (let from = 0; from < whole; from += 64) mix(bytes, from);
  const rest = bytes.length - whole;
  const tail = rest < 56 ? 64 : 128;
  TAIL.fill(0);
  for (let place = 0; place < rest; place += 1) TAIL[place] = bytes[whole + place];
  TAIL[rest] = 0x80;
  TAIL_VIEW.setUint32(tail - 8, Math.floor(bytes.length / 0x20000000));
  TAIL_VIEW.setUint32(tail - 4, (bytes.length << 3) >>> 0);
  for (let from = 0; from < tail; from += 64) mix(TAIL, from);
  const digest = new Uint8Array(32);
  for (let place = 0; place < 32; place += 1) digest[place] = STATE[place >> 2] >>> (24 - (place & 3) * 8);
  return digest;
}

/** Mixes one block of 64 bytes into the state. */
function mix(data, from) {
  for (let t = 0, at = from; t < 16; t += 1, at += 4) {
    SCHEDULE[t] = (data[at] << 24) | (data[at + 1] << 16) | (data[at + 2] << 8) | data[at + 3];
  }
  for (let t = 16; t < 64; t += 1) {
    const x = SCHEDULE[t - 15];
    const y = SCHEDULE[t - 2];
    const s0 = ((x >>> 7) | (x << 25)) ^ ((x >>> 18) | (x << 14)) ^ (x >>> 3);
    const s1 = ((y >>> 17) | (y << 15)) ^ ((y >>> 19) | (y << 13)) ^ (y >>> 10);
    SCHEDULE[t] = (SCHEDULE[t - 16] + s0 + SCHEDULE[t - 7] + s1) | 0;
  }
  let a = STATE[0], b = STATE[1], c = STATE[2], d = STATE[3];
  let e = STATE[4], f = STATE[5], g = STATE[6], h = STATE[7];
  for (let t = 0; t < 64; t += 1) {
    const s1 = ((e >>> 6) | (e << 26)) ^ ((e >>> 11) | (e << 21)) ^ ((e >>> 25) | (e << 7));
    const one = (h + s1 + ((e & f) ^ (~e & g)) + ROUNDS[t] + SCHEDULE[t]) | 0;
    const s0 = ((a >>> 2) | (a << 30)) ^ ((a >>> 13) | (a << 19)) ^ ((a >>> 22) | (a << 10));
    const two = (s0 + ((a & b) ^ (a & c) ^ (b & c))) | 0;
    h = g; g = f; f = e; e = (d + one) | 0;
    d = c; c = b; b = a; a = (one + two) | 0;
  }
  STATE[0] += a; STATE[1] += b; STATE[2] += c; STATE[3] += d;
  STATE[4] += e; STATE[5] += f; STATE[6] += g; STATE[7] += h;
}

/** Lower-case hex digits. */
export function hex(bytes) {
  let text = "";
  for (const byte of bytes) text += byte.toString(16).padStart(2, "0");
  return text;
}

/** The first 64 primes, whose roots are the constants (FIPS 180-4). */
const PRIMES = [];
for (let number = 2; PRIMES.length < 64; number += 1) {
  if (PRIMES.every((prime) => number % prime !== 0)) PRIMES.push(number);
}
const fraction = (root) => ((root - Math.floor(root)) * 0x100000000) | 0;
const START = Int32Array.from(PRIMES.slice(0, 8), (prime) => fraction(Math.sqrt(prime)));
const ROUNDS = Int32Array.from(PRIMES, (prime) => fraction(Math.cbrt(prime)));
// Room that is used again: nothing here waits in between.
const SCHEDULE = new Int32Array(64);
const STATE = new Int32Array(8);
const TAIL = new Uint8Array(128);
const TAIL_VIEW = new DataView(TAIL.buffer);
