// The filter above the collections: rows whose name or bucket has what is typed stay.

const box = document.querySelector("[data-filter=side]");
const side = document.getElementById("side");

function filter(text) {
  const wanted = text.trim().toLowerCase();
  for (const group of side.querySelectorAll("[data-bucket]")) {
    const bucket = group.dataset.bucket.toLowerCase();
    let shown = 0;
    for (const row of group.querySelectorAll("li")) {
      const name = row.querySelector(".side-name")?.textContent.toLowerCase() ?? "";
      const fits = !wanted || name.includes(wanted) || `${bucket}/${name}`.includes(wanted.replaceAll(" ", ""));
      row.hidden = !fits;
      shown += fits ? 1 : 0;
    }
    const more = group.querySelector("details");
    if (more && wanted) more.open = true;
    group.hidden = shown === 0;
  }
}

if (box && side) {
  box.hidden = false;
  const input = box.querySelector("input");
  input.addEventListener("input", () => filter(input.value));
  input.addEventListener("keydown", (event) => {
    if (event.key === "Enter") side.querySelector("[data-bucket]:not([hidden]) li:not([hidden]) a")?.click();
    if (event.key === "Escape") {
      input.value = "";
      filter("");
    }
  });
}
