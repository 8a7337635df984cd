// The table of runs: filtered, a page at a time. What is chosen stands in the address.

const PAGE = 50;
const SHOWN = 3;

class Runs {
  constructor({ fields, lines, reports }) {
    this.lines = lines;
    this.place = Object.fromEntries(fields.map((name, at) => [name, at]));
    this.reports = reports;
    this.texts = new Array(reports.length);
    this.chosen = { outcome: new Set(), task: "", branch: "", q: "", page: 0 };
    this.found = [];
  }

  get(report, name) { return report[this.place[name]]; }

  // What a search looks in, put together once.
  text(at) {
    const report = this.reports[at];
    this.texts[at] ??= ["run_id", "baseline_run_id", "file", "git_branch", "git_commit", "status", "tasks", "subjects"]
      .map((name) => this.get(report, name) ?? "").flat().join("\n").toLowerCase();
    return this.texts[at];
  }

  matches(at) {
    const report = this.reports[at];
    const { outcome, task, branch, q } = this.chosen;
    if (outcome.size && !outcome.has(this.get(report, "outcome"))) return false;
    if (task && !this.get(report, "tasks").includes(task)) return false;
    if (branch && (this.get(report, "git_branch") ?? "") !== branch) return false;
    return q.toLowerCase().split(/\s+/).every((word) => this.text(at).includes(word));
  }

  filter() {
    this.found = [];
    for (let at = 0; at < this.reports.length; at++) if (this.matches(at)) this.found.push(at);
    this.chosen.page = Math.min(this.chosen.page, Math.max(Math.ceil(this.found.length / PAGE) - 1, 0));
  }

  // Names with how many reports have them, the most frequent first.
  counted(name) {
    const counts = new Map();
    for (const report of this.reports) {
      for (const value of [this.get(report, name) ?? []].flat()) counts.set(value, (counts.get(value) ?? 0) + 1);
    }
    return [...counts].sort((a, b) => b[1] - a[1] || (a[0] < b[0] ? -1 : 1));
  }
}

function badge(outcome, word) {
  return h("span", { class: `badge ${outcome}` }, icon(outcome), visible(word));
}

function td(label, style, ...children) {
  return h("td", { role: "cell", "data-label": label, class: style || null }, ...children);
}

const more = (n) => (n > 0 ? h("div", { class: "muted" }, `and ${count(n)} more`) : null);

// Of each task its number, or from which to which its subjects go.
function taskLines(runs, report) {
  const values = runs.get(report, "values");
  const names = runs.get(report, "tasks");
  const lines = names.slice(0, SHOWN).map((task) => {
    const its = values.filter(([line]) => runs.lines[line][0] === task).sort((a, b) => a[1] - b[1]);
    const texts = its.length ? [...new Set([its[0][3], its.at(-1)[3]])].join(" … ") : "";
    const told = texts ? [" ", h("span", { class: "aside" }, visible(runs.lines[its[0][0]][2])), " ", h("span", { class: "value" }, texts)] : [];
    return h("div", null, visible(task), ...told);
  });
  return [...lines, more(runs.get(report, "n_tasks") - lines.length)];
}

function started(seconds) {
  return seconds === null ? "unknown" : `${new Date(seconds * 1000).toISOString().slice(0, 19).replace("T", " ")} UTC`;
}

function row(runs, report) {
  const get = (name) => runs.get(report, name);
  const outcome = get("outcome");
  const notes = [get("baseline_run_id") && `against ${get("baseline_run_id")}`, get("status") !== "finished" && get("status"), get("is_partial") && "partial"];
  const gates = Object.entries(get("verdicts")).map(([word, n]) => h("div", null, badge(word, `${count(n)} ${word}`)));
  const subjects = get("subjects");
  return h("tr", { role: "row" },
    td("Outcome", "narrow", badge(outcome, outcome === "none" ? "no gates" : outcome)),
    td("Started", "", started(get("started_at"))),
    td("Report", "", h("a", { href: encodeURIComponent(get("file")) }, visible(get("run_id"))),
      ...notes.filter(Boolean).map((note) => h("div", { class: "muted" }, visible(note)))),
    td("Gates", gates.length ? "" : "empty", ...gates),
    td("Tasks", "", ...taskLines(runs, report)),
    td("Subjects", "", ...subjects.slice(0, SHOWN).map((name) => h("div", null, visible(name))), more(subjects.length - SHOWN)),
    td("Commit", get("git_commit") ? "" : "empty", h("code", null, (get("git_commit") ?? "").slice(0, 7)), " ", h("span", { class: "muted" }, visible(get("git_branch") ?? ""))),
    td("Responses", "number", count(get("n_responses"))));
}

