// The table of samples: filters and sorts indices, draws one page of rows.
const PAGE_SIZE = 50;
const KINDS = [["loss", "Losses"], ["win", "Wins"], ["tie", "Ties"], ["new", "Unpaired"], ["fail", "Fails"], ["partial", "Partial"], ["pass", "Passes"], ["error", "Errors"]];
const RANK = { error: 0, loss: 1, win: 2, fail: 3, partial: 4, unscored: 5, new: 6, pass: 7, tie: 8 };
const NAMES = { unscored: "no score" };

class SampleTable {
  constructor(rows) {
    this.rows = rows;
    this.state = { query: "", kinds: new Set(), task: "", subject: "", sort: null, isDown: false, page: 0 };
    this.columns = this.chooseColumns();
    this.active = 0;
    this.openRow = null;
    this.body = document.getElementById("samples-body");
    this.drawHead();
    this.refresh();
  }

  chooseColumns() {
    const { rows } = this;
    const several = (name) => new Set(rows.evaluations.map((evaluation) => evaluation[name])).size > 1;
    const places = ["task", "subject"].filter(several);
    const any = (name) => rows.evaluations.some((e) => e.columns[name] || e.columns.base?.[name]);
    const isNumeric = rows.evaluations.every((e) => e.columns.id?.every((id) => /^-?\d+$/.test(id)));
    return [
      { name: "outcome", title: "Outcome", key: (row) => RANK[rows.outcome(row)] },
      { name: "id", title: "Sample", key: (row) => (isNumeric ? Number(rows.get(row, "id")) : rows.get(row, "id")), text: (row) => brief(rows.get(row, "id"), 80) },
      places.length > 0 && { name: "place", title: places.length > 1 ? "Task, subject" : places[0] === "task" ? "Task" : "Subject", key: (row) => places.map((name) => rows.evaluation(row)[name]).join("\n"), parts: (row) => places.map((name) => brief(rows.evaluation(row)[name], 120)) },
      { name: "input", title: "Input", key: (row) => rows.get(row, "input"), text: (row) => brief(rows.get(row, "input")) },
      any("target") && { name: "target", title: "Target", key: (row) => asText(rows.get(row, "target")) || null, text: (row) => brief(rows.get(row, "target")) },
      rows.hasPairs && { name: "base", title: "Baseline output", key: (row) => rows.base(row, "output"), text: (row) => brief(rows.base(row, "output") ?? rows.base(row, "error")) },
      { name: "output", title: "Output", key: (row) => rows.get(row, "output"), text: (row) => brief(rows.get(row, "output") ?? rows.get(row, "error") ?? judgementError(rows, row)) },
      { name: "value", title: "Score", isNumber: true, key: (row) => rows.value(row), text: (row) => this.scoreText(row) },
      any("latency_s") && { name: "latency", title: "Latency", isNumber: true, isDown: true, key: (row) => rows.get(row, "latency_s"), text: (row) => seconds(rows.get(row, "latency_s")) },
      any("completion_tokens") && { name: "tokens", title: "Tokens", isNumber: true, isDown: true, key: (row) => rows.tokens(row), text: (row) => rows.tokens(row) === null ? null : count(rows.tokens(row)) },
      any("cost_usd") && { name: "cost", title: "Cost", isNumber: true, isDown: true, key: (row) => rows.get(row, "cost_usd"), text: (row) => dollars(rows.get(row, "cost_usd")) },
    ].filter(Boolean);
  }

  scoreText(row) {
    const now = plainValue(this.rows.value(row)) ?? "–";
    const before = plainValue(this.rows.value(row, true));
    return before === null || before === now ? now : `${before} → ${now}`;
  }

  refresh() {
    const { rows, state } = this;
    const pattern = state.query ? wordPattern(state.query) : null;
    const tally = Object.fromEntries(KINDS.map(([kind]) => [kind, 0]));
    const found = [];
    for (let row = 0; row < rows.total; row++) {
      const { task, subject } = rows.evaluation(row);
      if ((state.task && task !== state.task) || (state.subject && subject !== state.subject)) continue;
      if (pattern && !rows.matches(row, pattern)) continue;
      let isWanted = state.kinds.size === 0;
      for (const [kind] of KINDS) {
        if (!rows.isKind(row, kind)) continue;
        tally[kind]++;
        if (state.kinds.has(kind)) isWanted = true;
      }
      if (isWanted) found.push(row);
    }
    this.found = this.sorted(found);
    this.tally = tally;
    this.active = 0;
    state.page = 0;
    this.close();
    this.drawChips();
    this.draw();
  }

