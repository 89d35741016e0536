// The keyboard: `/` searches, `j` and `k` go through a list, `Enter` opens, `?` tells the keys.
//
// A list is `[data-keys]`; its items are `[data-key]` or its children. The item that is picked gets focus, on its first link
// or on itself, so that what a screen reader says and what is seen agree.

const isTyping = (target) => target.closest?.("input, textarea, select, [contenteditable], .cm-editor, dialog");

function items() {
  const list = document.querySelector("[data-keys]");
  if (!list) return [];
  const named = [...list.querySelectorAll("[data-key]")];
  return (named.length > 0 ? named : [...list.children]).filter((item) => item.offsetParent !== null);
}

function go(step) {
  const all = items();
  if (all.length === 0) return;
  const here = all.findIndex((item) => item.contains(document.activeElement));
  const next = all[Math.min(Math.max(here + step, 0), all.length - 1)];
  const target = next.matches("[data-key]") ? next : next.querySelector("a, summary, button") ?? next;
  if (target === next && !next.hasAttribute("tabindex")) next.tabIndex = -1;
  target.focus({ preventScroll: true });
  next.scrollIntoView({ block: "nearest", behavior: "instant" });
}

function help() {
  let dialog = document.getElementById("keys");
  if (!dialog) {
    dialog = document.createElement("dialog");
    dialog.id = "keys";
    dialog.className = "dialog";
    const title = document.createElement("h2");
    title.textContent = "Keys";
    const list = document.createElement("dl");
    list.className = "facts";
    const own = [["/", "search"], ["j, k", "next, previous"], ["Enter", "open"], ["?", "these keys"]];
    for (const [key, words] of own) {
      const term = document.createElement("dt");
      for (const one of key.split(", ")) {
        const mark = document.createElement("kbd");
        mark.textContent = one;
        term.append(mark, " ");
      }
      const told = document.createElement("dd");
      told.textContent = words;
      list.append(term, told);
    }
    const close = document.createElement("form");
    close.method = "dialog";
    const button = document.createElement("button");
    button.className = "button";
    button.textContent = "Close";
    close.append(button);
    dialog.append(title, list, close);
    document.body.append(dialog);
  }
  dialog.showModal();
}

document.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey || isTyping(event.target)) return;
  if (event.key === "/") {
    const search = document.querySelector("main input[type=search]") ?? document.querySelector("input[type=search]");
    if (!search || search.offsetParent === null) return;
    search.focus();
    search.select();
  } else if (event.key === "j" || event.key === "k") {
    go(event.key === "j" ? 1 : -1);
  } else if (event.key === "?") {
    help();
  } else {
    return;
  }
  event.preventDefault();
});
