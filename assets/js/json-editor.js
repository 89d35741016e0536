// A JSON editor over a text area: `<textarea data-json-editor="…/vendor/codemirror.js">`. The text area keeps the text, so a form
// sends it as it would without the editor. It stands in a shadow root, where its styles are constructed sheets: the page's
// policy allows no others.

const mark = { bad: "line-bad", changed: "line-changed" };

function theme(cm) {
  return cm.EditorView.theme({
    "&": { color: "var(--ink)", backgroundColor: "transparent", height: "100%", minHeight: "160px", maxHeight: "inherit", fontSize: "13px" },
    "&.cm-focused": { outline: "none" },
    ".cm-scroller": { fontFamily: "var(--mono)", lineHeight: "20px", overflow: "auto" },
    ".cm-content": { padding: "8px 0", caretColor: "var(--ink)" },
    ".cm-line": { padding: "0 12px 0 8px", borderLeft: "2px solid transparent" },
    ".cm-gutters": { backgroundColor: "var(--surface)", color: "var(--ink-3)", border: "0", paddingLeft: "8px" },
    ".cm-lineNumbers .cm-gutterElement": { minWidth: "28px", padding: "0 6px 0 0" },
    ".cm-foldGutter .cm-gutterElement": { cursor: "pointer" },
    ".cm-activeLineGutter": { backgroundColor: "transparent", color: "var(--ink)", fontWeight: "600" },
    ".cm-cursor": { borderLeftColor: "var(--ink)" },
    "&.cm-focused > .cm-scroller > .cm-selectionLayer .cm-selectionBackground, .cm-selectionBackground": {
      background: "var(--accent-line)",
    },
    "&.cm-focused .cm-matchingBracket": { backgroundColor: "var(--active)" },
    "&.cm-focused .cm-nonmatchingBracket": { backgroundColor: "var(--removed-word)" },
    ".cm-specialChar": { color: "var(--ink-3)" },
    ".cm-foldPlaceholder": { background: "var(--active)", border: "0", color: "var(--ink-2)", padding: "0 4px" },
    [`.${mark.changed}`]: { backgroundColor: "var(--changed-soft)", borderLeftColor: "var(--changed)" },
    [`.${mark.bad}`]: { borderLeftColor: "var(--ink)", fontWeight: "600" },
    [`.${mark.bad}::after`]: {
      content: '"!"', display: "inline-grid", placeItems: "center", width: "14px", height: "14px", marginLeft: "12px",
      borderRadius: "7px", background: "var(--ink)", color: "var(--surface)", font: "700 11px/14px var(--face)",
    },
  });
}

function colours(cm) {
  const { tags } = cm;
  return cm.HighlightStyle.define([
    { tag: tags.propertyName, color: "var(--ink-2)" },
    { tag: [tags.bool, tags.null, tags.number], color: "var(--accent)" },
    { tag: tags.invalid, textDecoration: "underline wavy" },
  ]);
}

/** Lines with marks: `{ changed: [line], bad: [{ line, sentence }] }`, lines counted from 1. */
function marks(cm) {
  const set = cm.StateEffect.define();
  const field = cm.StateField.define({
    create: () => cm.Decoration.none,
    update(held, change) {
      let next = held.map(change.changes);
      for (const effect of change.effects) {
        if (!effect.is(set)) continue;
        const { doc } = change.state;
        const byLine = new Map();
        const add = (line, name, title) => {
          if (line < 1 || line > doc.lines) return;
          const own = byLine.get(line) ?? { names: [], title: "" };
          own.names.push(name);
          own.title ||= title ?? "";
          byLine.set(line, own);
        };
        for (const line of effect.value.changed ?? []) add(line, mark.changed);
        for (const { line, sentence } of effect.value.bad ?? []) add(line, mark.bad, sentence);
        const lines = [...byLine].sort(([one], [other]) => one - other);
        next = cm.Decoration.set(lines.map(([line, { names, title }]) =>
          cm.Decoration.line({ class: names.join(" "), attributes: title ? { title } : {} }).range(doc.line(line).from)));
      }
      return next;
    },
    provide: (own) => cm.EditorView.decorations.from(own),
  });
  return { field, set };
}

/**
 * Puts an editor over a text area. `onEdit(text)` is called for what somebody types, not for what `set` writes.
 */
export async function edit(area, onEdit = () => {}) {
  const cm = await import(area.dataset.jsonEditor);
  const host = document.createElement("div");
  // The name by which other scripts know that somebody types in there.
  host.className = "json-editor cm-editor";
  const root = host.attachShadow({ mode: "open" });
  area.after(host);
  area.hidden = true;
  const silent = cm.Annotation.define();
  const { field, set } = marks(cm);
  const readOnly = area.readOnly || area.disabled;
  const view = new cm.EditorView({
    root,
    parent: root,
    state: cm.EditorState.create({
      doc: area.value,
      extensions: [
        cm.lineNumbers(), cm.foldGutter(), cm.highlightActiveLineGutter(), cm.highlightSpecialChars(), cm.history(),
        cm.drawSelection(), cm.indentOnInput(), cm.bracketMatching(), cm.json(), cm.indentUnit.of("  "),
        cm.syntaxHighlighting(colours(cm)), theme(cm), field,
        cm.keymap.of([...cm.defaultKeymap, ...cm.historyKeymap, ...cm.foldKeymap]),
        cm.EditorState.readOnly.of(readOnly), cm.EditorView.editable.of(!readOnly),
        cm.EditorView.contentAttributes.of({
          "aria-label": area.getAttribute("aria-label") ?? "JSON",
          tabindex: "0",
        }),
        cm.EditorView.updateListener.of((update) => {
          if (!update.docChanged) return;
          area.value = update.state.doc.toString();
          if (!update.transactions.some((one) => one.annotation(silent))) onEdit(area.value);
        }),
      ],
    }),
  });
  for (const label of area.labels) {
    label.addEventListener("click", (event) => {
      event.preventDefault();
      view.focus();
    });
  }
  return {
    focus: () => view.focus(),
    get text() {
      return view.state.doc.toString();
    },
    /** Writes the text without moving what stays the same, so that cursor and scroll stay where they are. */
    set(text) {
      const held = view.state.doc.toString();
      if (held === text) return;
      let from = 0;
      const most = Math.min(held.length, text.length);
      while (from < most && held.charCodeAt(from) === text.charCodeAt(from)) from += 1;
      let end = 0;
      while (end < most - from && held.charCodeAt(held.length - 1 - end) === text.charCodeAt(text.length - 1 - end)) end += 1;
      view.dispatch({
        changes: { from, to: held.length - end, insert: text.slice(from, text.length - end) },
        annotations: silent.of(true),
      });
    },
    /** Marks lines; see `marks`. */
    mark: (lines) => view.dispatch({ effects: set.of(lines) }),
    /** Brings a line into sight. */
    show(line) {
      if (line > view.state.doc.lines) return;
      view.dispatch({ effects: cm.EditorView.scrollIntoView(view.state.doc.line(line).from, { y: "center" }) });
    },
  };
}

// Text areas that no other script takes care of.
for (const area of document.querySelectorAll("textarea[data-json-editor][data-alone]")) {
  edit(area, () => area.dispatchEvent(new Event("input", { bubbles: true })));
}
