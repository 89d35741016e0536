// Buttons that copy: `<button data-copy="…" hidden>`. Elsewhere than on https or localhost there is no clipboard.

function show(root) {
  if (!navigator.clipboard) return;
  for (const button of root.querySelectorAll("[data-copy][hidden]")) button.hidden = false;
}

document.addEventListener("click", async (event) => {
  const button = event.target.closest?.("[data-copy]");
  if (!button) return;
  const name = button.getAttribute("aria-label");
  try {
    await navigator.clipboard.writeText(button.dataset.copy);
    button.classList.add("done");
    button.setAttribute("aria-label", "Copied");
    button.title = "Copied";
  } catch {
    button.title = "The browser did not allow it";
  }
  setTimeout(() => {
    button.classList.remove("done");
    button.setAttribute("aria-label", name);
    button.title = name;
  }, 2_000);
});

show(document);
// Pieces that come later.
document.addEventListener("htmx:load", (event) => show(event.target));
