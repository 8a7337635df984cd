// All keys on one sheet, and a switch that turns single keys off (WCAG 2.1.4).
import { h } from "./dom.js";
import { choicesOf, criteriaOf, isTyped, keyName, saidText } from "./choices.js";

const STORED = "evalkit-review-keys";

export class Help {
  #dialog;
  areKeysOn = stored() !== "off";

  constructor(dialog, session) {
    this.#dialog = dialog;
    const toggle = h("input", { type: "checkbox", id: "keys-on", onchange: () => this.#turn(toggle.checked) });
    toggle.checked = this.areKeysOn;
    dialog.replaceChildren(h("form", { method: "dialog" }, h("h2", { id: "help-title" }, "Keys"), h("dl", null, entries(session).flatMap(([keys, text]) => [
      h("dt", null, keys.flatMap((one) => [h("kbd", null, keyName(one)), " "])), h("dd", null, text)])),
    h("label", { class: "switch" }, toggle, " Single keys act at once. Turn this off where they are in the way of a screen reader or of speech input."),
    h("button", { type: "submit", value: "close" }, "Close")));
    document.getElementById("help-open").addEventListener("click", () => this.toggle());
  }

  get isOpen() { return this.#dialog.open; }

  toggle() { if (this.isOpen) this.#dialog.close(); else this.#dialog.showModal(); }

  #turn(areOn) {
    this.areKeysOn = areOn;
    try { localStorage.setItem(STORED, areOn ? "on" : "off"); } catch { /* a locked-down browser forgets it */ }
  }
}

function stored() {
  try { return localStorage.getItem(STORED); } catch { return null; }
}

function entries(session) {
  return [
    ...labels(session),
    [["s"], "skip: say that you cannot tell"], [["u"], "undo what you said last"], [["c"], "write a comment; Esc leaves it, Ctrl+Enter keeps a changed one"],
    [["j"], "next item"], [["k"], "previous item"], [["n"], "next item without a label"], [["Space"], "scroll the answers"],
    [["m"], "texts as they were written, or formatted"], [["d"], "mark what differs between two answers"], [["?"], "this sheet"],
  ];
}

function labels(session) {
  if (criteriaOf(session).length) return [[["0", "…", "9"], "rate the marked criterion and go on to the next"], [["ArrowUp", "ArrowDown"], "mark another criterion"], [["Enter"], "keep the ratings"]];
  if (isTyped(session)) return [[["0", "…", "9"], "type a number"], [["Enter"], "keep it"]];
  return choicesOf(session).map((choice) => [choice.keys.filter(Boolean), choice.value === undefined ? saidText(choice) : `${choice.value} ${choice.name}`.trim()]);
}
