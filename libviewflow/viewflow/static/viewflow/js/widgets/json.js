// Says while typing whether it is JSON, and indents it without changing any value: numbers and
// texts are moved as they are, never read and written again.
const indented = (text) => {
  let depth = 0;
  const line = () => `\n${"  ".repeat(depth)}`;
  return text
    .replace(/"(?:[^"\\]|\\.)*"|[^"\s{}[\],:]+|[{}[\],:]|\s+/g, (token, at) => {
      if (/^\s/.test(token)) return "";
      if (token === "{" || token === "[") {
        const empty = /^\s*[}\]]/.test(text.slice(at + 1));
        depth += 1;
        return empty ? token : token + line();
      }
      if (token === "}" || token === "]") {
        depth -= 1;
        return /[{[]\s*$/.test(text.slice(0, at)) ? token : line() + token;
      }
      if (token === ",") return token + line();
      return token === ":" ? ": " : token;
    })
    .trim();
};

class JSONEditor extends HTMLElement {
  connectedCallback() {
    if (this.note) return;
    this.area = this.querySelector("textarea");
    const bar = document.createElement("div");
    bar.className = "json-bar";
    this.note = document.createElement("p");
    this.note.className = "help";
    this.note.setAttribute("role", "status");
    this.button = document.createElement("button");
    Object.assign(this.button, { type: "button", className: "btn sm", textContent: this.dataset.indent });
    bar.append(this.note, this.button);
    this.append(bar);
    this.button.addEventListener("click", () => {
      if (this.check()) this.area.value = indented(this.area.value);
      this.area.dispatchEvent(new Event("input", { bubbles: true }));
      this.area.focus();
    });
    this.area.addEventListener("input", () => {
      clearTimeout(this.waiting);
      this.waiting = setTimeout(() => this.check(), 300);
    });
    this.button.disabled = this.area.disabled || this.area.readOnly;
    this.check();
  }

  check() {
    const text = this.area.value;
    let said = "";
    try {
      if (text.trim()) JSON.parse(text);
    } catch ({ message }) {
      const at = message.match(/position (\d+)/)?.[1];
      const line = at === undefined ? text.split("\n").length : text.slice(0, at).split("\n").length;
      said = `${this.dataset.wrong} ${this.dataset.line} ${line}`;
    }
    if (this.note.textContent !== said) this.note.textContent = said;
    return !said;
  }
}

customElements.define("vf-json-editor", JSONEditor);
