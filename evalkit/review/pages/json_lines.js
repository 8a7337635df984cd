// JSON that stands in lines as a tree that folds, each line exactly as it is.
import { h } from "./dom.js";

// A short one is read at a glance, and needs no handles.
const FOLDED_FROM = 14;
// Of a long one, what is deeper is closed at first.
const LONG = 60;
const OPEN_DEPTH = 2;
const MOST_LINES = 3_000;

export function jsonNodes(pretty) {
  const lines = pretty.split("\n");
  if (lines.length < FOLDED_FROM || lines.length > MOST_LINES) return [h("pre", { class: "code" }, h("code", null, pretty))];
  return branch(lines, { at: 0 }, 0, lines.length > LONG);
}

function branch(lines, cursor, depth, isLong) {
  const nodes = [];
  while (cursor.at < lines.length) {
    const line = lines[cursor.at];
    const text = line.trimStart();
    if (/^[}\]]/.test(text) && depth > 0) return nodes;
    cursor.at += 1;
    if (!/[{[]$/.test(text)) { nodes.push(h("div", { class: "line" }, text)); continue; }
    const inner = branch(lines, cursor, depth + 1, isLong);
    const end = (lines[cursor.at] ?? "").trimStart();
    cursor.at += 1;
    nodes.push(h("details", { open: !isLong || depth < OPEN_DEPTH },
      h("summary", null, text, h("span", { class: "rest" }, ` … ${end}`)), h("div", { class: "inner" }, inner), h("div", { class: "line" }, end)));
  }
  return nodes;
}
