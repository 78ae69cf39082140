// Shows what the server is going to work out. The tree is walked, never executed as code.
class Total extends HTMLElement {
  connectedCallback() {
    this.input = this.querySelector("input");
    this.tree = JSON.parse(this.dataset.tree);
    const { prefix, round } = this.dataset;
    this.start = prefix ? `${prefix}-` : "";
    this.round = round === "" ? null : Number(round);
    this.leaving = new AbortController();
    const { signal } = this.leaving;
    const again = ({ target }) => target !== this.input && this.count();
    for (const kind of ["input", "change", "formset:added"]) document.addEventListener(kind, again, { signal });
    addEventListener("pageshow", () => this.count(), { signal });
    this.count();
  }

  disconnectedCallback() {
    this.leaving.abort();
  }

  // A localised number has a comma; a number input never has.
  read(name) {
    const control = this.input.form?.elements.namedItem(name);
    if (!control) return 0;
    const { type, checked } = control;
    if (type === "checkbox") return checked ? 1 : 0;
    const text = String(control.value ?? "").trim();
    const value = Number(text === "" ? 0 : text);
    if (Number.isFinite(value)) return value;
    const local = Number(text.replace(/[\s.](?=\d{3}\b)/g, "").replace(",", "."));
    return Number.isFinite(local) ? local : 0;
  }

  lines(formset) {
    const head = `${this.start}formset-${formset}`;
    const all = Array.from({ length: Math.min(this.read(`${head}-TOTAL_FORMS`), 5000) }, (_, n) => `${head}-${n}-`);
    return all.filter((line) => !this.read(`${line}DELETE`));
  }

  value([kind, first, second], line) {
    switch (kind) {
      case "number": return Number(first);
      case "field": return this.read(this.start + first);
      case "nested": return this.read(`${this.start}form-${first}-${second}`);
      case "column": return this.read(line + first);
      case "+": return this.value(first, line) + this.value(second, line);
      case "-": return this.value(first, line) - this.value(second, line);
      case "*": return this.value(first, line) * this.value(second, line);
      case "/": return this.value(first, line) / this.value(second, line);
    }
    const values = this.lines(first).map((one) => this.value(second, one));
    const sum = values.reduce((all, one) => all + one, 0);
    if (kind === "count") return values.length;
    if (!values.length) return 0;
    return { sum, avg: sum / values.length, min: Math.min(...values), max: Math.max(...values) }[kind];
  }

  count() {
    const value = this.value(this.tree, "");
    let shown = "";
    if (Number.isFinite(value)) {
      // 3 * 1.005 is a little less than 3.015 in binary; people expect 3.02.
      const decimal = Number(value.toPrecision(15));
      const halfUp = Math.sign(decimal) * Math.round(Number(`${Math.abs(decimal)}e${this.round ?? 0}`));
      shown = this.round === null ? String(decimal) : Number(`${halfUp}e-${this.round}`).toFixed(this.round);
      if (shown === "NaN") shown = String(decimal);
    }
    if (this.dataset.localized) {
      const point = new Intl.NumberFormat(document.documentElement.lang || undefined).format(1.5).charAt(1);
      shown = shown.replace(".", point);
    }
    if (this.input.value !== shown) this.input.value = shown;
  }
}

customElements.define("vf-total", Total);
