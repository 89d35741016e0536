// Runs in a page of the service: every vector of the specification through the scripts that the page verifies with.
// arguments: the vectors of canonical JSON, of statements, and the folders of fixtures/signed, as texts. Gives what is wrong.

const [canonicalText, statementText, signed, signedNow] = arguments;
const build = document.querySelector("meta[name=build]").content;
const load = (name) => import(`/assets/${build}/js/${name}.js`);
const wrong = [];
const counts = { altered: 0, canonical: 0, digests: 0, signed: 0, statements: 0, trees: 0 };
const breathe = async () => {};
const bytesOf = (text) => Uint8Array.from(text, (character) => character.charCodeAt(0));
const ORIGIN = "https://service.example.test";

return (async () => {
  const { canonical, read, signable } = await load("verify-json");
  const { hex, sha256 } = await load("verify-sha256");
  const { treeRoot } = await load("verify-tree");
  const { verify } = await load("verify");

  for (const { input, output } of JSON.parse(canonicalText)) {
    counts.canonical += 1;
    const written = attempt(() => canonical(read(input, { depth: 128, repeated: "last" })));
    if (written !== output) wrong.push(`canonical ${input}: ${written}`);
  }

  for (let length = 0; length < 300; length += 1) {
    counts.digests += 1;
    const bytes = crypto.getRandomValues(new Uint8Array(length));
    const digest = hex(new Uint8Array(await crypto.subtle.digest("SHA-256", bytes)));
    if (hex(sha256(bytes)) !== digest) wrong.push(`SHA-256 of ${length} bytes`);
  }

  const vectors = read(statementText, { depth: 128 });
  for (const tree of vectors.get("trees")) {
    // Those whose records are told in words are made in other tests.
    if (!Array.isArray(tree.get("records"))) continue;
    counts.trees += 1;
    const root = await treeRoot(tree.get("records").map((record) => ({ id: record.get("id"), text: signable(record) })), breathe);
    if (root !== tree.get("root")) wrong.push(`tree ${tree.get("note")}: ${root}`);
  }

  const cases = new Map(vectors.get("statements").map((one) => [one.get("note"), one]));
  const served = new Map([...vectors.get("chains")].map(([at, chain]) => [at.includes("://") ? at : ORIGIN + at, answerOf(chain)]));
  for (const note of cases.keys()) {
    const one = caseOf(note);
    // A page has no state from before, and nobody gave it a lowest version.
    if (one.get("applied") !== null || one.has("lowest")) continue;
    counts.statements += 1;
    const [bucket, collection] = one.get("asked");
    const now = vectors.get("now");
    const root = one.get("root_sha256") ?? vectors.get("root_sha256");
    const [outcome] = await judge({ bucket, collection, now, root, signer: vectors.get("signer") }, bodyOf(one), served);
    const allowed = [one.get("outcome"), ...(one.get("or") ?? [])];
    if (!allowed.includes(outcome)) wrong.push(`statement ${note}: ${outcome}, not ${allowed}`);
  }

  for (const { chain, name, said, text } of signed) {
    counts.signed += 1;
    const { content_signature: content, root, signer, statement } = JSON.parse(said);
    const chains = new Map(chain === null ? [] : [[`${ORIGIN}/chain.pem`, { bytes: bytesOf(chain), status: 200 }]]);
    const asked = { bucket: "main", collection: "demo", now: signedNow, root, signer };
    const [outcome, isContentGood] = await judge(asked, bytesOf(text), chains);
    if (outcome !== statement) wrong.push(`signed ${name}: ${outcome}, not ${statement}`);
    if (outcome === "Applied" && isContentGood !== (content === "Applied")) wrong.push(`signed ${name}: content ${isContentGood}`);
  }
  // A chain with one bit turned, anywhere in it, vouches for nothing; and one that is cut is said to be so.
  const { BadChain, readChain, verifyChain } = await load("verify-chain");
  const good = signed.find(({ name }) => name === "good");
  const { root, signer } = JSON.parse(good.said);
  const ders = readChain(good.chain).map(({ der }) => der);
  const verdict = async (all) => {
    try {
      await verifyChain(readChain(all.map(toPem).join("")), { now: signedNow, root, signer });
      return "it is taken";
    } catch (error) {
      return error instanceof BadChain ? undefined : String(error.stack);
    }
  };
  if ((await verdict(ders)) !== "it is taken") wrong.push("the chain as it is");
  for (const [number, der] of ders.entries()) {
    for (let place = 0; place < der.length; place += 1) {
      counts.altered += 1;
      const turned = Uint8Array.from(der);
      turned[place] ^= 1 << (place % 8);
      const cut = der.slice(0, place);
      for (const other of place % 16 === 0 ? [turned, cut] : [turned]) {
        const said = await verdict(ders.map((one, own) => (own === number ? other : one)));
        if (said) wrong.push(`certificate ${number}, byte ${place}: ${said}`);
      }
    }
  }
  return { counts, wrong };

  function toPem(der) {
    return `-----BEGIN CERTIFICATE-----\n${btoa(String.fromCharCode(...der))}\n-----END CERTIFICATE-----\n`;
  }

  /** The outcome as the specification names it, and whether the content signature is good. */
  async function judge(asked, body, chains) {
    const url = `${ORIGIN}/v1/buckets/${asked.bucket}/collections/${asked.collection}/changeset?_expected=0`;
    const steps = new Map();
    const door = {
      breathe,
      fetch: async (at) => (at === url ? { bytes: body, status: 200 } : chains.get(at) ?? { bytes: new Uint8Array(), status: 404 }),
      tell: (check, ...result) => steps.set(check, result),
    };
    let failed;
    try {
      await verify({ ...asked, url }, door);
    } catch (error) {
      if (error.code === undefined) return [String(error.stack), false];
      // A client goes by the statement alone.
      if (!["content", "contentSignature"].includes(error.check)) return [error.code, false];
      failed = error;
    }
    const [fresh, words] = steps.get("freshness");
    return [fresh === "noted" && words.startsWith("it expired") ? "Stale" : "Applied", failed === undefined];
  }

  /** A case with what it takes from the one that it is like, and its edits made. */
  function caseOf(note) {
    const one = copy(cases.get(note));
    if (one.has("like")) {
      for (const [name, value] of caseOf(one.get("like"))) if (!one.has(name)) one.set(name, value);
    }
    for (const step of one.get("edits") ?? []) edit(one.get("changeset"), step[0], step);
    one.delete("edits");
    return one;
  }

  function edit(at, [place, ...rest], step) {
    if (rest.length > 0) edit(at instanceof Map ? at.get(place) : at[place], rest, step);
    else if (at instanceof Map) step.length > 1 ? at.set(place, step[1]) : at.delete(place);
    else step.length > 1 ? at[place] = step[1] : at.splice(place, 1);
  }

  function bodyOf(one) {
    if (one.has("body")) return bytesOf(one.get("body"));
    const text = canonical(one.get("changeset"));
    return bytesOf(one.has("fill") ? text.replaceAll("%fill%", "x".repeat(one.get("fill"))) : text);
  }

  function answerOf(chain) {
    if (!(chain instanceof Map)) return { bytes: new TextEncoder().encode(pem(chain)), status: 200 };
    const body = new TextEncoder().encode(pem(chain.get("body") ?? ""));
    const bytes = new Uint8Array(Math.max(body.length, chain.get("bytes") ?? 0)).fill(10);
    bytes.set(body);
    return { bytes, status: chain.get("status") ?? 200 };
  }

  function pem(chain) {
    if (Array.isArray(chain)) return chain.map(pem).join("");
    if (!chain.startsWith("/chains/")) return chain;
    const [at, number] = chain.split("#");
    const whole = pem(vectors.get("chains").get(at));
    return number ? whole.split(/(?<=-----END CERTIFICATE-----\n)/)[number - 1] : whole;
  }
})();

function copy(value) {
  if (value instanceof Map) return new Map([...value].map(([name, inner]) => [name, copy(inner)]));
  return Array.isArray(value) ? value.map(copy) : value;
}

function attempt(work) {
  try {
    return work();
  } catch (error) {
    return String(error);
  }
}
