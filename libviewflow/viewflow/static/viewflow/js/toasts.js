// Messages are in the page when it arrives. A script may add one by an event, they can be put
// away, and good news leaves by itself. An error stays until it has been read.
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
  // Partial answers bring their messages along; each is armed once, when it comes.
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
