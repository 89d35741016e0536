// Whether a chain of certificates leads from a leaf of the expected signer to the root that is pinned. The rules are those of
// the command `countersign verify` (RFC 5280, and the statement's specification, section 5).

import { hex, sha256 } from "./verify-sha256.js";
import { DIRECTORY_NAME, DNS_NAME, Unreadable, plainSignature, readCertificate, same } from "./verify-x509.js";

/** The chain does not vouch for a key. The message says why, as the end of a sentence. */
export class BadChain extends Error {}

/** The certificates of a PEM text, leaf first, root last. */
export function readChain(pem) {
  if (pem.length > MAX_BYTES) throw new BadChain("the chain has more than 65 536 bytes");
  const ders = [];
  let open;
  for (const line of pem.split("\n").map((text) => text.replace(/^[ \t\r\f]+|[ \t\r\f]+$/g, ""))) {
    if (open === undefined) {
      if (line === "-----BEGIN CERTIFICATE-----") open = "";
    } else if (line === "-----END CERTIFICATE-----") {
      ders.push(base64(open));
      open = undefined;
    } else open += line;
  }
  if (open !== undefined) throw new BadChain("a certificate is cut short");
  if (ders.length < 2) throw new BadChain("there are fewer than two certificates");
  if (ders.length > 8) throw new BadChain("there are more than eight certificates");
  try {
    return ders.map(readCertificate);
  } catch (error) {
    if (error instanceof Unreadable) throw new BadChain(`a certificate cannot be read: ${error.message}`);
    throw error;
  }
}

/** The leaf's key, once everything holds. `root`: SHA-256 of the root's DER in hex; `now`: milliseconds. */
export async function verifyChain(certificates, { root, signer, now }) {
  const leaf = certificates[0];
  const anchor = certificates[certificates.length - 1];
  if (hex(sha256(anchor.der)) !== root) throw new BadChain("the last certificate is not the pinned root");
  if (leaf.isAuthority) throw new BadChain("the first certificate is an authority’s");
  if (leaf.usage && !leaf.usage.signs) throw new BadChain("the leaf’s key may not sign");
  isUsable(leaf, now);
  const effort = { left: MAX_SIGNATURES };
  await findPath([leaf], certificates.slice(1, -1), anchor, now, effort);
  const names = leaf.names.filter(({ kind }) => kind === DNS_NAME).map(({ text }) => lower(text));
  if (!names.includes(lower(signer))) throw new BadChain(`the leaf is not of ${signer}`);
  if (!isPlainP384(leaf.key)) throw new BadChain("the leaf’s key is not P-384");
  return crypto.subtle.importKey("spki", leaf.key, { name: "ECDSA", namedCurve: "P-384" }, false, ["verify"]);
}

/** Goes from the last certificate of the path on to the anchor, through some of the others. */
async function findPath(path, others, anchor, now, effort) {
  const last = path[path.length - 1];
  let reason = new BadChain("no path leads from the leaf to the root");
  if (same(last.issuer, anchor.subject)) {
    try {
      await isSignedBy(last, anchor, effort);
      constrain(anchor, path);
      return;
    } catch (error) {
      reason = only(error);
    }
  }
  for (const issuer of others) {
    if (path.includes(issuer) || !same(last.issuer, issuer.subject)) continue;
    try {
      isUsable(issuer, now);
      if (!issuer.isAuthority) throw new BadChain("a certificate is issued by one that may not issue");
      if (issuer.usage && !issuer.usage.signsCertificates) throw new BadChain("a certificate is issued by one that may not issue");
      if (issuer.pathLength !== undefined && path.length - 1 > issuer.pathLength) {
        throw new BadChain("the path is longer than an authority allows");
      }
      await isSignedBy(last, issuer, effort);
      constrain(issuer, path);
      await findPath([...path, issuer], others, anchor, now, effort);
      return;
    } catch (error) {
      reason = only(error);
    }
  }
  throw reason;
}

/** What every certificate but the root has to be: the root is an anchor by its pin alone. */
function isUsable(certificate, now) {
  const second = Math.floor(now / 1000) * 1000;
  if (second < certificate.notBefore) throw new BadChain(`a certificate is not valid before ${day(certificate.notBefore)}`);
  if (second > certificate.notAfter) throw new Ended(`a certificate has ended on ${day(certificate.notAfter)}`);
  if (certificate.unknownCritical) throw new BadChain("a certificate has an unknown critical extension");
  if (!certificate.usages?.includes(CODE_SIGNING)) throw new BadChain("a certificate may not be used for code signing");
}

