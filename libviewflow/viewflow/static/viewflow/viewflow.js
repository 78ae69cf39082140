{
const root = document.documentElement;
const applied = {
theme(value) {
if (value === "auto") delete root.dataset.theme;
else root.dataset.theme = value;
for (const button of document.querySelectorAll('[name="theme"]')) {
button.setAttribute("aria-pressed", button.value === value);
}
},
rail(value) {
const on = value === "1";
root.toggleAttribute("data-rail", on);
for (const link of document.querySelectorAll(".sidebar .nav-link")) {
if (on) link.title = link.textContent.trim();
else link.removeAttribute("title");
}
for (const button of document.querySelectorAll('[name="rail"]')) {
button.value = on ? "0" : "1";
button.setAttribute("aria-pressed", on);
}
},
};
document.addEventListener("submit", (event) => {
const { target: form, submitter } = event;
if (!form.matches("[data-preferences]") || !applied[submitter?.name]) return;
event.preventDefault();
const body = new FormData(form, submitter);
applied[submitter.name](submitter.value);
fetch(form.action, { method: "POST", body, redirect: "manual" }).catch(() => {});
});
addEventListener("unhandledrejection", (event) => {
if (/^transition was (aborted|skipped)/i.test(event.reason?.message)) event.preventDefault();
});
}
{
if (!("commandForElement" in HTMLButtonElement.prototype)) {
const commands = {
"show-modal": (target) => target.open || target.showModal(),
close: (target) => target.close(),
"toggle-popover": (target) => target.togglePopover(),
"show-popover": (target) => target.showPopover(),
"hide-popover": (target) => target.hidePopover(),
};
document.addEventListener("click", (event) => {
const button = event.target.closest("button[commandfor]");
const target = button && document.getElementById(button.getAttribute("commandfor"));
if (target) commands[button.getAttribute("command")]?.(target);
});
}
if (!("closedBy" in HTMLDialogElement.prototype)) {
document.addEventListener("click", ({ target }) => {
if (target.matches('dialog[closedby="any"]')) target.close();
});
}
}
{
const box = document.getElementById("toasts");
const STAY = 8000;
const remove = (toast) => toast.remove();
const arm = (toast) => {
const button = toast.querySelector("[data-dismiss]");
if (button) button.hidden = false;
if (toast.matches(".error, .warning")) return;
let timer = setTimeout(remove, STAY, toast);
const hold = () => clearTimeout(timer);
const release = () => {
hold();
timer = setTimeout(remove, STAY, toast);
};
toast.addEventListener("pointerenter", hold);
toast.addEventListener("focusin", hold);
toast.addEventListener("pointerleave", release);
toast.addEventListener("focusout", release);
};
if (box) {
for (const toast of box.children) arm(toast);
new MutationObserver((changes) => {
for (const { addedNodes } of changes) {
for (const node of addedNodes) if (node.nodeType === 1) arm(node);
}
}).observe(box, { childList: true });
box.addEventListener("click", ({ target }) => {
if (target.closest("[data-dismiss]")) remove(target.closest(".toast"));
});
document.addEventListener("vf:toast", ({ detail }) => {
const toast = document.createElement("div");
toast.className = `toast ${detail.level ?? "info"}`;
const text = document.createElement("p");
text.textContent = detail.text;
const close = document.createElement("button");
close.type = "button";
close.className = "btn quiet sm";
close.dataset.dismiss = "";
close.textContent = box.dataset.close;
toast.append(text, close);
box.append(toast);
});
}
}
{
const dirty = new Set();
const busy = new Set();
const posts = (form) => form?.getAttribute("method")?.toLowerCase() === "post";
const warn = (event) => {
if ([...dirty].some((form) => form.isConnected)) event.preventDefault();
};
const mark = (form, changed) => {
if (changed) dirty.add(form);
else dirty.delete(form);
if (dirty.size) addEventListener("beforeunload", warn);
else removeEventListener("beforeunload", warn);
};
const release = () => {
for (const element of busy) {
element.removeAttribute("aria-busy");
delete element.dataset.sent;
}
busy.clear();
};
document.addEventListener("input", ({ target }) => {
const { form } = target;
const tick = target.matches('[name="pk"], [name="pick"], [data-select-all]');
if (posts(form) && form.closest("main") && !tick) mark(form, true);
});
document.addEventListener("reset", ({ target }) => mark(target, false));
document.addEventListener("submit", (event) => {
const { target: form, submitter } = event;
if (event.defaultPrevented || !posts(form) || form.getAttribute("target")) return;
if (form.dataset.sent !== undefined) {
event.preventDefault();
return;
}
mark(form, false);
form.dataset.sent = "";
busy.add(form);
if (submitter) {
submitter.setAttribute("aria-busy", "true");
busy.add(submitter);
}
setTimeout(release, 8000);
});
addEventListener("pageshow", release);
document.addEventListener("htmx:finally:request", release);
const fields = () =>
[...document.querySelectorAll("main form[method=post] :is(input, select, textarea)")].filter(
({ type }) => !["hidden", "password", "file"].includes(type),
);
const value = ({ type }) => (/^(checkbox|radio)$/.test(type) ? "checked" : "value");
addEventListener("pageshow", () => {
const { state } = history;
if (document.querySelector("main form[method=post] [aria-invalid=true]")) {
const typed = fields().map((field) => [field.name, field[value(field)]]);
history.replaceState({ ...state, typed }, "");
} else if (state?.typed && performance.getEntriesByType("navigation")[0]?.type === "back_forward") {
fields().forEach((field, index) => {
const [name, kept] = state.typed[index] ?? [];
if (name === field.name) field[value(field)] = kept;
});
}
});
document.addEventListener("change", ({ target }) => {
if (!target.matches("[data-select-all]")) return;
const scope = target.closest(".picks") ?? target.form ?? document;
for (const pick of scope.querySelectorAll('[name="pk"], [name="pick"]')) pick.checked = target.checked;
});
}
{
const rows = () => [...document.querySelectorAll("main .row-title, main .table .lead a[href]")];
const typing = (target) => target.closest("input:not([type=checkbox], [type=radio]), textarea, select, [contenteditable], dialog[open]");
const walk = (step) => {
const all = rows();
const here = all.findIndex((link) => link === document.activeElement || link.closest(".row, tr").contains(document.activeElement));
const next = all[here < 0 ? (step > 0 ? 0 : all.length - 1) : here + step];
next?.focus();
next?.closest(".row, tr").scrollIntoView({ block: "nearest" });
};
const tick = () => {
const box = document.activeElement.closest(".row, tr")?.querySelector('[name="pk"], [name="pick"]');
if (box) box.click();
};
const actions = { j: () => walk(1), k: () => walk(-1), x: tick };
document.addEventListener("keydown", (event) => {
if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) {
const form = event.target.form;
if (form?.matches("[method=post]")) form.requestSubmit(form.querySelector(".btn.primary:not(:disabled)"));
return;
}
if (event.ctrlKey || event.metaKey || event.altKey || event.defaultPrevented || typing(event.target)) return;
if (!actions[event.key] || !rows().length) return;
event.preventDefault();
actions[event.key]();
});
}
{
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
dialog.addEventListener("toggle", ({ newState }) => {
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
}
{
const UNITS = [["day", 86400], ["hour", 3600], ["minute", 60]];
const format = new Intl.RelativeTimeFormat(document.documentElement.lang || "en", { style: "short", numeric: "auto" });
const renew = () => {
for (const time of document.querySelectorAll("time[data-rel][datetime]")) {
const seconds = (new Date(time.dateTime) - Date.now()) / 1000;
const [unit, size] = UNITS.find(([, length]) => Math.abs(seconds) >= length) ?? UNITS[2];
if (!Number.isNaN(seconds)) time.textContent = format.format(Math.trunc(seconds / size), unit);
}
};
renew();
setInterval(renew, 60000);
addEventListener("pageshow", ({ persisted }) => persisted && renew());
document.addEventListener("htmx:after:swap", renew);
}
{
const say = (level, text) => document.dispatchEvent(new CustomEvent("vf:toast", { detail: { level, text } }));
const words = () => document.getElementById("toasts")?.dataset ?? {};
document.addEventListener("htmx:config:request", ({ detail: { ctx } }) => {
const { method, headers } = ctx.request;
const token = document.querySelector('[name="csrfmiddlewaretoken"]')?.value;
if (token && !/^(GET|HEAD)$/i.test(method)) headers["X-CSRFToken"] = token;
});
document.addEventListener("htmx:before:response", (event) => {
const { raw } = event.detail.ctx.response;
if (!raw.redirected || raw.status >= 400) return;
event.preventDefault();
location.assign(raw.url);
});
document.addEventListener("htmx:response:error", ({ detail: { ctx } }) => {
if (ctx.response.status !== 422) say("error", `${words().error ?? ""} (${ctx.response.status})`);
});
document.addEventListener("htmx:error", ({ detail: { error, ctx } }) => {
if (ctx && error?.name !== "AbortError") say("error", words().offline ?? String(error));
});
}
