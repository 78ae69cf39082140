// Another line without asking the server for it. Without this script the button sends the form,
// which comes back with the line.
class FormSet extends HTMLElement {
  connectedCallback() {
    this.add = this.querySelector(":scope > .formset-add");
    if (!this.add || this.add.type === "button") return;
    // Enter in a text field sends the form; it does not press this button.
    this.add.type = "button";
    this.add.addEventListener("click", () => this.grow(true));
    const { prefix } = this.dataset;
    this.total = this.querySelector(`:scope > [name="${prefix}-TOTAL_FORMS"]`);
    this.total.value = this.rows.length;
    // Back and Forward give a page as it was served: bring the lines back that were added to it.
    const kept = history.state?.lines?.[prefix] ?? [];
    const [visit] = performance.getEntriesByType("navigation");
    if (visit?.type === "back_forward") this.restore(kept.slice(this.rows.length));
    this.leaving = new AbortController();
    addEventListener("pagehide", () => this.keep(), { signal: this.leaving.signal });
  }

  disconnectedCallback() {
    this.leaving?.abort();
  }

  get rows() {
    return this.querySelectorAll(":scope > .formset > .formset-row");
  }

  controls(row) {
    return [...row.querySelectorAll("input:not([type=file], [type=password]), select, textarea")];
  }

  keep() {
    const lines = [...this.rows].map((row) =>
      this.controls(row).map(({ type, checked, value }) => (/^(checkbox|radio)$/.test(type) ? checked : value)),
    );
    const all = { ...history.state?.lines, [this.dataset.prefix]: lines };
    history.replaceState({ ...history.state, lines: all }, "");
  }

  restore(lines) {
    for (const values of lines) {
      const row = this.grow(false);
      if (!row) return;
      this.controls(row).forEach((control, index) => {
        const name = typeof values[index] === "boolean" ? "checked" : "value";
        if (values[index] !== undefined) control[name] = values[index];
      });
    }
  }

  grow(focus) {
    const { prefix, most } = this.dataset;
    const number = Number(this.total.value);
    if (number >= Number(most)) return null;
    const row = this.querySelector(":scope > template").content.firstElementChild.cloneNode(true);
    this.rename(row, `${prefix}-__prefix__`, `${prefix}-${number}`, number + 1);
    this.querySelector(":scope > .formset").append(row);
    this.total.value = number + 1;
    this.add.hidden = number + 1 >= Number(most);
    if (focus) row.querySelector(":scope > .formset-fields :is(input:not([type=hidden]), select, textarea)")?.focus();
    this.dispatchEvent(new CustomEvent("formset:added", { bubbles: true, detail: { row } }));
    return row;
  }

  rename(root, from, to, number) {
    for (const element of [root, ...root.querySelectorAll("*")]) {
      for (const { name, value } of [...element.attributes]) {
        const renamed = value.replaceAll(from, to).replace("__number__", number);
        if (renamed !== value) element.setAttribute(name, renamed);
      }
      // A formset inside the line has an empty line of its own.
      if (element.localName === "template") this.rename(element.content, from, to, "__number__");
    }
    const texts = document.createTreeWalker(root, NodeFilter.SHOW_TEXT);
    while (texts.nextNode()) texts.currentNode.data = texts.currentNode.data.replace("__number__", number);
  }
}

customElements.define("vf-field-formset", FormSet);
