// Nothing that was typed is lost, nothing is sent twice.
const dirty = new Set();
const busy = new Set();

const posts = (form) => form?.getAttribute("method")?.toLowerCase() === "post";
const warn = (event) => {
  if ([...dirty].some((form) => form.isConnected)) event.preventDefault();
};
const mark = (form, changed) => {
  if (changed) dirty.add(form);
  else dirty.delete(form);
  form.toggleAttribute("data-changed", changed);
  // Listened to only while there is something to lose: a page without the listener can go to
  // the back/forward cache.
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
  // The button is marked, never disabled: its name and value must reach the server.
  form.dataset.sent = "";
  busy.add(form);
  if (submitter) {
    submitter.setAttribute("aria-busy", "true");
    busy.add(submitter);
  }
  // A download leaves the page where it is.
  setTimeout(release, 8000);
});
addEventListener("pageshow", release);
document.addEventListener("htmx:finally:request", release);

// To the history, a page that came back with errors is an address: Forward would bring an empty
// form. So its words are kept there.
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

// One box ticks all the others of its list.
document.addEventListener("change", ({ target }) => {
  if (!target.matches("[data-select-all]")) return;
  const scope = target.closest(".picks") ?? target.form ?? document;
  for (const pick of scope.querySelectorAll('[name="pk"], [name="pick"]')) pick.checked = target.checked;
});