function draw(runs) {
  const { page, task } = runs.chosen;
  const shown = runs.found.slice(page * PAGE, (page + 1) * PAGE);
  document.getElementById("rows").replaceChildren(...shown.map((at) => row(runs, runs.reports[at])));
  const of = runs.found.length === runs.reports.length ? "" : ` of ${count(runs.reports.length)}`;
  document.getElementById("count").textContent = `${count(runs.found.length)}${of} report${runs.reports.length === 1 ? "" : "s"}`;
  const pages = Math.max(Math.ceil(runs.found.length / PAGE), 1);
  document.getElementById("pages").hidden = pages === 1;
  document.getElementById("page").textContent = `page ${count(page + 1)} of ${count(pages)}`;
  document.getElementById("previous").disabled = page === 0;
  document.getElementById("next").disabled = page >= pages - 1;
  for (const chip of document.querySelectorAll(".chip")) chip.setAttribute("aria-pressed", String(runs.chosen.outcome.has(chip.dataset.outcome)));
  showTrends(task);
}

// With one task chosen its lines alone are shown, those that were folded away too.
function showTrends(task) {
  const folded = document.getElementById("more-trends");
  for (const line of document.querySelectorAll("tr[data-task]")) line.hidden = Boolean(task) && line.dataset.task !== task;
  if (folded && task) folded.open = folded.querySelectorAll("tr[data-task]:not([hidden])").length > 0;
}

function keep(runs) {
  const { outcome, task, branch, q, page } = runs.chosen;
  const told = new URLSearchParams([...[...outcome].map((each) => ["outcome", each]), ["task", task], ["branch", branch], ["q", q], ["page", page ? String(page + 1) : ""]].filter(([, value]) => value));
  history.replaceState(null, "", told.size ? `#${told}` : location.pathname + location.search);
}

function take(runs) {
  const told = new URLSearchParams(location.hash.slice(1));
  const text = (name) => told.get(name) ?? "";
  Object.assign(runs.chosen, { outcome: new Set(told.getAll("outcome")), task: text("task"), branch: text("branch"), q: text("q"), page: Math.max((parseInt(text("page"), 10) || 1) - 1, 0) });
  for (const name of ["task", "branch"]) document.getElementById(name).value = runs.chosen[name];
  document.getElementById("search").value = runs.chosen.q;
}

function wire(runs) {
  const search = document.getElementById("search");
  const refresh = (changed) => {
    Object.assign(runs.chosen, { page: 0, ...changed });
    runs.filter();
    draw(runs);
    keep(runs);
  };
  for (const [name, field] of [["task", "tasks"], ["branch", "git_branch"]]) {
    const values = runs.counted(field);
    const select = document.getElementById(name);
    select.append(h("option", { value: "" }, "all"), ...values.map(([value, n]) => h("option", { value }, `${visible(value)} (${count(n)})`)));
    select.addEventListener("change", () => refresh({ [name]: select.value }));
    document.getElementById(`${name}-pick`).hidden = values.length < 2;
  }
  for (const chip of document.querySelectorAll(".chip")) {
    chip.addEventListener("click", () => {
      const outcome = new Set(runs.chosen.outcome);
      if (!outcome.delete(chip.dataset.outcome)) outcome.add(chip.dataset.outcome);
      refresh({ outcome });
    });
  }
  search.addEventListener("input", () => refresh({ q: search.value.trim() }));
  document.getElementById("filters").addEventListener("submit", (event) => event.preventDefault());
  for (const [id, step] of [["previous", -1], ["next", 1]]) {
    document.getElementById(id).addEventListener("click", () => {
      refresh({ page: runs.chosen.page + step });
      document.getElementById("runs").scrollIntoView();
    });
  }
  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || event.target.matches("input, select")) return;
    if (event.key === "/") { event.preventDefault(); search.focus(); search.select(); }
  });
  addEventListener("hashchange", () => { take(runs); runs.filter(); draw(runs); });
}

function start() {
  watchTheme();
  if (document.getElementById("rows")) {
    const runs = new Runs(JSON.parse(document.getElementById("reports").textContent));
    wire(runs);
    take(runs);
    runs.filter();
    draw(runs);
  }
  document.documentElement.dataset.ready = "";
}

document.addEventListener("DOMContentLoaded", start);
