// Keeps the two halves of a record in step: what is typed into a field goes into the JSON, what is typed into the JSON goes into
// the fields. The service says what is wrong and what differs a moment after somebody types, and makes the fields anew where
// lists or objects come and go. What is sent is the JSON.

import { edit } from "./json-editor.js";
import { at, lines, pretty, put } from "./json.js";

const form = document.getElementById("record");
const fields = document.getElementById("record-form");
const area = document.getElementById("json");

let record;
let editor;
let asked = 0;
let waiting;
let isSending = false;

function parse(text) {
  try {
    const value = JSON.parse(text);
    return value !== null && typeof value === "object" && !Array.isArray(value) ? value : undefined;
  } catch {
    return undefined;
  }
}

const letterOf = (name) => name.slice(0, 1);
const pointerOf = (name) => name.slice(1);
const isField = (element) => element.name && /^[bejlmnst]\//.test(element.name);
const controls = () => [...fields.querySelectorAll("input, select, textarea")].filter(isField);

function numberOf(text) {
  return /^-?(0|[1-9]\d*)(\.\d+)?([eE][+-]?\d+)?$/.test(text) ? Number(text) : text;
}

/** What a field says: the same rules as the service has for a form that is sent without script. */
function valueOf(element) {
  const { name, value } = element;
  const held = at(record, pointerOf(name));
  const empty = () => (held === "" && value === "" ? "" : held === null ? null : undefined);
  switch (letterOf(name)) {
    case "s":
      return value === "" ? empty() : value;
    case "n":
      return value.trim() === "" ? (held === null ? null : undefined) : numberOf(value.trim());
    case "b":
      return element.checked || (held === undefined ? undefined : false);
    case "e": {
      const chosen = element.type === "radio" ? fields.querySelector(`[name="${CSS.escape(name)}"]:checked`) : element;
      return chosen?.value ? JSON.parse(chosen.value) : undefined;
    }
    case "t": {
      const ticked = [...fields.querySelectorAll(`[name="${CSS.escape(name)}"]:checked`)].map((one) => JSON.parse(one.value));
      return ticked.length === 0 && held === undefined ? undefined : ticked;
    }
    case "l":
    case "m": {
      const items = value.split("\n").map((item) => item.trim()).filter((item) => item !== "");
      if (items.length === 0 && (held === undefined || held === null)) return held;
      return letterOf(name) === "m" ? items.map(numberOf) : items;
    }
    case "j":
      return value.trim() === "" ? undefined : JSON.parse(value);
    default:
      return undefined;
  }
}

/** Shows a value in its field. */
function show(element) {
  if (element.type === "hidden" || element === document.activeElement) return;
  const value = at(record, pointerOf(element.name));
  const text = value === undefined || value === null ? "" : typeof value === "string" ? value : JSON.stringify(value);
  switch (letterOf(element.name)) {
    case "b":
      element.checked = value === true;
      break;
    case "e":
      if (element.type === "radio") element.checked = element.value === JSON.stringify(value);
      else element.value = value === undefined ? "" : JSON.stringify(value);
      break;
    case "t":
      element.checked = Array.isArray(value) && value.some((one) => JSON.stringify(one) === element.value);
      break;
    case "l":
    case "m":
      element.value = Array.isArray(value) ? value.join("\n") : text;
      break;
    case "j":
      element.value = value === undefined ? "" : pretty(value);
      break;
    default:
      element.value = text;
  }
}

/** Says whether the JSON reads: while it does not, the fields wait. */
function waits(isWaiting) {
  form.querySelector("[data-waits]").hidden = !isWaiting;
  fields.disabled = isWaiting || fields.dataset.closed === "true";
  if (!isWaiting) form.querySelector(".json-box").classList.remove("bad");
  form.querySelector("[data-json-note]").textContent = isWaiting ? "does not read" : "in step with the form";
}

function fromField(event) {
  const element = event.target;
  if (!isField(element) || element.type === "hidden") return;
  element.closest(".field")?.classList.remove("unread");
  try {
    put(record, pointerOf(element.name), valueOf(element));
  } catch {
    // A field with JSON that does not read yet: nothing goes over.
    element.closest(".field")?.classList.add("unread");
    return;
  }
  editor.set(pretty(record));
  later();
}

function fromText(text) {
  const next = parse(text);
  waits(next === undefined);
  if (next !== undefined) {
    record = next;
    for (const element of controls()) show(element);
  }
  later();
}

function later() {
  clearTimeout(waiting);
  // Long records go less often.
  waiting = setTimeout(() => ask(), 250 + Math.min(2_000, area.value.length / 500));
}

/** Asks what is wrong and what differs; `act` is a button that was pressed. */
async function ask(act) {
  clearTimeout(waiting);
  const number = ++asked;
  const body = new URLSearchParams();
  for (const name of ["csrf", "build", "version"]) body.set(name, form.elements[name].value);
  body.set("half", "json");
  body.set("json", area.value);
  if (act) body.set("act", act);
  for (const name of ["quiet", "conflict"]) if (name in form.dataset) body.set(name, "yes");
  let answer;
  try {
    const response = await fetch(form.dataset.check, { method: "POST", body, headers: { Accept: "application/json" } });
    if (!response.ok || !response.headers.get("Content-Type")?.startsWith("application/json")) return;
    answer = await response.json();
  } catch {
    return;
  }
  // Somebody typed on meanwhile.
  if (number !== asked || isSending) return;
  if (act && answer.text !== undefined) {
    record = parse(answer.text);
    editor.set(answer.text);
  }
  take(answer, act);
}

