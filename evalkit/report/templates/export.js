// What is filtered, as a file that the page makes by itself: nothing is asked of a server.
const BATCH = 500;

function exportedColumns(rows, fields) {
  const scorers = [...new Set(rows.evaluations.flatMap((evaluation) => Object.keys(evaluation.columns.scores ?? {})))];
  const part = (name) => (row) => rows.get(row, name);
  const columns = [
    ["task", (row) => rows.evaluation(row).task],
    ["subject", (row) => rows.evaluation(row).subject],
    ["sample_id", part("id")],
    ["repeat", (row) => rows.get(row, "repeat") ?? 0],
    ["status", part("status")],
    rows.hasPairs && ["change", part("change")],
    ["input", part("input")],
    ["target", part("target")],
    rows.hasPairs && ["baseline_output", (row) => rows.base(row, "output")],
    ["output", part("output")],
    ["error", part("error")],
    ...scorers.flatMap((scorer) => [
      rows.hasPairs && [`baseline_score.${scorer}`, (row) => rows.score(row, scorer, "value", true)],
      [`score.${scorer}`, (row) => rows.score(row, scorer, "value")],
      [`answer.${scorer}`, (row) => rows.score(row, scorer, "answer")],
      [`explanation.${scorer}`, (row) => rows.score(row, scorer, "explanation")],
    ]),
    ...fields.filter(({ group, name }) => ["Slices", "Errors", "Usage"].includes(group) && name !== "repeat").map(({ name, read }) => [name, read]),
  ];
  return columns.filter(Boolean);
}

// RFC 4180. A spreadsheet takes a cell that begins like a formula for one, and what stands here a model wrote.
function csvCell(value) {
  if (value === null || value === undefined) return "";
  if (typeof value === "number") return String(value);
  const text = typeof value === "string" ? value : JSON.stringify(value);
  const safe = /^[=+\-@\t\r]/.test(text) && !/^-?[\d.]+$/.test(text) ? `'${text}` : text;
  return /[",\n\r]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
}

async function fileOf(table, format) {
  const { rows, found } = table;
  await rows.blocks.all();
  const columns = exportedColumns(rows, table.fields);
  const line = format === "csv"
    ? (row) => `${columns.map(([, read]) => csvCell(read(row))).join(",")}\r\n`
    : (row) => `${JSON.stringify(Object.fromEntries(columns.map(([name, read]) => [name, read(row)]).filter(([, value]) => value !== null)))}\n`;
  const parts = format === "csv" ? [`${columns.map(([name]) => csvCell(name)).join(",")}\r\n`] : [];
  for (let start = 0; start < found.length; start += BATCH) {
    parts.push(Array.from(found.slice(start, start + BATCH), line).join(""));
    if (start % (BATCH * 20) === 0) await breath();
  }
  return new Blob(parts, { type: format === "csv" ? "text/csv" : "application/x-ndjson" });
}

async function save(table, format) {
  const url = URL.createObjectURL(await fileOf(table, format));
  h("a", { href: url, download: `samples.${format}` }).click();
  setTimeout(() => URL.revokeObjectURL(url), 60_000);
}
