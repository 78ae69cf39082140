// Ctrl K: go to any page that this page links to, or that was open before in this tab.
const dialog = document.getElementById("palette");
const KEY = "viewflow.recent";

const stored = () => {
  try {
    return JSON.parse(sessionStorage.getItem(KEY)) ?? [];
  } catch {
    return [];
  }
};

if (dialog) {
  const input = dialog.querySelector("input");
  const list = dialog.querySelector('[role="listbox"]');
  const nothing = dialog.querySelector("[data-nothing]");
  const words = dialog.dataset;
  let found = [];
  let at = 0;

  const recent = stored();
  const here = location.pathname + location.search;
  const title = document.querySelector("h1")?.textContent.trim() || document.title;
  try {
    const kept = [{ href: here, text: title }, ...recent.filter((page) => page.href !== here)];
    sessionStorage.setItem(KEY, JSON.stringify(kept.slice(0, 9)));
  } catch {
    // Storage may be forbidden; then there is no history, and that is all.
  }

  const collect = () => {
    const seen = new Set([location.href]);
    const all = [];
    const add = (href, text, kind, icon) => {
      const url = new URL(href, location.href).href;
      if (!text || seen.has(url) || !url.startsWith("http")) return;
      seen.add(url);
      all.push({ href, text, kind, icon, key: text.toLowerCase() });
    };
    const scan = (selector, kind) => {
      for (const link of document.querySelectorAll(selector)) {
        const label = link.querySelector("span:not(.count, .tile)") ?? link;
        // Ten rows may say "Bake": the line below says for whom.
        const about = link.closest(".row")?.querySelector(".row-meta > span");
        const text = [label, about].filter(Boolean).map((part) => part.textContent).join(" · ");
        add(link.href, text.replace(/\s+/g, " ").trim(), kind, link.querySelector(".icon"));
      }
    };
    scan(".sidebar a.nav-link[href]", words.page);
    scan("main .page-actions a[href], main .launch a[href]", words.action);
    scan("main .row-title, main .ticket > a, main .table .lead a[href]", words.item);
    for (const page of recent) add(page.href, page.text, words.recent);
    scan("#profile a[href]", words.page);
    return all;
  };

  const move = (to) => {
    const options = list.children;
    options[at]?.setAttribute("aria-selected", "false");
    at = options.length ? (to + options.length) % options.length : 0;
    const option = options[at];
    option?.setAttribute("aria-selected", "true");
    option?.scrollIntoView({ block: "nearest" });
    if (option) input.setAttribute("aria-activedescendant", option.id);
    else input.removeAttribute("aria-activedescendant");
  };

  const show = () => {
    const terms = input.value.toLowerCase().split(/\s+/).filter(Boolean);
    const hits = found.filter(({ key }) => terms.every((term) => key.includes(term))).slice(0, 12);
    list.replaceChildren(
      ...hits.map(({ href, text, kind, icon }, index) => {
        const option = document.createElement("a");
        option.id = `palette-${index}`;
        option.href = href;
        option.tabIndex = -1;
        option.setAttribute("role", "option");
        const label = document.createElement("span");
        label.textContent = text;
        const note = document.createElement("small");
        note.textContent = kind;
        if (icon) option.append(icon.cloneNode(true));
        option.append(label, note);
        return option;
      }),
    );
    list.hidden = !hits.length;
    nothing.hidden = hits.length > 0;
    move(0);
  };

  // Not "toggle": that comes later, and would wipe out what a fast typist has typed by then.
  dialog.addEventListener("beforetoggle", ({ newState }) => {
    if (newState !== "open") return;
    found = collect();
    input.value = "";
    show();
  });
  input.addEventListener("input", show);
  input.addEventListener("keydown", (event) => {
    if (event.key === "ArrowDown") move(at + 1);
    else if (event.key === "ArrowUp") move(at - 1);
    else if (event.key === "Enter") list.children[at]?.click();
    else return;
    event.preventDefault();
  });
  document.addEventListener("keydown", (event) => {
    if (event.key.toLowerCase() !== "k" || !(event.ctrlKey || event.metaKey) || event.altKey || event.shiftKey) return;
    event.preventDefault();
    if (dialog.open) dialog.close();
    else dialog.showModal();
  });
}
