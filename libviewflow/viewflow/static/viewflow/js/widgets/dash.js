/* Starts Dash on its page, and gives its requests Django's token against forgery. */
const root = document.getElementById("react-entry-point");
const send = window.fetch;
window.fetch = (address, options = {}) => {
  const url = new URL(address instanceof Request ? address.url : address, location.href);
  if (url.origin === location.origin && (options.method ?? "GET") !== "GET") {
    const headers = new Headers(options.headers);
    headers.set("X-CSRFToken", root.dataset.token);
    options = { ...options, headers };
  }
  return send(address, options);
};
window.store = new DashRenderer();