  sorted(found) {
    const { sort, isDown } = this.state;
    const column = this.columns.find(({ name }) => name === (sort ?? "outcome"));
    const keys = new Map(found.map((row) => [row, column.key(row)]));
    const direction = isDown ? -1 : 1;
    return found.sort((left, right) => {
      const a = keys.get(left);
      const b = keys.get(right);
      if (a === b) return left - right;
      if (a === null || b === null) return a === null ? 1 : -1;
      return a < b ? -direction : direction;
    });
  }

  sortBy(column) {
    const { state } = this;
    const first = Boolean(column.isDown);
    if (state.sort !== column.name) Object.assign(state, { sort: column.name, isDown: first });
    else if (state.isDown === first) state.isDown = !first;
    else Object.assign(state, { sort: null, isDown: false });
    this.drawHead();
    this.refresh();
  }

  drawHead() {
    const { sort, isDown } = this.state;
    const cells = this.columns.map((column) => {
      const isSorted = column.name === (sort ?? "outcome");
      return h("th", { scope: "col", class: `c-${column.name}${column.isNumber ? " num" : ""}`, "aria-sort": isSorted ? (isDown ? "descending" : "ascending") : null },
        h("button", { type: "button", "data-sort": column.name, onclick: () => this.sortBy(column) }, column.title));
    });
    const head = document.getElementById("samples-head");
    const focused = head.contains(document.activeElement) ? document.activeElement.dataset.sort : null;
    head.replaceChildren(...cells);
    if (focused) head.querySelector(`[data-sort="${focused}"]`).focus();
  }

  drawChips() {
    const { kinds } = this.state;
    const chips = document.getElementById("chips");
    this.known ??= new Set(KINDS.map(([kind]) => kind).filter((kind) => this.tally[kind]));
    const focused = chips.contains(document.activeElement) ? document.activeElement.dataset.kind : null;
    chips.replaceChildren(...KINDS.filter(([kind]) => this.known.has(kind)).map(([kind, name]) => h("button", {
      type: "button", class: "chip", "data-kind": kind, "aria-pressed": String(kinds.has(kind)),
      onclick: () => { kinds.has(kind) ? kinds.delete(kind) : kinds.add(kind); this.refresh(); },
    }, h("span", { class: kind }, icon(kind)), name, h("span", { class: "n" }, count(this.tally[kind])))));
    if (focused) chips.querySelector(`[data-kind="${focused}"]`)?.focus();
  }

  get pageRows() { return this.found.slice(this.state.page * PAGE_SIZE, (this.state.page + 1) * PAGE_SIZE); }

  draw() {
    const { found, rows, state } = this;
    this.body.replaceChildren(...this.pageRows.map((row, i) => this.drawRow(row, i)));
    const all = count(rows.total);
    document.getElementById("count").textContent = found.length === rows.total ? `${all} rows` : found.length ? `${count(found.length)} of ${all} rows` : `None of ${all} rows is like that.`;
    document.getElementById("samples-table").setAttribute("aria-rowcount", found.length + 1);
    const pages = Math.max(Math.ceil(found.length / PAGE_SIZE), 1);
    document.getElementById("pages").hidden = pages === 1;
    document.getElementById("page").textContent = `${count(state.page * PAGE_SIZE + 1)} to ${count(Math.min((state.page + 1) * PAGE_SIZE, found.length))} of ${count(found.length)}`;
    document.getElementById("previous").disabled = state.page === 0;
    document.getElementById("next").disabled = state.page >= pages - 1;
  }

  drawRow(row, position) {
    const outcome = this.rows.outcome(row);
    const opener = h("button", {
      type: "button", class: `opener ${outcome}`, tabindex: position === this.active ? "0" : "-1",
      "aria-expanded": "false", "aria-controls": `detail-${row}`, "data-position": position,
      "aria-label": `${NAMES[outcome] ?? outcome}, sample ${brief(this.rows.get(row, "id"), 80)}`,
    }, icon(outcome === "unscored" ? "none" : outcome), NAMES[outcome] ?? outcome);
    const cells = this.columns.slice(1).map((column) => this.drawCell(column, row));
    return h("tr", {
      class: "row", "aria-rowindex": this.state.page * PAGE_SIZE + position + 2, "data-row": row,
      onclick: (event) => { if (!getSelection().toString() || event.target.closest("button")) this.toggle(position); },
    }, h("td", { class: "c-outcome" }, opener), cells);
  }

