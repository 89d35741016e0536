// A page that stays open across an upgrade of the program says so before somebody works on in it.

const own = document.querySelector("meta[name=build]")?.content;
let told = false;

/** Compares the version that an answer names with this page's. */
export function compare(build) {
  if (!own || !build || build === own || told) return;
  told = true;
  const note = document.createElement("div");
  note.className = "flash";
  note.setAttribute("role", "status");
  const text = document.createElement("span");
  text.className = "flash-text";
  text.textContent = "The service was upgraded while this page was open. What you typed can still be sent.";
  const again = document.createElement("a");
  again.href = location.href;
  again.textContent = "Load the page anew";
  note.append(text, again);
  const content = document.querySelector(".content") ?? document.querySelector("main");
  content?.prepend(note);
}

async function look() {
  if (document.visibilityState !== "visible" || told) return;
  try {
    const answer = await fetch("/ui/build", { cache: "no-store", credentials: "omit" });
    if (answer.ok) compare(await answer.json());
  } catch {
    // The service does not answer at this moment. The next look tells.
  }
}

// When somebody comes back to a page, and every five minutes while it is looked at.
document.addEventListener("visibilitychange", look);
window.addEventListener("pageshow", (event) => event.persisted && look());
setInterval(look, 300_000);
