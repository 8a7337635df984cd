// What can be said of an item: words with their keys, for each kind of question.
import { h } from "./dom.js";

// One choice: what is sent (label, values), how it is called, and which keys say it.
export function choicesOf(session) {
  if (session.kind === "pass_fail") return [
    { label: "pass", name: "Pass", keys: ["1", "p"], tone: "pass" },
    { label: "fail", name: "Fail", keys: ["2", "f"], tone: "fail" },
  ];
  if (session.kind === "pairwise") return [
    { label: "left", name: "Left is better", keys: ["1", "ArrowLeft"] },
    { label: "tie", name: "Tie", keys: ["3", "t"] },
    { label: "right", name: "Right is better", keys: ["2", "ArrowRight"] },
  ];
  return levels(session).map(({ value, name }, i) => ({ label: String(value), name, value, keys: [levelKey(session, value, i)] }));
}

// So many levels stand in a row as buttons; of more, the number is typed.
const MOST_BUTTONS = 10;
export const isTyped = ({ kind, scale }) => kind === "rubric" && scale[1] - scale[0] >= MOST_BUTTONS;

export function criteriaOf(session) {
  return Object.entries(session.criteria ?? {}).map(([name, meaning]) => ({ name, meaning }));
}

function levels(session) {
  const [low, high] = session.scale;
  const names = levelNames(rubricText(session));
  return Array.from({ length: high - low + 1 }, (_, i) => ({ value: low + i, name: names.get(low + i) ?? "" }));
}

// The number itself where one key types it, else its place in the row.
function levelKey({ scale: [low, high] }, value, i) {
  if (low >= 0 && high <= 9) return String(value);
  return i < 10 ? String((i + 1) % 10) : "";
}

// "- 1: poor, misses the point" names the level 1.
export function levelNames(text) {
  const found = new Map();
  for (const line of text.split("\n")) {
    const match = /^\s*(?:[-*]\s+)?\**(-?\d+)\**\s*[:=.)–—-]\s*\**\s*(.+)$/.exec(line);
    if (match) found.set(Number(match[1]), match[2].replace(/\*\*/g, "").split(/[,.;:(]| [–—-] /)[0].trim());
  }
  return found;
}

export function rubricText({ rubric }) {
  if (!rubric) return "";
  return typeof rubric === "string" ? rubric : rubric.messages.flatMap(({ parts }) => parts.map((part) => part.text ?? "")).join("\n");
}

const KEY_NAMES = { ArrowLeft: "←", ArrowRight: "→", ArrowUp: "↑", ArrowDown: "↓" };
export const keyName = (name) => KEY_NAMES[name] ?? name;

// A key as it is shown on a button; screen readers are told by aria-keyshortcuts.
export function key(name) { return h("kbd", { "aria-hidden": "true" }, keyName(name)); }

const WORDS = { pass: "Pass", fail: "Fail", left: "Left is better", right: "Right is better", tie: "Tie", skip: "Skipped" };

// How a review reads: "Pass", "Left is better", "4", "4 for clarity, 2 for tone".
export function saidText(review) {
  const values = Object.entries(review.values ?? {});
  if (values.length) return values.map(([name, value]) => `${value} for ${name}`).join(", ");
  return WORDS[review.label] ?? String(review.label);
}
