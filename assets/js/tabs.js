// Where the tabs scroll, as on a phone, the one of this page is in sight.

const tabs = document.querySelector(".tabs");
const here = tabs?.querySelector("[aria-current]");

function show() {
  tabs.scrollLeft = Math.max(0, here.offsetLeft + here.offsetWidth - tabs.offsetLeft - tabs.clientWidth + 16);
}

if (here) {
  show();
  window.addEventListener("resize", show);
}