  drawCell(column, row) {
    if (column.parts) {
      const [first, second] = column.parts(row);
      return h("td", { class: "c-place" }, h("div", { title: first }, first), second ? h("div", { class: "muted", title: second }, second) : null);
    }
    const text = column.text(row);
    if (column.isNumber) {
      const unknown = column.name === "cost" ? "unknown" : h("span", { title: "unknown" }, "–");
      return h("td", { class: `c-${column.name} num${text === null ? " unknown" : ""}` }, text ?? unknown);
    }
    const isError = column.name === "output" && this.rows.get(row, "status") === "error";
    return h("td", { class: `c-${column.name}${isError ? " fault" : ""}` },
      h("div", { class: column.name === "id" ? "id" : "clamp", dir: "auto", title: column.name === "id" ? text : null },
        text || (column.name === "output" ? h("span", { class: "unknown" }, "empty text") : "")));
  }

  opener(position) { return this.body.querySelector(`button[data-position="${position}"]`); }

  toggle(position) {
    const row = this.pageRows[position];
    const isOpen = this.openRow === row;
    this.close();
    this.focus(position);
    if (!isOpen) this.open(position);
  }

  open(position) {
    const row = this.pageRows[position];
    const opener = this.opener(position);
    const line = opener.closest("tr");
    const close = () => { this.close(); this.focus(position); };
    this.openRow = row;
    opener.setAttribute("aria-expanded", "true");
    line.classList.add("open");
    line.after(h("tr", { class: "detail", id: `detail-${row}` }, h("td", { colspan: this.columns.length }, buildDetail(this.rows, row, close))));
    reveal(line, line.nextElementSibling);
  }

  close() {
    if (this.openRow === null) return false;
    this.openRow = null;
    this.body.querySelector("tr.detail")?.remove();
    const line = this.body.querySelector("tr.open");
    line?.classList.remove("open");
    line?.querySelector(".opener").setAttribute("aria-expanded", "false");
    return true;
  }

  focus(position) {
    this.opener(this.active)?.setAttribute("tabindex", "-1");
    this.active = position;
    const opener = this.opener(position);
    opener?.setAttribute("tabindex", "0");
    opener?.focus({ preventScroll: true });
    opener?.closest("tr").scrollIntoView({ block: "nearest" });
  }

  // Down or up by one row, over the edge of the page too; an open detail goes along.
  move(step) {
    if (!this.found.length) return;
    const isInside = this.body.contains(document.activeElement);
    const target = isInside ? this.state.page * PAGE_SIZE + this.active + step : this.state.page * PAGE_SIZE + this.active;
    if (target < 0 || target >= this.found.length) return;
    const wasOpen = this.close();
    this.turnTo(Math.floor(target / PAGE_SIZE));
    this.focus(target % PAGE_SIZE);
    if (wasOpen) this.open(target % PAGE_SIZE);
  }

  turnTo(page) {
    if (page === this.state.page) return;
    this.close();
    this.state.page = page;
    this.active = 0;
    this.draw();
  }
}

// The text as it is typed, whatever white space stands between its words: rows are drawn with it folded.
function wordPattern(query) {
  return new RegExp(query.replace(/[.*+?^${}()|[\]\\]/g, "\\$&").replace(/\s+/g, "\\s+"), "i");
}

// The opened row and its detail: whole where they fit, else from the row on.
function reveal(line, detail) {
  const room = innerHeight - parseFloat(getComputedStyle(document.documentElement).scrollPaddingTop || 0);
  const height = detail.getBoundingClientRect().bottom - line.getBoundingClientRect().top;
  if (height > room) line.scrollIntoView({ block: "start" });
  else detail.scrollIntoView({ block: "nearest" });
}

function judgementError(rows, row) {
  for (const scorer in rows.evaluation(row).columns.scores ?? {}) {
    const error = rows.score(row, scorer, "error");
    if (error) return `${scorer}: ${error}`;
  }
  return null;
}