/** Puts what the service said in its place. */
function take(answer, act) {
  const made = document.createElement("template");
  made.innerHTML = answer.form;
  const names = (root) => [...root.querySelectorAll("[name]")].map((one) => `${one.name} ${one.type}`).join("\n");
  if (names(made.content) !== names(fields)) replace(made.content, act);
  else refresh(made.content);
  document.getElementById("difference").innerHTML = answer.difference;
  mark(answer);
  const top = document.querySelector("[data-faults]");
  // What was said at the top goes when nothing is wrong any more. While somebody types, faults stand beside their fields.
  if (answer.faults.length === 0) top.replaceChildren();
}

/** Other fields than before: all of them anew, with what was open and who has the focus. */
function replace(made, act) {
  const open = new Set([...fields.querySelectorAll("details[open]")].map((one) => one.id));
  const focus = document.activeElement?.closest?.("#record-form") ? document.activeElement.id : "";
  fields.replaceChildren(made);
  for (const one of fields.querySelectorAll("details")) if (open.has(one.id)) one.open = true;
  if (act?.startsWith("add/")) {
    const pointer = act.slice(3);
    const group = [...fields.querySelectorAll("[data-p]")].find((one) => one.dataset.p === pointer);
    const last = group?.querySelector(":scope > .items > li:last-child > details");
    if (last) last.open = true;
    (last ?? group)?.querySelector("input:not([type=hidden]), select, textarea")?.focus();
  } else if (focus) {
    document.getElementById(focus)?.focus();
  }
}

/** The same fields: what is wrong, what changed and how it reads, and nothing that somebody types into. */
function refresh(made) {
  const old = new Map([...fields.querySelectorAll("[data-p]")].map((one) => [one.dataset.p, one]));
  for (const fresh of made.querySelectorAll("[data-p]")) {
    const held = old.get(fresh.dataset.p);
    if (!held) continue;
    held.classList.toggle("bad", fresh.classList.contains("bad"));
    for (const name of ["faults", "reads"]) {
      const [from, to] = [child(fresh, name), child(held, name)];
      const next = child(held, "hint") ?? child(held, "fields") ?? child(held, "items");
      if (from && to) to.replaceWith(from);
      else if (to) to.remove();
      else if (from && next) next.before(from);
      else if (from) held.append(from);
    }
    const [from, to] = [markOf(fresh), markOf(held)];
    if (from && to) to.hidden = from.hidden;
    const control = document.getElementById(held.querySelector("[aria-describedby], [name]:not([type=hidden])")?.id ?? "");
    if (control && held.matches(".field")) control.toggleAttribute("aria-invalid", held.classList.contains("bad"));
    if (control?.hasAttribute("aria-invalid")) control.setAttribute("aria-invalid", "true");
  }
}

const child = (element, name) => element.querySelector(`:scope > .${name}`);
const markOf = (element) =>
  element.querySelector(":scope > .label-row > .mark, :scope > legend > .mark, :scope > .group-head > .mark, :scope > summary > .mark");

function mark({ changed, faults }) {
  const places = lines(area.value);
  const lineOf = (pointer) => {
    // Of what is not there the line of what it would be in.
    for (let own = pointer; ; own = own.slice(0, own.lastIndexOf("/"))) {
      if (places.has(own)) return places.get(own);
      if (own === "") return 1;
    }
  };
  editor.mark({
    bad: faults.map(({ line, pointer, sentence }) => ({ line: line ?? lineOf(pointer), sentence })),
    changed: changed.map(lineOf),
  });
}

async function begin() {
  record = parse(area.value);
  fields.dataset.closed = String(fields.disabled);
  editor = await edit(area, fromText);
  for (const one of document.querySelectorAll("[data-without-script]")) one.hidden = true;
  for (const button of document.querySelectorAll("[data-save], [data-merge]")) button.dataset.json = "true";
  waits(record === undefined);
  record ??= {};
  fields.addEventListener("input", fromField);
  fields.addEventListener("change", fromField);
  fields.addEventListener("click", (event) => {
    const button = event.target.closest("button[name=act]");
    if (!button) return;
    event.preventDefault();
    ask(button.value);
  });
  // What is sent is the JSON: the fields say the same, and stay at home.
  form.addEventListener("submit", (event) => {
    if (event.submitter?.name === "half") event.submitter.value = "json";
    isSending = true;
    fields.disabled = true;
  });
  form.addEventListener("formdata", (event) => event.formData.set("half", "json"));
  window.addEventListener("pageshow", () => {
    isSending = false;
    fields.disabled = fields.dataset.closed === "true";
  });
  // Who leaves the page with something that is not saved is asked.
  const begun = "unsaved" in form.dataset ? undefined : area.value;
  window.addEventListener("beforeunload", (event) => {
    if (!isSending && area.value !== begun && fields.dataset.closed !== "true") event.preventDefault();
  });
  // Before the script that copies: what is copied is what stands there now.
  form.querySelector(".json-head [data-copy]")?.addEventListener("click", (event) => {
    event.currentTarget.dataset.copy = area.value;
  });
  document.addEventListener("keydown", (event) => {
    if ((event.ctrlKey || event.metaKey) && event.key === "s" && fields.dataset.closed !== "true") {
      event.preventDefault();
      form.requestSubmit(document.querySelector(".head-action [data-save]"));
    }
  });
  const badLine = Number(area.dataset.badLine ?? 0);
  if (badLine > 0) {
    editor.mark({ bad: [{ line: badLine, sentence: area.dataset.badSays }] });
    editor.show(badLine);
  }
  document.addEventListener("click", (event) => {
    if (!event.target.closest?.("[data-to-json]")) return;
    event.preventDefault();
    form.querySelector(".json-box").scrollIntoView({ block: "nearest" });
    editor.focus();
  });
  // The lines of the JSON get their marks.
  if (fields.querySelector(".mark:not([hidden]), .faults")) ask();
}

if (form) begin();
