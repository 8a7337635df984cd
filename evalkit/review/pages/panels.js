// One item: what was asked, what is right, and the answers side by side.
import { wordDiff, haveInCommon } from "./diff.js";
import { SHOWN_CHARS, h, visible } from "./dom.js";
import { shownNodes, writtenText } from "./shown.js";

export class Panels {
  #main;
  #item = null;
  asWritten = false;
  isDiffShown = false;

  constructor(main) { this.#main = main; }

  show(item, heading) {
    this.#item = item;
    this.#main.replaceChildren(heading, ...this.#parts());
    this.#main.dataset.kind = item.kind;
    this.#main.scrollTop = 0;
    this.#main.removeAttribute("aria-busy");
  }

  // Draw the same item in another form, without moving the reader.
  redraw() {
    if (!this.#item) return;
    const tops = [...this.#main.querySelectorAll(".text")].map((box) => box.scrollTop);
    this.#main.replaceChildren(this.#main.firstElementChild, ...this.#parts());
    this.#main.querySelectorAll(".text").forEach((box, i) => { box.scrollTop = tops[i] ?? 0; });
  }

  get hasFormats() {
    const shown = [this.#item.input, this.#item.target, ...this.#item.sides.map((side) => side.shown)].filter(Boolean);
    const isFormed = (part) => part.type === "json" || Boolean(part.blocks) || part.type === "tool_call";
    return shown.some(({ messages }) => messages.some(({ parts }) => parts.some(isFormed)));
  }

  // By the height of one view, both answers together.
  scroll(direction) {
    for (const box of this.#main.querySelectorAll("#answers .text")) box.scrollBy({ top: direction * box.clientHeight * 0.85 });
    if (getComputedStyle(this.#main).overflowY !== "auto") scrollBy({ top: direction * innerHeight * 0.6 });
  }

  #parts() {
    const { input, target, sides } = this.#item;
    const draw = (shown) => shownNodes(shown, this.asWritten);
    const asked = h("div", { class: target ? "asked with-target" : "asked" }, box("Input", draw(input), "input"), target ? box("Reference", draw(target), "target") : null);
    const isPair = sides.length === 2;
    const bodies = isPair && this.isDiffShown ? differing(sides) : sides.map((side) => draw(side.shown));
    const titles = isPair ? [["1", "Left"], ["2", "Right"]] : [[null, "Answer"]];
    const answers = h("div", { class: isPair ? "answers pair" : "answers", id: "answers", tabindex: "-1" },
      bodies.map((body, i) => box(titles[i][1], body, isPair ? titles[i][1].toLowerCase() : "answer")));
    return [asked, answers];
  }
}

function box(title, body, name) {
  return h("section", { class: "panel", "data-panel": name, "aria-label": title }, h("h3", null, title),
    h("div", { class: "text", tabindex: "0", role: "group", "aria-label": `${title}: text` }, body));
}

// Both texts as they were written, with what only one of them has marked. One colour for both: which is better
// is the reader's to say.
function differing(sides) {
  const [left, right] = sides.map((side) => writtenText(side.shown).slice(0, SHOWN_CHARS));
  const note = (text) => h("p", { class: "muted note" }, text);
  const plain = (text) => h("div", { class: "written", dir: "auto" }, visible(text));
  if (left === right) return [left, right].map((text) => [note("Both sides are the same, sign for sign."), plain(text)]);
  if (!haveInCommon(left, right)) return [left, right].map((text) => [note("Hardly a word in common, so no difference is marked."), plain(text)]);
  const nodes = [[], []];
  for (const [kind, text] of wordDiff(left, right)) {
    const shown = visible(text);
    if (kind !== "added") nodes[0].push(kind === "same" ? shown : h("mark", null, shown));
    if (kind !== "removed") nodes[1].push(kind === "same" ? shown : h("mark", null, shown));
  }
  return nodes.map((body) => h("div", { class: "written", dir: "auto" }, body));
}
