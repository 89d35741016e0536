// On a phone the tabs scroll: the one of this page is in sight.

const tabs = document.querySelector(".tabs");
const here = tabs?.querySelector("[aria-current]");
if (here) tabs.scrollLeft = Math.max(0, here.offsetLeft + here.offsetWidth - tabs.offsetLeft - tabs.clientWidth + 16);
