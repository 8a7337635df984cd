// A number for each criterion: one row each, worked through with digits, Enter at the end.
import { h } from "./dom.js";
import { key } from "./choices.js";

export class Criteria {
  #criteria;
  #levels;
  #rows = [];
  #values = {};
  #active = 0;

  constructor(criteria, levels, onKeep) {
    this.#criteria = criteria;
    this.#levels = levels;
    this.keep = h("button", { type: "submit", class: "choice", "aria-keyshortcuts": "Enter" }, key("Enter"), h("span", { class: "name" }, "Keep"));
    this.missing = h("p", { class: "missing muted", id: "missing" });
    this.element = h("form", { class: "criteria", novalidate: true, onsubmit: (event) => { event.preventDefault(); this.submit(); } },
      criteria.map((criterion, i) => this.#row(criterion, i)), h("div", { class: "keep" }, this.keep, this.missing));
    this.submit = () => { if (this.isComplete) onKeep({ ...this.#values }); else this.#showMissing(); };
  }

  get isComplete() { return this.#criteria.every(({ name }) => name in this.#values); }

  show(review) {
    this.#values = { ...(review?.values ?? {}) };
    const open = this.#criteria.findIndex(({ name }) => !(name in this.#values));
    this.#rows.forEach((row, i) => {
      for (const input of row.querySelectorAll("input")) input.checked = this.#values[this.#criteria[i].name] === Number(input.value);
    });
    this.#activate(Math.max(open, 0));
    this.missing.textContent = "";
  }

  // A digit rates the row that is marked and goes on; arrows go from row to row. True where the key was one.
  press(pressed) {
    const level = this.#levels.find(({ keys }) => keys.includes(pressed));
    if (level) {
      this.#rate(this.#active, level.value);
      this.#activate(Math.min(this.#active + 1, this.#rows.length - 1));
      return true;
    }
    const step = { ArrowDown: 1, ArrowUp: -1 }[pressed];
    if (step) this.#activate(Math.min(Math.max(this.#active + step, 0), this.#rows.length - 1));
    if (pressed === "Enter") this.submit();
    return Boolean(step) || pressed === "Enter";
  }

  #row({ name, meaning }, i) {
    const id = `criterion-${i}`;
    const row = h("fieldset", { class: "criterion", "data-criterion": name, onfocusin: () => this.#activate(i) },
      h("legend", null, h("span", { class: "name" }, name), meaning && meaning !== name ? h("span", { class: "muted" }, ` ${meaning}`) : null),
      h("div", { class: "levels" }, this.#levels.map((level) => h("label", { class: "level" },
        h("input", { type: "radio", name: id, value: String(level.value), onchange: () => this.#rate(i, level.value) }),
        h("span", null, String(level.value), level.name ? h("span", { class: "level-name" }, ` ${level.name}`) : null)))));
    this.#rows.push(row);
    return row;
  }

  #rate(i, value) {
    this.#values[this.#criteria[i].name] = value;
    for (const input of this.#rows[i].querySelectorAll("input")) input.checked = Number(input.value) === value;
    if (this.isComplete) this.missing.textContent = "";
  }

  #activate(i) {
    this.#active = i;
    this.#rows.forEach((row, j) => row.toggleAttribute("data-active", i === j));
    this.#rows[i].scrollIntoView({ block: "nearest" });
  }

  #showMissing() {
    const names = this.#criteria.filter(({ name }) => !(name in this.#values)).map(({ name }) => name);
    this.missing.textContent = `Not rated yet: ${names.join(", ")}.`;
    this.#activate(this.#criteria.findIndex(({ name }) => name === names[0]));
  }
}
