// The numbers of inbox and queue stay true while the page is looked at; the list behind a number
// that changed follows, unless somebody is in the middle of something.
const menu = document.querySelector("[data-counts]");

if (menu) {
  const BUSY = "main input:checked, main input:focus, :popover-open, dialog[open]";
  const renew = async () => {
    if (document.hidden) return;
    const answer = await fetch(menu.dataset.counts, { cache: "no-cache" }).catch(() => 0);
    if (!answer?.ok || answer.redirected) return;
    const numbers = await answer.json();
    for (const box of menu.querySelectorAll("[data-count]")) {
      const text = String(numbers[box.dataset.count]);
      if (box.firstChild.data === text) continue;
      box.firstChild.data = text;
      box.hidden = text === "0";
      if (box.closest("[aria-current=page]") && !document.querySelector(BUSY)) {
        window.htmx?.ajax("GET", location.href, { target: "#list", select: "#list", swap: "outerMorph" });
      }
    }
  };
  setInterval(renew, 30000);
  document.addEventListener("visibilitychange", renew);
  addEventListener("pageshow", ({ persisted }) => persisted && renew());
}
