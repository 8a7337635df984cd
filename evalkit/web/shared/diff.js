import { SHOWN_CHARS, h, visible } from "./dom.js";
// A word-level difference: Myers' O(ND) algorithm over tokens, then small islands of agreement are given up,
// because a reader follows "this phrase became that phrase" and not every shared comma.
const TOKEN = /[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Thai}]|[\p{L}\p{M}\p{N}_]+|\n|[^\S\n]+|[^]/gu;
const MAX_EDITS = 2000;

function tokens(text) { return text.match(TOKEN) ?? []; }

// [[kind, text], …] with kind "same", "removed" or "added".
export function wordDiff(before, after) {
  if (before === after) return before ? [["same", before]] : [];
  const a = tokens(before);
  const b = tokens(after);
  let head = 0;
  while (head < a.length && head < b.length && a[head] === b[head]) head++;
  let tail = 0;
  while (tail < a.length - head && tail < b.length - head && a[a.length - 1 - tail] === b[b.length - 1 - tail]) tail++;
  const middle = myers(a.slice(head, a.length - tail), b.slice(head, b.length - tail));
  const parts = [["same", a.slice(0, head)], ...middle, ["same", a.slice(a.length - tail)]];
  return joined(withoutIslands(merged(parts)));
}

function myers(a, b) {
  if (!a.length || !b.length) return [["removed", a], ["added", b]];
  const frontier = new Map([[1, 0]]);
  const trail = [];
  for (let d = 0; d <= Math.min(a.length + b.length, MAX_EDITS); d++) {
    const reach = new Int32Array(2 * d + 1);
    for (let k = -d; k <= d; k += 2) {
      const left = frontier.get(k - 1) ?? -1;
      const right = frontier.get(k + 1) ?? -1;
      let x = k === -d || (k !== d && left < right) ? right : left + 1;
      while (x < a.length && x - k < b.length && a[x] === b[x - k]) x++;
      frontier.set(k, x);
      reach[k + d] = x;
      if (x >= a.length && x - k >= b.length) {
        trail.push(reach);
        return backtrack(a, b, trail);
      }
    }
    trail.push(reach);
  }
  return [["removed", a], ["added", b]];
}

function backtrack(a, b, trail) {
  const parts = [];
  let x = a.length;
  let y = b.length;
  for (let d = trail.length - 1; d > 0; d--) {
    const before = trail[d - 1];
    const at = (k) => (Math.abs(k) > d - 1 ? -1 : before[k + d - 1]);
    const k = x - y;
    const isDown = k === -d || (k !== d && at(k - 1) < at(k + 1));
    const fromX = isDown ? at(k + 1) : at(k - 1);
    const fromY = fromX - (isDown ? k + 1 : k - 1);
    const edgeX = isDown ? fromX : fromX + 1;
    if (x > edgeX) parts.push(["same", a.slice(edgeX, x)]);
    parts.push(isDown ? ["added", b.slice(fromY, fromY + 1)] : ["removed", a.slice(fromX, fromX + 1)]);
    x = fromX;
    y = fromY;
  }
  if (x > 0) parts.push(["same", a.slice(0, x)]);
  return parts.reverse();
}

// Neighbours of one kind together, and between two agreements first what was removed, then what was added.
function merged(parts) {
  const out = [];
  let removed = [];
  let added = [];
  const flush = () => {
    if (removed.length) out.push(["removed", removed]);
    if (added.length) out.push(["added", added]);
    removed = [];
    added = [];
  };
  for (const [kind, words] of parts) {
    if (!words.length) continue;
    if (kind === "removed") removed = removed.concat(words);
    else if (kind === "added") added = added.concat(words);
    else {
      flush();
      if (out.length && out[out.length - 1][0] === "same") out[out.length - 1][1] = out[out.length - 1][1].concat(words);
      else out.push(["same", words]);
    }
  }
  flush();
  return out;
}

function withoutIslands(parts) {
  const weight = (words) => words.reduce((sum, word) => sum + (/[\p{L}\p{N}]/u.test(word) ? 1 : 0), 0);
  const around = (from, step) => {
    let sum = 0;
    for (let i = from; parts[i] && parts[i][0] !== "same"; i += step) sum = Math.max(sum, weight(parts[i][1]));
    return sum;
  };
  const out = parts.flatMap(([kind, words], i) => {
    const isInside = i > 0 && i < parts.length - 1;
    const isIsland = kind === "same" && isInside && !words.includes("\n")
      && weight(words) <= Math.min(around(i - 1, -1), around(i + 1, 1), 2) / 2;
    return isIsland ? [["removed", words], ["added", words]] : [[kind, words]];
  });
  return merged(out);
}

// Marks on two texts that share next to nothing would colour every word and tell nothing.
export function haveInCommon(before, after) {
  const words = (text) => new Set(tokens(text.slice(0, SHOWN_CHARS)).filter((token) => /[\p{L}\p{N}]/u.test(token)));
  const [a, b] = [words(before), words(after)];
  const nShared = [...a].filter((word) => b.has(word)).length;
  return Math.max(a.size, b.size) < 8 || nShared >= 0.1 * Math.max(a.size, b.size);
}

function joined(parts) { return parts.map(([kind, words]) => [kind, words.join("")]); }

// The two sides as nodes: what is only in the one is struck out, what is only in the other underlined.
export function diffNodes(before, after) {
  const left = [];
  const right = [];
  for (const [kind, text] of wordDiff(before, after)) {
    const shown = visible(text);
    if (kind !== "added") left.push(kind === "same" ? shown : h("del", null, shown));
    if (kind !== "removed") right.push(kind === "same" ? shown : h("ins", null, shown));
  }
  return [left, right];
}
