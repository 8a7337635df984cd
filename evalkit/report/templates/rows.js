// The rows of all evaluations behind one numbering. They stay columns: a row is an index, never an object.
const SEARCHED = ["id", "target", "output", "input", "error"];
const JUDGED = ["answer", "explanation", "error"];

class Rows {
  constructor({ evaluations, usage, media }) {
    this.evaluations = evaluations;
    this.media = media ?? {};
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
    this.blocks = new Blocks(document.querySelectorAll("[id^=texts-]").length);
  }

  evaluation(row) { return this.evaluations[this.owner[row]]; }

  // One cell by the path of its column: what is at hand, what its block has, null without, undefined while
  // the block is not unpacked.
  at(row, side, scorer, name) {
    const owner = this.owner[row];
    const evaluation = this.evaluations[owner];
    const i = row - this.start[owner];
    const column = columnOf(evaluation.columns, side, scorer, name);
    if (column) return column[i] ?? null;
    const index = this.block(row);
    if (index === null) return null;
    const block = this.blocks.ask(index);
    if (!block) return undefined;
    return columnOf(block, side, scorer, name)?.[i % evaluation.block_rows] ?? null;
  }

  get(row, name) { return this.at(row, null, null, name) ?? null; }

  base(row, name) { return this.at(row, "base", null, name) ?? null; }

  score(row, scorer, name, isBase = false) { return this.at(row, isBase ? "base" : null, scorer, name) ?? null; }

  // Which block has the long texts of a row; null where they stand in no block.
  block(row) {
    const { block, block_rows: size, long } = this.evaluation(row);
    return long?.length ? block + Math.floor((row - this.start[this.owner[row]]) / size) : null;
  }

  // A promise of the texts of a row.
  needed(row) {
    const index = this.block(row);
    this.blocks.ask(index);
    return this.blocks.asked.get(index);
  }

  isThere(row) { const index = this.block(row); return index === null || Boolean(this.blocks.found[index]); }

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

  // The rows of the same sample in the same evaluation: its repeats.
  repeats(row) {
    const owner = this.owner[row];
    const { columns, n } = this.evaluations[owner];
    const id = columns.id[row - this.start[owner]];
    const found = [];
    for (let i = columns.id.indexOf(id); i >= 0 && i < n; i = columns.id.indexOf(id, i + 1)) found.push(this.start[owner] + i);
    return found.sort((a, b) => (this.get(a, "repeat") ?? 0) - (this.get(b, "repeat") ?? 0));
  }

  find(task, subject, id, repeat) {
    for (const [owner, evaluation] of this.evaluations.entries()) {
      if (evaluation.task !== task || evaluation.subject !== subject) continue;
      const i = evaluation.columns.id?.indexOf(id) ?? -1;
      if (i < 0) continue;
      const rows = this.repeats(this.start[owner] + i);
      return rows.find((row) => (this.get(row, "repeat") ?? 0) === repeat) ?? rows[0];
    }
    return null;
  }

  // What was asked in whole: the sample's part inside what all inputs of its evaluation share.
  whole(row, isBase = false) {
    const own = this.get(row, "input");
    const [before, after] = this.evaluation(row)[isBase ? "base_frame" : "frame"] ?? ["", ""];
    return before + ((isBase ? this.base(row, "input") : null) ?? own ?? "") + after;
  }

  // The texts of a row that a search looks into. Rows come in order, so that the columns of a block are looked
  // up once for all of its rows.
  cells(row) {
    const owner = this.owner[row];
    const { columns, block_rows: size } = this.evaluations[owner];
    const i = row - this.start[owner];
    const index = this.block(row);
    if (this.searched?.owner !== owner || this.searched.index !== index) {
      const packed = index === null ? null : this.blocks.found[index];
      this.searched = { owner, index, own: searchable(columns), packed: packed ? searchable(packed) : [] };
    }
    const texts = [];
    addTexts(texts, this.searched.own, i);
    addTexts(texts, this.searched.packed, i % size);
    return texts;
  }
}

function columnOf(tree, side, scorer, name) {
  const part = side ? tree[side] : tree;
  return (scorer ? part?.scores?.[scorer] : part)?.[name];
}

// The columns that a search looks into, each with what stands before its texts where they are drawn.
function searchable(columns) {
  const found = [];
  for (const side of [columns, columns.base]) {
    if (!side) continue;
    for (const name of SEARCHED) if (side[name]) found.push([side[name], ""]);
    for (const scorer in side.scores) {
      for (const name of JUDGED) if (side.scores[scorer][name]) found.push([side.scores[scorer][name], name === "error" ? `${scorer}: ` : ""]);
    }
  }
  return found;
}

function addTexts(texts, columns, i) {
  for (const [column, before] of columns) {
    const value = column[i];
    if (value !== null && value !== undefined) texts.push(before + (typeof value === "string" ? value : JSON.stringify(value)));
  }
}
