// Times in the reader's own zone: on hover the exact one, and the day and hour where those are shown.

const exact = new Intl.DateTimeFormat("en-GB", {
  day: "numeric", month: "long", year: "numeric", hour: "2-digit", minute: "2-digit", second: "2-digit",
  timeZoneName: "short",
});
const hour = new Intl.DateTimeFormat("en-GB", { hour: "2-digit", minute: "2-digit" });
const day = new Intl.DateTimeFormat("en-GB", { day: "numeric", month: "long" });
const dayAndYear = new Intl.DateTimeFormat("en-GB", { day: "numeric", month: "long", year: "numeric" });

function date(at, now) {
  const text = (at.getFullYear() === now.getFullYear() ? day : dayAndYear).format(at);
  return text.replace(" ", "\u00a0");
}

function words(at, now, dayOnly) {
  if (dayOnly) return date(at, now);
  const minutes = Math.floor((now - at) / 60_000);
  if (minutes < -1) return `${date(at, now)}, ${hour.format(at)}`;
  if (minutes < 1) return "just now";
  if (minutes < 60) return `${minutes}\u00a0minute${minutes === 1 ? "" : "s"} ago`;
  const hours = Math.floor(minutes / 60);
  if (hours < 12) return `${hours}\u00a0hour${hours === 1 ? "" : "s"} ago`;
  const yesterday = new Date(now);
  yesterday.setDate(now.getDate() - 1);
  if (at.toDateString() === now.toDateString()) return `today, ${hour.format(at)}`;
  if (at.toDateString() === yesterday.toDateString()) return `yesterday, ${hour.format(at)}`;
  return date(at, now);
}

function write(root) {
  const now = new Date();
  for (const time of root.querySelectorAll("time[datetime]")) {
    const at = new Date(time.dateTime);
    if (Number.isNaN(at.getTime())) continue;
    time.title = exact.format(at);
    if (!("as" in time.dataset)) time.textContent = words(at, now, "day" in time.dataset);
  }
}

write(document);
setInterval(() => document.visibilityState === "visible" && write(document), 60_000);
document.addEventListener("htmx:load", (event) => write(event.target));
