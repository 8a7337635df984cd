// Where a person says something: labels with their keys, a comment, ways to move.
import { h } from "./dom.js";
import { choicesOf, criteriaOf, isTyped, key } from "./choices.js";
import { Criteria } from "./criteria.js";
import { NumberField } from "./number_field.js";

const LONGEST_COMMENT = 8_000;

export class Desk {
  #element;
  #actions;
  #choices;
  #buttons = new Map();
  #drafts = new Map();
  #item = null;
  // Criteria or a number to type, in place of a row of choices.
  #form = null;

  // actions: say(choice, values), skip(), undo(), move(step), toggle(name), comment().
  constructor(element, session, actions) {
    this.#element = element;
    this.#actions = actions;
    const criteria = criteriaOf(session);
    this.#choices = choicesOf(session);
    if (criteria.length) this.#form = new Criteria(criteria, this.#choices, (values) => actions.say(null, values));
    else if (isTyped(session)) this.#form = new NumberField(session.scale, (choice) => actions.say(choice, null));
    this.comment = h("textarea", { id: "comment", rows: "1", maxlength: String(LONGEST_COMMENT), dir: "auto", "aria-keyshortcuts": "c", oninput: () => this.#draft() });
    this.keep = h("button", { type: "button", id: "keep-comment", hidden: true, onclick: () => actions.say(this.#item.mine, this.#item.mine.values ?? null) }, "Keep the comment");
    element.replaceChildren(this.#form?.element ?? this.#choiceRow(), h("div", { class: "beside" },
      h("label", { class: "comment" }, h("span", null, "Comment ", key("c")), this.comment), this.keep, this.#moves()));
    element.hidden = false;
  }

  // Whether the key said something, or a part of it.
  press(pressed) {
    if (this.#form) return this.#form.press(pressed);
    const choice = this.#choices.find(({ keys }) => keys.includes(pressed));
    if (choice) this.#actions.say(choice, null);
    return Boolean(choice);
  }

  show(item, { isPair, hasFormats }) {
    this.#item = item;
    for (const [label, button] of this.#buttons) button.setAttribute("aria-pressed", String(item.mine?.label === label));
    this.#form?.show(item.mine);
    this.comment.value = this.#drafts.get(item.item_id) ?? item.mine?.comment ?? "";
    this.#fit();
    this.keep.hidden = true;
    this.#toggle("diff").hidden = !isPair;
    this.#toggle("written").hidden = !hasFormats;
  }

  setToggle(name, isOn) { this.#toggle(name).setAttribute("aria-pressed", String(isOn)); }

  clearDraft(item) { this.#drafts.delete(item.item_id); }

  #toggle(name) { return this.#element.querySelector(`[data-toggle=${name}]`); }

  #choiceRow() {
    return h("div", { class: "choices", role: "group", "aria-label": "Label" }, this.#choices.map((choice) => {
      const button = h("button", {
        type: "button", class: "choice", "data-label": choice.label, "data-tone": choice.tone, "data-level": choice.value === undefined ? null : "", "aria-pressed": "false",
        "aria-keyshortcuts": choice.keys.filter(Boolean).join(" ") || null, onclick: () => this.#actions.say(choice, null),
      }, choice.keys.filter(Boolean).map(key), ...choiceText(choice));
      this.#buttons.set(choice.label, button);
      return button;
    }));
  }

  #moves() {
    const button = (name, letter, act, more) => h("button", { type: "button", "aria-keyshortcuts": letter, onclick: act, ...more }, name, " ", key(letter));
    const toggle = (name, title, letter) => button(title, letter, () => this.#actions.toggle(name), { "aria-pressed": "false", "data-toggle": name, class: "toggle" });
    return h("div", { class: "moves" },
      h("span", { class: "group" }, toggle("written", "As written", "m"), toggle("diff", "Differences", "d")),
      h("span", { class: "group" }, button("Undo", "u", () => this.#actions.undo()), button("Skip", "s", () => this.#actions.skip()),
        button("Previous", "k", () => this.#actions.move(-1)), button("Next", "j", () => this.#actions.move(1))));
  }

  #draft() {
    this.#drafts.set(this.#item.item_id, this.comment.value);
    this.keep.hidden = !this.#item.mine || (this.#item.mine.comment ?? "") === this.comment.value;
    this.#fit();
  }

  // As high as the text, within bounds that the style sheet sets.
  #fit() {
    this.comment.rows = Math.min(Math.max(this.comment.value.split("\n").length, 1), 5);
  }
}

// A number that its own key shows is said aloud alone.
function choiceText({ value, name, keys }) {
  if (value === undefined) return [h("span", { class: "name" }, name)];
  const number = h("span", { class: keys.includes(String(value)) ? "aloud" : "value" }, String(value));
  return [number, name ? h("span", { class: "name" }, name) : null].filter(Boolean);
}
