// A file that is chosen or dropped goes into the box, where it can be seen and mended.

const area = document.getElementById("f-text");
const chosen = document.getElementById("f-file");

async function take(file) {
  if (!file) return;
  area.value = await file.text();
  // It is sent once, with the box.
  if (chosen) chosen.value = "";
  area.focus();
  area.setSelectionRange(0, 0);
}

if (area) {
  chosen?.addEventListener("change", () => take(chosen.files[0]));
  const box = area.closest(".bulk-box");
  for (const kind of ["dragenter", "dragover"]) {
    area.addEventListener(kind, (event) => {
      if (![...(event.dataTransfer?.types ?? [])].includes("Files")) return;
      event.preventDefault();
      box.classList.add("drop");
    });
  }
  for (const kind of ["dragleave", "drop"]) area.addEventListener(kind, () => box.classList.remove("drop"));
  area.addEventListener("drop", (event) => {
    const file = event.dataTransfer?.files?.[0];
    if (!file) return;
    event.preventDefault();
    take(file);
  });
  // Signs belong to the text that was checked.
  area.addEventListener("input", () => {
    for (const sign of document.querySelectorAll(".bulk-sign")) sign.replaceChildren();
    const lines = area.value.split("\n").length;
    if (area.classList.contains("signed") && lines > area.rows) area.rows = lines;
  });
}
