// JSON as text for people, as the service writes it, and where in a text a value stands.

const LONGEST = 60;

const isContainer = (value) => value !== null && typeof value === "object";
const spelled = (value) => JSON.stringify(value);

function line(value) {
  if (Array.isArray(value)) return `[${value.map(line).join(", ")}]`;
  if (isContainer(value)) {
    return `{${Object.entries(value).map(([name, inner]) => `${spelled(name)}: ${line(inner)}`).join(", ")}}`;
  }
  return spelled(value);
}

function isShort(value) {
  const inner = Object.values(value);
  if (inner.some((one) => isContainer(one) || (typeof one === "string" && one.length > LONGEST))) return false;
  return [...line(value)].length <= LONGEST;
}

function write(value, indent, inList) {
  if (!isContainer(value) || Object.keys(value).length === 0) return line(value);
  const isList = Array.isArray(value);
  if ((isList || inList) && isShort(value)) return line(value);
  const next = `${indent}  `;
  const parts = isList
    ? value.map((inner) => next + write(inner, next, true))
    : Object.entries(value).map(([name, inner]) => `${next}${spelled(name)}: ${write(inner, next, false)}`);
  return `${isList ? "[" : "{"}\n${parts.join(",\n")}\n${indent}${isList ? "]" : "}"}`;
}

/** The text of a record: two spaces, short lists on one line. */
export const pretty = (value) => write(value, "", false);

/** The steps of a JSON pointer. */
export const steps = (pointer) =>
  pointer.split("/").slice(1).map((step) => step.replaceAll("~1", "/").replaceAll("~0", "~"));

/** The value at a pointer; `undefined` where there is none. */
export function at(value, pointer) {
  for (const step of steps(pointer)) {
    if (!isContainer(value) || !Object.hasOwn(value, step)) return undefined;
    value = value[step];
  }
  return value;
}

// Defined, not assigned: a member may be called `__proto__`.
const define = (held, name, value) =>
  Object.defineProperty(held, name, { value, configurable: true, enumerable: true, writable: true });

/** A member that is new stands before those that come after it in the alphabet, where the service will show it. */
function insert(held, name, value) {
  const isNew = !Array.isArray(held) && !Object.hasOwn(held, name);
  const after = isNew ? Object.entries(held).filter(([own]) => own !== "id" && own > name) : [];
  define(held, name, value);
  for (const [own, inner] of after) {
    delete held[own];
    define(held, own, inner);
  }
}

/** Sets the value at a pointer; `undefined` takes it out. Objects on the way are made. */
export function put(root, pointer, value) {
  const all = steps(pointer);
  const last = all.pop();
  let held = root;
  for (const step of all) {
    if (!Object.hasOwn(held, step) || !isContainer(held[step])) {
      if (value === undefined) return;
      insert(held, step, {});
    }
    held = held[step];
  }
  if (value === undefined) {
    if (Array.isArray(held)) held.splice(Number(last), 1);
    else delete held[last];
  } else {
    insert(held, last, value);
  }
}

/** The line of each value in a text that reads, by its pointer. */
export function lines(text) {
  const found = new Map();
  let place = 0;
  let row = 1;
  const skip = () => {
    while (place < text.length && " \t\r\n".includes(text[place])) {
      if (text[place] === "\n") row += 1;
      place += 1;
    }
  };
  const string = () => {
    const from = place;
    place += 1;
    while (place < text.length && text[place] !== '"') place += text[place] === "\\" ? 2 : 1;
    place += 1;
    return text.slice(from, place);
  };
  const read = (pointer) => {
    found.set(pointer, row);
    if (text[place] === '"') {
      string();
    } else if (text[place] === "{" || text[place] === "[") {
      const isList = text[place] === "[";
      place += 1;
      skip();
      for (let index = 0; place < text.length && text[place] !== "}" && text[place] !== "]"; index += 1) {
        let step = String(index);
        const begun = row;
        if (!isList) {
          step = JSON.parse(string()).replaceAll("~", "~0").replaceAll("/", "~1");
          skip();
          place += 1;
          skip();
        }
        const inner = `${pointer}/${step}`;
        read(inner);
        if (!isList) found.set(inner, begun);
        skip();
        if (text[place] === ",") place += 1;
        skip();
      }
      place += 1;
    } else {
      while (place < text.length && !",]} \t\r\n".includes(text[place])) place += 1;
    }
  };
  try {
    skip();
    read("");
  } catch {
    // Nothing is marked in a text that does not read.
  }
  return found;
}
