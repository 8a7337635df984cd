// The rows of all evaluations behind one numbering. They stay columns: a row is an index, never an object.
async function readPayload(element) {
  const text = element.textContent;
  element.textContent = "";
  if (element.type === "application/json") return JSON.parse(text);
  if (typeof DecompressionStream === "undefined") throw new Error("this browser cannot unpack the rows (it is older than 2023)");
  const stream = new Blob([fromBase64(text)]).stream().pipeThrough(new DecompressionStream("gzip"));
  return new Response(stream).json();
}

function fromBase64(text) {
  if (Uint8Array.fromBase64) return Uint8Array.fromBase64(text);
  const binary = atob(text);
  const bytes = new Uint8Array(binary.length);
  for (let i = 0; i < binary.length; i++) bytes[i] = binary.charCodeAt(i);
  return bytes;
}

class Rows {
  constructor({ evaluations, usage }) {
    this.evaluations = evaluations;
    this.usage = usage;
    this.total = evaluations.reduce((sum, evaluation) => sum + evaluation.n, 0);
    this.owner = new Uint16Array(this.total);
    this.start = [];
    let next = 0;
    evaluations.forEach((evaluation, index) => {
      this.start.push(next);
      this.owner.fill(index, next, next + evaluation.n);
      next += evaluation.n;
    });
    this.hasPairs = evaluations.some((evaluation) => evaluation.columns.change);
  }

  evaluation(row) { return this.evaluations[this.owner[row]]; }

  get(row, name) {
    const owner = this.owner[row];
    return this.evaluations[owner].columns[name]?.[row - this.start[owner]] ?? null;
  }

  base(row, name) {
    const owner = this.owner[row];
    return this.evaluations[owner].columns.base?.[name]?.[row - this.start[owner]] ?? null;
  }

  score(row, scorer, name, isBase = false) {
    const owner = this.owner[row];
    const columns = this.evaluations[owner].columns;
    return (isBase ? columns.base : columns)?.scores?.[scorer]?.[name]?.[row - this.start[owner]] ?? null;
  }

  value(row, isBase = false) { return this.score(row, this.evaluation(row).scorer, "value", isBase); }

  tokens(row) { return this.get(row, "completion_tokens"); }

  // What a row is called in the first column: its change where there is a baseline, else its status.
  outcome(row) {
    const change = this.get(row, "change");
    return change === null || change === "tie" || change === "new" ? this.get(row, "status") : change;
  }

  // A row has one kind of each facet; a filter keeps a row that is of a wanted kind.
  isKind(row, kind) {
    if (kind === "error") return this.get(row, "status") === "error" || this.get(row, "change") === "error";
    return this.get(row, "change") === kind || this.get(row, "status") === kind;
  }

  // What was asked in whole: the sample's part inside what all inputs of its evaluation share.
  whole(row, isBase = false) {
    const own = this.get(row, "input");
    const [before, after] = this.evaluation(row)[isBase ? "base_frame" : "frame"] ?? ["", ""];
    return before + ((isBase ? this.base(row, "input") : null) ?? own ?? "") + after;
  }

  matches(row, pattern) {
    const owner = this.owner[row];
    const columns = this.evaluations[owner].columns;
    const i = row - this.start[owner];
    for (const name of ["id", "output", "input", "error"]) {
      for (const side of [columns, columns.base]) {
        const text = side?.[name]?.[i];
        if (typeof text === "string" && pattern.test(text)) return true;
      }
    }
    const target = columns.target?.[i];
    if (target !== undefined && target !== null && pattern.test(typeof target === "string" ? target : JSON.stringify(target))) return true;
    return this.judgementMatches(columns.scores, i, pattern) || this.judgementMatches(columns.base?.scores, i, pattern);
  }

  judgementMatches(scores, i, pattern) {
    for (const scorer in scores ?? {}) {
      for (const name of ["answer", "explanation", "error"]) {
        const text = scores[scorer][name]?.[i];
        if (typeof text === "string" && (pattern.test(text) || (name === "error" && pattern.test(`${scorer}: ${text}`)))) return true;
      }
    }
    return false;
  }
}

