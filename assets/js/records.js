// The table of records: how many are picked, all at once, a range with shift, and `x` for the row that the keys are on.

const form = document.querySelector(".records-form");

if (form?.querySelector("[name=pick]")) {
  const boxes = [...form.querySelectorAll("[name=pick]")];
  const all = form.querySelector("[data-pick-all]");
  const told = form.querySelector("[data-picked]");
  let last;

  function count() {
    const picked = boxes.filter((box) => box.checked).length;
    told.textContent = String(picked);
    all.checked = picked === boxes.length;
    all.indeterminate = picked > 0 && picked < boxes.length;
  }

  all.hidden = false;
  all.addEventListener("change", () => {
    for (const box of boxes) box.checked = all.checked;
    count();
  });
  for (const box of boxes) {
    box.addEventListener("click", (event) => {
      if (event.shiftKey && last) {
        const [from, to] = [boxes.indexOf(last), boxes.indexOf(box)].sort((one, other) => one - other);
        for (const between of boxes.slice(from, to)) between.checked = box.checked;
      }
      last = box;
      count();
    });
  }
  form.addEventListener("reset", () => setTimeout(count));
  document.addEventListener("keydown", (event) => {
    if (event.key !== "x" || event.ctrlKey || event.metaKey || event.altKey) return;
    const row = document.activeElement?.closest?.(".records tbody tr");
    const box = row?.querySelector("[name=pick]");
    if (!box) return;
    box.checked = !box.checked;
    count();
    event.preventDefault();
  });
  window.addEventListener("pageshow", count);
  count();
}
