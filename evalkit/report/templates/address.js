// What is shown, as the fragment of the page's address, and back: evalkit/report/links.py writes the same form.
const OPEN_FIELD = /^#samples(?:\?(.*))?$/;

function freshState() {
  return { query: "", isPattern: false, kinds: new Set(), task: "", subject: "", conditions: [], sort: null, isDown: false };
}

function decoded(text) {
  try { return decodeURIComponent(text); } catch { return text; }
}

// The state that a fragment asks for with the sample to open; null where it is about something else.
function readAddress(hash) {
  const match = hash === "" ? ["", ""] : OPEN_FIELD.exec(hash);
  if (!match) return null;
  const state = freshState();
  let sample = null;
  for (const pair of (match[1] ?? "").split("&").filter(Boolean)) {
    const at = pair.indexOf("=");
    const [name, value] = at < 0 ? [pair, ""] : [pair.slice(0, at), pair.slice(at + 1)];
    if (name === "kind") state.kinds.add(decoded(value));
    else if (name === "q" || name === "re") Object.assign(state, { query: decoded(value), isPattern: name === "re" });
    else if (name === "task" || name === "subject") state[name] = decoded(value);
    else if (name === "sort") Object.assign(state, { sort: decoded(value.replace(/^-/, "")), isDown: value.startsWith("-") });
    else if (name === "where") {
      const [field, operator, wanted] = value.split(":").map(decoded);
      if (wanted !== undefined) state.conditions.push({ field, operator, value: wanted });
    } else if (name === "sample") {
      const [task, subject, id, repeat] = value.split("/").map(decoded);
      if (id !== undefined) sample = { task, subject, id, repeat: Number(repeat ?? 0) };
    }
  }
  return { state, sample };
}

function writeAddress(state, rows, openRow) {
  const pairs = [];
  if (openRow !== null) pairs.push(["sample", addressOf(rows, openRow)]);
  for (const name of ["task", "subject"]) if (state[name]) pairs.push([name, encodeURIComponent(state[name])]);
  for (const kind of state.kinds) pairs.push(["kind", kind]);
  if (state.query) pairs.push([state.isPattern ? "re" : "q", encodeURIComponent(state.query)]);
  for (const { field, operator, value } of state.conditions) pairs.push(["where", [field, operator, value].map(encodeURIComponent).join(":")]);
  if (state.sort) pairs.push(["sort", (state.isDown ? "-" : "") + encodeURIComponent(state.sort)]);
  return pairs.length ? `#samples?${pairs.map((pair) => pair.join("=")).join("&")}` : "#samples";
}

function addressOf(rows, row) {
  const { task, subject } = rows.evaluation(row);
  const repeat = rows.get(row, "repeat");
  return [task, subject, rows.get(row, "id"), ...(repeat ? [String(repeat)] : [])].map(encodeURIComponent).join("/");
}

// A step that the back button undoes, or, while someone types or walks from sample to sample, the same step.
// A lone surrogate has no address; a viewer that shows the page from no address has none either.
function keepAddress(fragment, isSameStep) {
  if (location.hash === fragment || (location.hash === "" && fragment === "#samples")) return;
  try { history[isSameStep ? "replaceState" : "pushState"](null, "", fragment); } catch { /* the page works without */ }
}
