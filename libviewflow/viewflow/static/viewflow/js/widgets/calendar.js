// A month below the date input. Days are counted in UTC, so no time zone can shift them.
const DAY = 86400000;
const utc = (year, month, day) => new Date(Date.UTC(year, month, day));
const iso = (date) => date.toISOString().slice(0, 10);
const language = document.documentElement.lang || undefined;
const words = (options, date) => new Intl.DateTimeFormat(language, { ...options, timeZone: "UTC" }).format(date);

class InlineCalendar extends HTMLElement {
  connectedCallback() {
    if (this.grid) return;
    this.input = this.querySelector("input");
    const now = new Date();
    this.today = utc(now.getFullYear(), now.getMonth(), now.getDate());
    this.focused = this.read() ?? this.today;
    const make = (tag, className, attributes = {}) => {
      const element = document.createElement(tag);
      element.className = className;
      for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value);
      return element;
    };
    const step = (label, sign, by) => {
      const button = make("button", "btn quiet icon-only sm", { type: "button", "aria-label": label });
      button.textContent = sign;
      button.addEventListener("click", () => this.turn(by, false));
      return button;
    };
    this.calendar = make("div", "calendar", { role: "group", "aria-label": this.dataset.label });
    this.heading = make("p", "calendar-month", { "aria-live": "polite" });
    const head = make("div", "calendar-head");
    head.append(step(this.dataset.previous, "‹", -1), this.heading, step(this.dataset.next, "›", 1));
    this.grid = make("table", "calendar-grid", { role: "grid", "aria-label": this.dataset.label });
    this.calendar.append(head, this.grid);
    this.append(this.calendar);
    this.grid.addEventListener("click", ({ target }) => {
      const button = target.closest("button");
      if (button && !button.disabled) this.pick(new Date(button.value));
    });
    this.grid.addEventListener("keydown", (event) => this.key(event));
    this.input.addEventListener("input", () => this.follow());
    this.leaving = new AbortController();
    addEventListener("pageshow", () => this.follow(), { signal: this.leaving.signal });
    this.draw();
  }

  disconnectedCallback() {
    this.leaving?.abort();
  }

  get order() {
    return [...this.dataset.format.matchAll(/%([dmY])/g)].map(([, part]) => part);
  }

  read() {
    const text = this.input.value.trim();
    let parts = text.match(/^(\d{4})-(\d\d)-(\d\d)$/)?.slice(1).map(Number);
    if (this.dataset.format) {
      const numbers = text.split(/[-/. ]/).map(Number);
      const by = Object.fromEntries(this.order.map((part, index) => [part, numbers[index]]));
      parts = [by.Y, by.m, by.d];
    }
    if (!parts || parts.some((part) => !Number.isInteger(part))) return null;
    const [year, month, day] = parts;
    const date = utc(year, month - 1, day);
    return date.getUTCDate() === day && date.getUTCMonth() === month - 1 ? date : null;
  }

  write(date) {
    const [Y, m, d] = iso(date).split("-");
    const { format } = this.dataset;
    this.input.value = format ? format.replace("%Y", Y).replace("%m", m).replace("%d", d) : iso(date);
    this.input.dispatchEvent(new Event("input", { bubbles: true }));
    this.input.dispatchEvent(new Event("change", { bubbles: true }));
  }

  follow() {
    this.focused = this.read() ?? this.focused;
    this.draw();
  }

  // To the same day of another month; the 31st becomes the last one of a shorter month.
  turn(by, focus) {
    const [year, month, day] = [this.focused.getUTCFullYear(), this.focused.getUTCMonth() + by, this.focused.getUTCDate()];
    const last = utc(year, month + 1, 0).getUTCDate();
    this.focused = utc(year, month, Math.min(day, last));
    this.draw(focus);
  }

  move(days) {
    this.focused = new Date(this.focused.getTime() + days * DAY);
    this.draw(true);
  }

  pick(date) {
    this.focused = date;
    this.write(date);
    this.draw(true);
  }

  key(event) {
    const column = (this.focused.getUTCDay() - this.dataset.first + 7) % 7;
    const forward = getComputedStyle(this).direction === "rtl" ? -1 : 1;
    const acts = {
      ArrowLeft: () => this.move(-forward),
      ArrowRight: () => this.move(forward),
      ArrowUp: () => this.move(-7),
      ArrowDown: () => this.move(7),
      Home: () => this.move(-column),
      End: () => this.move(6 - column),
      PageUp: () => this.turn(event.shiftKey ? -12 : -1, true),
      PageDown: () => this.turn(event.shiftKey ? 12 : 1, true),
    };
    if (!acts[event.key]) return;
    event.preventDefault();
    acts[event.key]();
  }

  closed(date) {
    const { min, max, disabled, readOnly } = this.input;
    return disabled || readOnly || (min && iso(date) < min) || (max && iso(date) > max);
  }

  draw(focus) {
    const [year, month] = [this.focused.getUTCFullYear(), this.focused.getUTCMonth()];
    this.heading.textContent = words({ month: "long", year: "numeric" }, this.focused);
    const first = utc(year, month, 1);
    const before = (first.getUTCDay() - this.dataset.first + 7) % 7;
    const start = first.getTime() - before * DAY;
    const weeks = Math.ceil((before + utc(year, month + 1, 0).getUTCDate()) / 7);
    const chosen = this.read();
    const head = document.createElement("thead");
    const names = head.insertRow();
    const body = document.createElement("tbody");
    for (let week = 0; week < weeks; week += 1) {
      const row = body.insertRow();
      for (let column = 0; column < 7; column += 1) {
        const date = new Date(start + (week * 7 + column) * DAY);
        if (week === 0) {
          const name = document.createElement("th");
          name.scope = "col";
          name.abbr = words({ weekday: "long" }, date);
          name.textContent = words({ weekday: "short" }, date);
          names.append(name);
        }
        const cell = row.insertCell();
        cell.setAttribute("role", "gridcell");
        if (date.getUTCMonth() !== month) continue;
        const button = document.createElement("button");
        Object.assign(button, { type: "button", value: iso(date), textContent: date.getUTCDate(), disabled: this.closed(date) });
        button.setAttribute("aria-label", words({ dateStyle: "full" }, date));
        button.tabIndex = date.getTime() === this.focused.getTime() ? 0 : -1;
        if (date.getTime() === this.today.getTime()) button.setAttribute("aria-current", "date");
        if (date.getTime() === chosen?.getTime()) cell.setAttribute("aria-selected", "true");
        cell.append(button);
      }
    }
    this.grid.replaceChildren(head, body);
    if (focus) this.grid.querySelector('button[tabindex="0"]')?.focus();
  }
}

customElements.define("vf-field-inline-calendar", InlineCalendar);
