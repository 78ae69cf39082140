// Selects whose choices come from the server. The select stays what the form sends; without this
// script it is filled by buttons that send the form.
const address = (select) => select.form?.getAttribute("action") || location.href;
const ask = async (select, header, field, query, signal) => {
  const question = new URLSearchParams({ field, query }).toString();
  const answer = await fetch(address(select), { method: "OPTIONS", headers: { [header]: question }, signal });
  if (!answer.ok) throw new Error(answer.statusText);
  return answer.json();
};
const told = (select) => {
  select.dispatchEvent(new Event("input", { bubbles: true }));
  select.dispatchEvent(new Event("change", { bubbles: true }));
};
const went = () => performance.getEntriesByType("navigation")[0]?.type === "back_forward";

// A select of the page as it was served has not the choices that were added to it: Back and
// Forward find them in the history.
class RemoteSelect extends HTMLElement {
  connectedCallback() {
    if (this.select) return;
    this.select = this.querySelector("select");
    const name = this.select.name;
    const kept = history.state?.choices?.[name];
    if (kept && went()) {
      this.select.replaceChildren(...kept.map(([value, label, chosen]) => new Option(label, value, chosen, chosen)));
    }
    this.leaving = new AbortController();
    const { signal } = this.leaving;
    addEventListener(
      "pagehide",
      () => {
        const now = [...this.select.options].map((one) => [one.value, one.label, one.selected]);
        const choices = { ...history.state?.choices, [name]: now.slice(0, 500) };
        history.replaceState({ ...history.state, choices }, "");
      },
      { signal },
    );
    this.start(signal);
  }

  disconnectedCallback() {
    this.leaving?.abort();
    this.leaving = this.select = null;
  }
}

class Dependent extends RemoteSelect {
  start(signal) {
    const { parent, field } = this.dataset;
    document.addEventListener(
      "change",
      async ({ target }) => {
        if (target.name !== parent || target.form !== this.select.form) return;
        const turn = (this.turn = (this.turn ?? 0) + 1);
        const before = this.select.value;
        this.select.setAttribute("aria-busy", "true");
        try {
          const { data } = await ask(this.select, "X-Request-Select-Options", field, target.value);
          if (turn !== this.turn || !this.select) return;
          const options = data.map(({ options: { value, label } }) => new Option(label, value));
          this.select.replaceChildren(...options);
          if (options.some(({ value }) => value === before)) this.select.value = before;
        } catch {
          // The server checks what is chosen against the parent anyway.
        }
        this.select?.removeAttribute("aria-busy");
        if (this.select) told(this.select);
      },
      { signal },
    );
  }
}

class Autocomplete extends RemoteSelect {
  start(signal) {
    const { select } = this;
    this.multiple = select.multiple;
    const id = select.id || `choice-${select.name}`;
    const input = (this.input = document.createElement("input"));
    const list = (this.list = document.createElement("div"));
    Object.assign(input, { type: "text", className: "input", autocomplete: "off", disabled: select.disabled });
    input.placeholder = this.dataset.search;
    input.setAttribute("role", "combobox");
    input.setAttribute("aria-autocomplete", "list");
    input.setAttribute("aria-expanded", "false");
    input.setAttribute("aria-controls", `${id}_list`);
    for (const name of ["aria-label", "aria-describedby", "aria-invalid"]) {
      if (select.hasAttribute(name)) input.setAttribute(name, select.getAttribute(name));
    }
    if (select.required) input.setAttribute("aria-required", "true");
    // The label and the summary of errors lead to the field that can be seen.
    const labels = [...(select.labels ?? [])];
    select.id = `${id}_value`;
    input.id = id;
    list.id = `${id}_list`;
    list.className = "choices-list";
    list.setAttribute("role", "listbox");
    list.setAttribute("aria-label", labels[0]?.textContent.trim() ?? select.name);
    list.hidden = true;
    select.required = false;
    select.hidden = true;
    this.note = document.createElement("p");
    this.note.className = "help";
    this.note.setAttribute("role", "status");
    this.chips = document.createElement("ul");
    this.chips.className = "chips";
    const box = document.createElement("div");
    box.className = "choices-box";
    box.append(input, list);
    if (this.multiple) this.append(this.chips);
    this.append(box, this.note);
    this.show();

    const on = (element, kinds, act) => kinds.split(" ").forEach((kind) => element.addEventListener(kind, act, { signal }));
    on(input, "input", (event) => {
      event.stopPropagation();
      clearTimeout(this.waiting);
      this.waiting = setTimeout(() => this.find(input.value), 150);
    });
    on(input, "keydown", (event) => this.key(event));
    on(input, "click", () => this.list.hidden && this.find(this.typed()));
    on(input, "blur", () => this.leave());
    on(list, "pointerdown", (event) => event.preventDefault());
    on(list, "click", ({ target }) => {
      const option = target.closest("[role=option]");
      if (option) this.choose(option);
    });
    on(this.chips, "click", ({ target }) => {
      const button = target.closest("button");
      if (button) this.drop(button.value);
    });
    select.form?.addEventListener("reset", () => setTimeout(() => this.show()), { signal });
    addEventListener("pageshow", () => this.show(), { signal });
  }

