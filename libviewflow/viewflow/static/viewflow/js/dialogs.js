// Invoker commands and light dismissal, for browsers that do not have them yet.
if (!("commandForElement" in HTMLButtonElement.prototype)) {
  const commands = {
    "show-modal": (target) => target.open || target.showModal(),
    close: (target) => target.close(),
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
