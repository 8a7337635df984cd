// One number on a wide scale: typed, and kept with Enter.
import { key } from "./choices.js";
import { h } from "./dom.js";

export class NumberField {
  constructor([low, high], onKeep) {
    this.input = h("input", { type: "number", id: "number", min: String(low), max: String(high), step: "1", required: true, inputmode: "numeric" });
    this.element = h("form", { class: "typed", onsubmit: (event) => { event.preventDefault(); onKeep({ label: String(Number(this.input.value)) }); } },
      h("label", { for: "number" }, `A number from ${low} to ${high}`), this.input, h("button", { type: "submit", class: "choice" }, key("Enter"), h("span", { class: "name" }, "Keep")));
  }

  show(review) { this.input.value = review && review.label !== "skip" ? review.label : ""; }

  // A digit begins a number wherever the focus is. True where the key was one.
  press(pressed) {
    if (!/^\d$/.test(pressed)) return false;
    this.input.focus();
    this.input.value = pressed;
    return true;
  }
}
