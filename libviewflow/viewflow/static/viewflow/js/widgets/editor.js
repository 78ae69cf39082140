// Text with styles. The text area stays what the form sends; the server makes its HTML safe.
const act = (name, value) => document.execCommand(name, false, value);
const inside = (tag) => document.getSelection().anchorNode?.parentElement?.closest(tag);
const block = (tag) => act("formatBlock", inside(tag) ? "p" : tag);

class Editor extends HTMLElement {
  connectedCallback() {
    if (this.page) return;
    const area = (this.area = this.querySelector("textarea"));
    const page = (this.page = document.createElement("div"));
    const label = area.labels?.[0];
    const { id } = area;
    area.id = `${id}_value`;
    area.hidden = true;
    area.required = false;
    page.id = id;
    page.className = "input rich";
    page.setAttribute("role", "textbox");
    page.setAttribute("aria-multiline", "true");
    for (const name of ["aria-describedby", "aria-invalid", "aria-label"]) {
      if (area.hasAttribute(name)) page.setAttribute(name, area.getAttribute(name));
    }
    if (label) {
      label.id ||= `${id}_label`;
      page.setAttribute("aria-labelledby", label.id);
      label.addEventListener("click", () => page.focus());
    }
    const fixed = area.disabled || area.readOnly;
    if (fixed) page.setAttribute(area.disabled ? "aria-disabled" : "aria-readonly", "true");
    page.contentEditable = String(!fixed);
    page.tabIndex = 0;
    this.append(this.bar(fixed), page);
    this.show();
    act("defaultParagraphSeparator", "p");
    act("styleWithCSS", false);
    page.addEventListener("input", (event) => {
      event.stopPropagation();
      this.keep();
    });
    // Only the words of what is pasted: the styles of other pages do not belong here.
    page.addEventListener("paste", (event) => {
      event.preventDefault();
      act("insertText", event.clipboardData.getData("text/plain"));
    });
    page.addEventListener("drop", (event) => event.preventDefault());
    this.leaving = new AbortController();
    const { signal } = this.leaving;
    document.addEventListener("selectionchange", () => document.activeElement === page && this.tell(), { signal });
    addEventListener("pageshow", () => this.show(), { signal });
    area.form?.addEventListener("reset", () => setTimeout(() => this.show()), { signal });
  }

  disconnectedCallback() {
    this.leaving?.abort();
  }

  bar(fixed) {
    const bar = this.querySelector("template").content.firstElementChild.cloneNode(true);
    bar.setAttribute("aria-controls", this.page.id);
    const tools = {
      bold: ["b, strong", () => act("bold")],
      italic: ["i, em", () => act("italic")],
      heading: ["h1, h2, h3", () => block("h2")],
      quote: ["blockquote", () => block("blockquote")],
      bullets: ["ul", () => act("insertUnorderedList")],
      numbers: ["ol", () => act("insertOrderedList")],
      link: ["a", () => this.link()],
    };
    this.tools = [...bar.children].map((button, index) => {
      const [tag, press] = tools[button.value];
      button.disabled = fixed;
      button.tabIndex = index ? -1 : 0;
      // The words that are selected stay so.
      button.addEventListener("pointerdown", (event) => event.preventDefault());
      button.addEventListener("click", () => {
        this.page.focus();
        press();
        this.unwrap();
        this.keep();
        this.tell();
      });
      return { button, tag };
    });
    bar.addEventListener("keydown", (event) => {
      const buttons = this.tools.map(({ button }) => button);
      const at = buttons.indexOf(document.activeElement);
      const to = { ArrowRight: at + 1, ArrowLeft: at - 1, Home: 0, End: buttons.length - 1 }[event.key];
      if (to === undefined || at < 0) return;
      event.preventDefault();
      const next = buttons.at(to % buttons.length);
      for (const button of buttons) button.tabIndex = button === next ? 0 : -1;
      next.focus();
    });
    return bar;
  }

  // A list cannot stand in a paragraph, where the browser puts it.
  unwrap() {
    const { anchorNode, anchorOffset } = document.getSelection();
    for (const list of this.page.querySelectorAll("p > ul, p > ol, p > blockquote")) {
      list.parentElement.replaceWith(...list.parentElement.childNodes);
    }
    if (anchorNode?.isConnected) document.getSelection().collapse(anchorNode, anchorOffset);
  }

  link() {
    if (inside("a")) {
      act("unlink");
      return;
    }
    const address = prompt(this.dataset.address, "https://");
    if (!address || address === "https://") return;
    if (document.getSelection().isCollapsed) act("insertText", address);
    act("createLink", address);
  }

  tell() {
    for (const { button, tag } of this.tools) {
      const found = inside(tag);
      button.setAttribute("aria-pressed", String(Boolean(found && this.page.contains(found))));
    }
  }

  keep() {
    const html = this.page.textContent.trim() ? this.page.innerHTML : "";
    if (html === this.area.value) return;
    this.area.value = html;
    this.area.dispatchEvent(new Event("input", { bubbles: true }));
  }

  // What stands in the text area has been made safe by the server, or was typed here.
  show() {
    if (this.page.innerHTML === this.area.value || document.activeElement === this.page) return;
    const parsed = new DOMParser().parseFromString(this.area.value, "text/html");
    for (const element of parsed.body.querySelectorAll("*")) {
      const href = element.getAttribute("href");
      for (const { name } of [...element.attributes]) element.removeAttribute(name);
      if (element.localName === "a" && /^(https?:|mailto:|tel:)/i.test(href ?? "")) element.setAttribute("href", href);
      if (/^(script|style|iframe|object|embed|svg|math|template|form)$/.test(element.localName)) element.remove();
    }
    this.page.replaceChildren(...document.importNode(parsed.body, true).childNodes);
  }
}

customElements.define("vf-field-editor", Editor);
