// What a filter can ask of a row, and how it is met. A field reads a row: a number, a word, a list of words,
// a text, or null.
const OPERATORS = {
  word: [["is", "is"], ["not", "is not"]],
  number: [["over", "over"], ["below", "below"], ["is", "is"]],
  text: [["has", "contains"]],
};
const TURNS = ["worse", "better", "same"];
const MOST_CHOICES = 300;

function fieldsOf(rows) {
  const has = (...path) => rows.evaluations.some(({ columns }) => path.reduce((part, name) => part?.[name], columns));
  const names = (read) => [...new Set(rows.evaluations.flatMap((evaluation) => Object.keys(read(evaluation.columns) ?? {})))];
  const scorers = names((columns) => columns.scores);
  const fields = [
    ...names((columns) => columns.slices).map((name) => ({ name: `slice.${name}`, title: name, group: "Slices", kind: "word", read: (row) => cellOf(rows, row, (columns) => columns.slices?.[name]) })),
    has("tags") && { name: "tag", title: "tag", group: "Slices", kind: "word", read: (row) => rows.get(row, "tags") },
    ...scorers.flatMap((scorer) => scorerFields(rows, scorer, has)),
    has("error_kind") && { name: "error_kind", title: "class of error", group: "Errors", kind: "word", read: (row) => rows.get(row, "error_kind") },
    has("base", "error_kind") && { name: "base.error_kind", title: "class of error, baseline", group: "Errors", kind: "word", read: (row) => rows.base(row, "error_kind") },
    ...rows.usage.flatMap((column) => usageFields(rows, column, has)),
    has("repeat") && { name: "repeat", title: "repeat", group: "Usage", kind: "number", read: (row) => rows.get(row, "repeat") ?? 0 },
    ...textFields(rows),
    ...scorers.map((scorer) => ({ name: `explanation.${scorer}`, title: `explanation of ${scorer}`, group: "Texts", kind: "text", read: (row) => rows.score(row, scorer, "explanation") })),
  ];
  return fields.filter(Boolean);
}

function cellOf(rows, row, pick) {
  const owner = rows.owner[row];
  return pick(rows.evaluations[owner].columns)?.[row - rows.start[owner]] ?? null;
}

function scorerFields(rows, scorer, has) {
  const value = { name: `score.${scorer}`, title: `score of ${scorer}`, group: "Scores", kind: "number", read: (row) => rows.score(row, scorer, "value") };
  if (!has("base", "scores", scorer)) return [value];
  const turn = (row) => {
    const [before, now] = [rows.score(row, scorer, "value", true), rows.score(row, scorer, "value")];
    return before === null || now === null ? null : TURNS[before > now ? 0 : before < now ? 1 : 2];
  };
  return [{ name: `turn.${scorer}`, title: `change by ${scorer}`, group: "Scores", kind: "word", read: turn }, value];
}

function usageFields(rows, [title, name, format], has) {
  const kind = format === "text" || format === "flag" ? "word" : "number";
  const told = (value) => (format === "flag" ? (value ? "yes" : "no") : value);
  const shown = format === "seconds" ? `${title.toLowerCase()}, s` : format === "usd" ? `${title.toLowerCase()}, $` : title.toLowerCase();
  return [["", "", (row) => rows.get(row, name), has(name)], ["base.", ", baseline", (row) => rows.base(row, name), has("base", name)]]
    .filter(([, , , isThere]) => isThere)
    .map(([prefix, suffix, read]) => ({ name: prefix + name, title: shown + suffix, group: "Usage", kind, read: (row) => told(read(row)) }));
}

function textFields(rows) {
  const text = (name, title, read) => ({ name, title, group: "Texts", kind: "text", read });
  return [
    text("id", "sample", (row) => rows.get(row, "id")),
    text("input", "input", (row) => rows.get(row, "input")),
    text("target", "target", (row) => asText(rows.get(row, "target"))),
    text("output", "output", (row) => rows.get(row, "output")),
    rows.hasPairs && text("base.output", "output, baseline", (row) => rows.base(row, "output")),
    text("error", "error", (row) => rows.get(row, "error")),
    text("reasoning", "reasoning", (row) => rows.get(row, "reasoning")),
  ];
}

// A condition as a function of a row; of a field that is not there, one that nothing meets.
function meets(fields, { field, operator, value }) {
  const read = fields.find(({ name }) => name === field)?.read;
  if (!read) return () => false;
  const among = (found) => (Array.isArray(found) ? found.includes(value) : String(found) === value);
  const number = Number(value);
  const small = value.toLowerCase();
  return {
    is: (row) => { const found = read(row); return found !== null && (among(found) || (typeof found === "number" && found === number)); },
    not: (row) => { const found = read(row); return found === null || !among(found); },
    over: (row) => { const found = read(row); return found !== null && found > number; },
    below: (row) => { const found = read(row); return found !== null && found < number; },
    has: (row) => { const found = read(row); return found !== null && String(found).toLowerCase().includes(small); },
  }[operator] ?? (() => false);
}

// The words of a field with how many rows have each, the most frequent first.
function wordsOf(field, total) {
  const counts = new Map();
  for (let row = 0; row < total; row++) {
    for (const word of [field.read(row) ?? []].flat()) counts.set(word, (counts.get(word) ?? 0) + 1);
  }
  return [...counts].sort((a, b) => b[1] - a[1]).slice(0, MOST_CHOICES);
}