/** Everything would hold, had a certificate not ended. */
export class Ended extends BadChain {}

async function isSignedBy(certificate, issuer, effort) {
  if (effort.left === 0) throw new BadChain("there are too many paths to try");
  effort.left -= 1;
  const how = ALGORITHMS.get(certificate.algorithm);
  const size = SIZES.get(issuer.keyKind);
  if (!how || !issuer.keyKind || how.isCurve !== (size !== undefined)) {
    throw new BadChain("a certificate is signed with an algorithm that is not accepted");
  }
  const parameters = how.isCurve ? { name: "ECDSA", namedCurve: issuer.keyKind } : { name: "RSASSA-PKCS1-v1_5", hash: how.hash };
  let holds = false;
  try {
    const key = await crypto.subtle.importKey("spki", issuer.key, parameters, false, ["verify"]);
    const signature = how.isCurve ? plainSignature(certificate.signature, size) : certificate.signature;
    holds = await crypto.subtle.verify({ name: parameters.name, hash: how.hash }, key, signature, certificate.signed);
  } catch {
    // No key, no signature, or none that the browser takes.
  }
  if (!holds) throw new BadChain("a certificate is not signed by its issuer");
}

/** The names below an issuer are among those that it may vouch for. */
function constrain(issuer, path) {
  if (!issuer.nameConstraints) return;
  const { excluded, permitted } = issuer.nameConstraints;
  for (const { names, subject } of path) {
    const others = [...permitted, ...excluded].filter(({ kind }) => kind !== DNS_NAME);
    for (const { kind } of others) {
      // Names of other kinds are not compared here: where there are any, nobody knows whether they are allowed.
      const has = names.some((name) => name.kind === kind) || (kind === DIRECTORY_NAME && subject.length > 2);
      if (has) throw new BadChain("a name is outside its issuer’s name constraints");
    }
    const allowed = permitted.filter(({ kind }) => kind === DNS_NAME);
    for (const { text } of names.filter(({ kind }) => kind === DNS_NAME)) {
      const isIn = (list) => list.some((subtree) => subtree.kind === DNS_NAME && isBelow(text, subtree.text));
      if ((allowed.length > 0 && !isIn(allowed)) || isIn(excluded)) {
        throw new BadChain("a name is outside its issuer’s name constraints");
      }
    }
  }
}

function isBelow(name, subtree) {
  const [own, above] = [lower(name), lower(subtree)];
  if (above.startsWith(".")) return own.endsWith(above);
  return above === "" || own === above || own.endsWith(`.${above}`);
}

function isPlainP384(spki) {
  return spki.length === P384_HEAD.length / 2 + 97 && hex(spki).startsWith(`${P384_HEAD}04`);
}

function base64(text) {
  if (!/^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/.test(text)) {
    throw new BadChain("a certificate cannot be read: no base64");
  }
  return Uint8Array.from(atob(text), (character) => character.charCodeAt(0));
}

/** Other errors than those about chains are faults of this script. */
function only(error) {
  if (error instanceof BadChain) return error;
  throw error;
}

function lower(text) {
  return text.replace(/[A-Z]/g, (letter) => letter.toLowerCase());
}

function day(millis) {
  return new Date(millis).toISOString().slice(0, 10);
}

/** 1.3.6.1.5.5.7.3.3 */
const CODE_SIGNING = "2b06010505070303";
const ALGORITHMS = new Map([
  ["2a8648ce3d040302", { hash: "SHA-256", isCurve: true }],
  ["2a8648ce3d040303", { hash: "SHA-384", isCurve: true }],
  ["2a864886f70d01010b", { hash: "SHA-256", isCurve: false }],
  ["2a864886f70d01010c", { hash: "SHA-384", isCurve: false }],
  ["2a864886f70d01010d", { hash: "SHA-512", isCurve: false }],
]);
const SIZES = new Map([["P-256", 32], ["P-384", 48]]);
const MAX_BYTES = 65_536;
const MAX_SIGNATURES = 32;
/** Everything before the point in the SubjectPublicKeyInfo of an uncompressed P-384 key. */
const P384_HEAD = "3076301006072a8648ce3d020106052b81040022036200";
