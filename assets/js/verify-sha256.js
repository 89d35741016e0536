// SHA-256 of short texts, at once. WebCrypto does the same, but answers later: a record tree asks some hundred thousand times.

/** SHA-256 of the bytes, as 32 bytes. */
export function sha256(bytes) {
  const [a0, b0, c0, d0, e0, f0, g0, h0] = START;
  let [a, b, c, d, e, f, g, h] = START;
  const state = new Int32Array([a0, b0, c0, d0, e0, f0, g0, h0]);
  const whole = bytes.length & ~63;
  const tail = new Uint8Array(bytes.length - whole < 56 ? 64 : 128);
  tail.set(bytes.subarray(whole));
  tail[bytes.length - whole] = 0x80;
  const view = new DataView(tail.buffer);
  view.setUint32(tail.length - 8, Math.floor(bytes.length / 0x20000000));
  view.setUint32(tail.length - 4, (bytes.length << 3) >>> 0);
  blocks(state, bytes, whole);
  blocks(state, tail, tail.length);
  const digest = new Uint8Array(32);
  const out = new DataView(digest.buffer);
  for (let place = 0; place < 8; place += 1) out.setInt32(place * 4, state[place]);
  return digest;

  function blocks(words, data, length) {
    for (let from = 0; from < length; from += 64) {
      for (let t = 0; t < 16; t += 1) {
        const at = from + t * 4;
        SCHEDULE[t] = (data[at] << 24) | (data[at + 1] << 16) | (data[at + 2] << 8) | data[at + 3];
      }
      for (let t = 16; t < 64; t += 1) {
        const x = SCHEDULE[t - 15];
        const y = SCHEDULE[t - 2];
        const s0 = ((x >>> 7) | (x << 25)) ^ ((x >>> 18) | (x << 14)) ^ (x >>> 3);
        const s1 = ((y >>> 17) | (y << 15)) ^ ((y >>> 19) | (y << 13)) ^ (y >>> 10);
        SCHEDULE[t] = (SCHEDULE[t - 16] + s0 + SCHEDULE[t - 7] + s1) | 0;
      }
      a = words[0]; b = words[1]; c = words[2]; d = words[3];
      e = words[4]; f = words[5]; g = words[6]; h = words[7];
      for (let t = 0; t < 64; t += 1) {
        const s1 = ((e >>> 6) | (e << 26)) ^ ((e >>> 11) | (e << 21)) ^ ((e >>> 25) | (e << 7));
        const one = (h + s1 + ((e & f) ^ (~e & g)) + ROUNDS[t] + SCHEDULE[t]) | 0;
        const s0 = ((a >>> 2) | (a << 30)) ^ ((a >>> 13) | (a << 19)) ^ ((a >>> 22) | (a << 10));
        const two = (s0 + ((a & b) ^ (a & c) ^ (b & c))) | 0;
        h = g; g = f; f = e; e = (d + one) | 0;
        d = c; c = b; b = a; a = (one + two) | 0;
      }
      words[0] += a; words[1] += b; words[2] += c; words[3] += d;
      words[4] += e; words[5] += f; words[6] += g; words[7] += h;
    }
  }
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
const START = PRIMES.slice(0, 8).map((prime) => fraction(Math.sqrt(prime)));
const ROUNDS = Int32Array.from(PRIMES, (prime) => fraction(Math.cbrt(prime)));
const SCHEDULE = new Int32Array(64);
