// On a wide window a row of a list of work opens beside the list. Without this script, on a narrow
// window, with a modifier key, or where something typed would be lost, the link is a link.
const pane = document.getElementById("pane");

if (pane) {
  const wide = matchMedia("(width >= 72rem)");
  const body = pane.querySelector(".split-body");
  const rows = () => [...document.querySelectorAll("#list a.row-title")];
  const here = location.pathname + location.search;
  let open = "";
  let asked = 0;

  const mark = () => {
    for (const link of rows()) {
      if (open && new URL(link.href).pathname === open) link.setAttribute("aria-current", "true");
      else link.removeAttribute("aria-current");
      link.toggleAttribute("data-no-prefetch", wide.matches);
    }
  };
  const close = () => {
    asked += 1;
    const link = rows().find((row) => row.hasAttribute("aria-current"));
    open = "";
    pane.hidden = true;
    body.replaceChildren();
    mark();
    link?.focus();
  };

  // A page that brings scripts or styles of its own is shown as a page.
  const known = (element) => {
    const name = element.src ? "src" : "href";
    return [...document.head.querySelectorAll(element.localName)].some((one) => one[name] === element[name]);
  };
  const adopt = (page, url) => {
    const main = document.importNode(page.querySelector("main.page"), true);
    for (const title of main.querySelectorAll("h1")) {
      const heading = document.createElement("h2");
      heading.className = "big";
      heading.append(...title.childNodes);
      title.replaceWith(heading);
    }
    // What has no address of its own means the page that it came from.
    for (const form of main.querySelectorAll("form:not([action])")) form.setAttribute("action", url);
    for (const link of main.querySelectorAll('a[href^="?"]')) link.href = new URL(link.getAttribute("href"), url);
    // "And next" is the next of this list.
    const next = new URL(url);
    next.searchParams.set("back", `${here}#next`);
    for (const button of main.querySelectorAll('button[name="_continue"]')) {
      button.name = "_complete";
      button.setAttribute("formaction", next);
    }
    return main.childNodes;
  };

  const show = async (link) => {
    const turn = (asked += 1);
    try {
      const answer = await fetch(link.href);
      const { url } = answer;
      const page = new DOMParser().parseFromString(await answer.text(), "text/html");
      if (turn !== asked) return;
      const parts = [...page.head.querySelectorAll("script[src], link[rel=stylesheet]")];
      // Signing in is no page of a task.
      if (!page.querySelector("main.page") || !parts.every(known)) throw url;
      body.replaceChildren(...adopt(page, url));
      document.getElementById("toasts")?.append(...page.querySelectorAll("#toasts > .toast"));
      pane.querySelector("[data-page]").href = url;
      open = new URL(link.href).pathname;
      pane.hidden = false;
      mark();
      body.scrollTop = 0;
      body.focus({ preventScroll: true });
      link.closest(".row").scrollIntoView({ block: "nearest" });
      window.htmx?.process(body);
      document.dispatchEvent(new CustomEvent("vf:shown"));
    } catch {
      if (turn === asked) location.assign(link.href);
    }
  };

  document.addEventListener("click", (event) => {
    const link = event.target.closest("#list a.row-title");
    const plain = !event.button && !event.ctrlKey && !event.metaKey && !event.shiftKey && !event.altKey;
    if (!link || !plain || event.defaultPrevented || !wide.matches || body.querySelector("[data-changed]")) return;
    event.preventDefault();
    show(link);
  });
  pane.querySelector("[data-close]").addEventListener("click", close);
  document.addEventListener("keydown", (event) => {
    const busy = document.querySelector(":popover-open, dialog[open]") || body.querySelector("[data-changed]");
    if (event.key === "Escape" && open && !busy && !event.defaultPrevented) close();
  });
  document.addEventListener("htmx:after:swap", mark);
  mark();

  if (location.hash === "#next") {
    history.replaceState(history.state, "", here);
    const [first] = rows();
    if (first && wide.matches) show(first);
  }
}
