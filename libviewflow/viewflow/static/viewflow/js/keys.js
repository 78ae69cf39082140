// j and k walk through the rows, x ticks the one at hand, Enter follows its link as ever.
// Ctrl Enter sends the form in which one types.
const rows = () => [...document.querySelectorAll("main .row-title, main .table .lead a[href]")];
const typing = (target) => target.closest("input:not([type=checkbox], [type=radio]), textarea, select, [contenteditable], dialog[open]");

const walk = (step) => {
  const all = rows();
  const at = all.findIndex((link) => link === document.activeElement || link.closest(".row, tr").contains(document.activeElement));
  const here = at < 0 ? all.findIndex((link) => link.matches("[aria-current]")) : at;
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