  get chosen() {
    return [...this.select.selectedOptions].filter(({ value }) => value !== "");
  }

  // What is looked for: nothing while the field only says what is chosen.
  typed() {
    return !this.multiple && this.input.value === (this.chosen[0]?.label ?? "") ? "" : this.input.value;
  }

  show() {
    if (!this.multiple) {
      this.input.value = this.chosen[0]?.label ?? "";
      return;
    }
    this.chips.replaceChildren(
      ...this.chosen.map(({ value, label }) => {
        const item = document.createElement("li");
        const button = document.createElement("button");
        Object.assign(button, { type: "button", value, disabled: this.select.disabled, textContent: "×" });
        button.setAttribute("aria-label", `${this.dataset.remove} ${label}`);
        item.append(label, button);
        return item;
      }),
    );
  }

  async find(words) {
    clearTimeout(this.waiting);
    const turn = (this.turn = (this.turn ?? 0) + 1);
    this.asking?.abort();
    this.asking = new AbortController();
    try {
      const { suggestions } = await ask(this.select, "X-Request-Autocomplete", this.dataset.field, words, this.asking.signal);
      // An answer to what was typed before is of no use any more.
      if (turn !== this.turn || document.activeElement !== this.input) return;
      this.offer(suggestions);
    } catch {
      if (turn === this.turn) this.close();
    }
  }

  offer(suggestions) {
    const there = new Set(this.multiple ? this.chosen.map(({ value }) => value) : []);
    const options = suggestions
      .filter(({ value }) => !there.has(String(value)))
      .map(({ value, label }, index) => {
        const option = document.createElement("div");
        option.id = `${this.list.id}_${index}`;
        option.setAttribute("role", "option");
        option.setAttribute("aria-selected", "false");
        option.dataset.value = value;
        option.textContent = label;
        return option;
      });
    this.list.replaceChildren(...options);
    this.note.textContent = options.length ? "" : this.dataset.none;
    this.open(options.length > 0);
  }

  open(shown) {
    this.list.hidden = !shown;
    this.input.setAttribute("aria-expanded", String(shown));
    if (!shown) this.mark(null);
  }

  close() {
    this.turn = (this.turn ?? 0) + 1;
    this.open(false);
  }

  get marked() {
    return this.list.querySelector("[aria-selected=true]");
  }

  mark(option) {
    this.marked?.setAttribute("aria-selected", "false");
    if (option) {
      option.setAttribute("aria-selected", "true");
      option.scrollIntoView({ block: "nearest" });
      this.input.setAttribute("aria-activedescendant", option.id);
    } else {
      this.input.removeAttribute("aria-activedescendant");
    }
  }

  key(event) {
    const { key } = event;
    if (event.isComposing) return;
    const { marked, list } = this;
    if (key === "ArrowDown" || key === "ArrowUp") {
      event.preventDefault();
      if (list.hidden) this.find(this.typed());
      else if (key === "ArrowDown") this.mark(marked?.nextElementSibling ?? list.firstElementChild);
      else this.mark(marked?.previousElementSibling ?? list.lastElementChild);
    } else if (key === "Enter" && marked) {
      // Without a marked choice, Enter sends the form as in every other field.
      event.preventDefault();
      this.choose(marked);
    } else if (key === "Escape") {
      if (marked) this.mark(null);
      else if (!list.hidden) this.close();
      else return;
      event.preventDefault();
      event.stopPropagation();
    } else if (key === "Backspace" && this.multiple && !this.input.value && this.chosen.length) {
      this.drop(this.chosen.at(-1).value);
    }
  }

  choose({ dataset: { value }, textContent }) {
    const { select } = this;
    let option = [...select.options].find((one) => one.value === value);
    if (!option) {
      option = new Option(textContent, value);
      select.append(option);
    }
    if (!this.multiple) select.value = value;
    option.selected = true;
    if (this.multiple) this.input.value = "";
    this.note.textContent = "";
    this.close();
    this.show();
    told(select);
  }

  drop(value) {
    for (const option of this.chosen) if (option.value === value) option.selected = false;
    this.show();
    this.input.focus();
    told(this.select);
  }

  leave() {
    clearTimeout(this.waiting);
    this.close();
    this.note.textContent = "";
    const { select, input } = this;
    if (this.multiple) return;
    if (input.value.trim() === "" && this.chosen.length) {
      if (![...select.options].some(({ value }) => value === "")) select.prepend(new Option("", ""));
      select.value = "";
      told(select);
    }
    this.show();
  }
}

customElements.define("vf-field-select-dependent", Dependent);
customElements.define("vf-field-autocomplete", Autocomplete);
customElements.define("vf-field-autocomplete-multi", class extends Autocomplete {});
