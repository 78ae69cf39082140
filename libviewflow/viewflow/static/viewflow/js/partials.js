// What htmx needs to know of the server: the CSRF token, what a refusal means, and that an
// answer which led to another page (signing in) belongs into the window, not into a box.
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
  // A request that a newer one replaced is no failure.
  if (ctx && error?.name !== "AbortError") say("error", words().offline ?? String(error));
});
