// The changes of a collection: all values open and close without loading the page again.

const opener = document.querySelector("[data-open-all]");

opener?.addEventListener("click", (event) => {
  const folded = [...document.querySelectorAll(".diff details")];
  // What is cut is whole on another page only.
  if (folded.length === 0 || document.querySelector(".diff-cut a")) return;
  event.preventDefault();
  const open = folded.some((one) => !one.open);
  for (const one of folded) one.open = open;
  opener.textContent = open ? "Close values" : "Open all values";
});

// `Enter` on a record that was gone to by keys opens what folds away in it.
document.addEventListener("keydown", (event) => {
  if (event.key !== "Enter" || !event.target.matches?.(".diff")) return;
  const folded = [...event.target.querySelectorAll("details")];
  const open = folded.some((one) => !one.open);
  for (const one of folded) one.open = open;
});
