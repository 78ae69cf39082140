// Theme and rail: forms that work by themselves. Here they take effect at once, and the same
// post remembers them.
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

// A page transition that a busy machine leaves out is no error.
addEventListener("unhandledrejection", (event) => {
  if (/^transition was (aborted|skipped)/i.test(event.reason?.message)) event.preventDefault();
});
