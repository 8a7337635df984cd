// The table of samples: filters and sorts indices, and says how a row is drawn.
const KINDS = [["loss", "Losses"], ["win", "Wins"], ["tie", "Ties"], ["new", "Unpaired"], ["fail", "Fails"], ["partial", "Partial"], ["pass", "Passes"], ["error", "Errors"]];
const RANK = { error: 0, loss: 1, win: 2, fail: 3, partial: 4, unscored: 5, new: 6, pass: 7, tie: 8 };
const NAMES = { unscored: "no score" };

// A search works in pieces of so many milliseconds, between which the page answers.
const PIECE_MS = 100;

class SampleTable {
  constructor(rows) {
    this.rows = rows;
    this.fields = fieldsOf(rows);
    this.state = freshState();
    this.columns = this.chooseColumns();
    this.flags = flagsOf(rows);
    this.known = new Set(KINDS.map(([kind]) => kind).filter((_, bit) => this.flags.some((flags) => flags & (1 << bit))));
    this.haystack = new Haystack(rows);
    this.ranks = new Map();
    this.orders = new Map();
    this.listeners = [];
    this.found = [];
    this.active = 0;
    this.open = null;
    this.turn = 0;
    this.view = new Viewport(this);
    this.drawHead();
  }

  chooseColumns() {
    const { rows } = this;
    const several = (name) => new Set(rows.evaluations.map((evaluation) => evaluation[name])).size > 1;
    const places = ["task", "subject"].filter(several);
    const any = (name) => rows.evaluations.some((e) => e.columns[name] || e.columns.base?.[name] || e.long?.includes(name));
    const isNumeric = rows.evaluations.every((e) => e.columns.id?.every((id) => /^-?\d+$/.test(id)));
    return [
      // What was compared stands before what it was compared with.
      { name: "outcome", title: "Outcome", key: (row) => RANK[rows.outcome(row)] + (rows.hasPairs && rows.get(row, "change") === null ? 0.5 : 0) },
      { name: "id", title: "Sample", key: (row) => (isNumeric ? Number(rows.get(row, "id")) : rows.get(row, "id")), text: (row) => brief(rows.get(row, "id"), 80) },
      places.length > 0 && { name: "place", title: places.length > 1 ? "Task, subject" : places[0] === "task" ? "Task" : "Subject", key: (row) => places.map((name) => rows.evaluation(row)[name]).join("\n"), parts: (row) => places.map((name) => brief(rows.evaluation(row)[name], 120)) },
      { name: "input", isLong: true, title: "Input", key: (row) => rows.get(row, "input"), text: (row) => brief(rows.get(row, "input")) },
      any("target") && { name: "target", isLong: true, title: "Target", key: (row) => asText(rows.get(row, "target")) || null, text: (row) => brief(rows.get(row, "target")) },
      rows.hasPairs && { name: "base", isLong: true, title: "Baseline output", key: (row) => rows.base(row, "output"), text: (row) => brief(rows.base(row, "output") ?? rows.base(row, "error")) },
      { name: "output", isLong: true, title: "Output", key: (row) => rows.get(row, "output"), text: (row) => brief(rows.get(row, "output") ?? rows.get(row, "error") ?? judgementError(rows, row)) },
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

  get openRow() { return this.open === null ? null : this.found[this.open]; }

  // Filter, sort and draw; how it stands is told to who listens. What is asked meanwhile wins.
  async refresh({ isSameStep = false } = {}) {
    const turn = ++this.turn;
    document.getElementById("samples-table").setAttribute("aria-busy", "true");
    this.close();
    for (const listener of this.listeners) listener({ isSameStep });
    const isFound = searchOf(this.state, this.haystack);
    this.fault = isFound instanceof Error ? isFound.message : null;
    const asksTexts = this.state.conditions.some(({ field }) => this.fields.find(({ name }) => name === field)?.kind === "text");
    if (asksTexts && this.rows.blocks.missing) await this.rows.blocks.all();
    const candidates = this.candidates();
    const matched = this.fault ? [] : await this.searched(candidates, isFound, turn);
    if (turn !== this.turn) return;
    const sorted = await this.sorted(this.tallied(matched));
    if (turn !== this.turn) return;
    this.show(sorted, false);
  }

  show(found, isPartial) {
    this.found = found;
    this.active = 0;
    this.view.clear();
    this.view.draw();
    this.drawChips();
    this.drawCount(isPartial);
  }

  // Rows of the wanted task and subject that meet all conditions, but for chips and search.
  candidates() {
    const { rows, state } = this;
    const owners = rows.evaluations.map(({ task, subject }) => (!state.task || task === state.task) && (!state.subject || subject === state.subject));
    const conditions = state.conditions.map((condition) => meets(this.fields, condition));
    const found = new Uint32Array(rows.total);
    let n = 0;
    for (let row = 0; row < rows.total; row++) {
      if (owners[rows.owner[row]] && conditions.every((isMet) => isMet(row))) found[n++] = row;
    }
    return found.subarray(0, n);
  }

  // Those in whose texts it is found.
  async searched(candidates, isFound, turn) {
    if (!isFound) return candidates;
    const { rows } = this;
    const found = [];
    let isShown = false;
    let end = performance.now() + PIECE_MS;
    for (let i = 0; i < candidates.length; i++) {
      const row = candidates[i];
      const wait = rows.isThere(row) ? null : rows.needed(row);
      if (wait) await wait;
      if (isFound(row)) found.push(row);
      if (i % 64 || performance.now() < end) continue;
      if (found.length && !isShown) this.show(this.tallied(Uint32Array.from(found)), true);
      isShown ||= found.length > 0;
      await breath();
      if (turn !== this.turn) break;
      end = performance.now() + PIECE_MS;
    }
    return Uint32Array.from(found);
  }

  // Rows of the kinds whose chips are pressed; how many there are of each kind is counted before.
  tallied(candidates) {
    const counts = new Uint32Array(KINDS.length);
    const wanted = KINDS.reduce((mask, [kind], bit) => mask | (this.state.kinds.has(kind) ? 1 << bit : 0), 0);
    const found = new Uint32Array(candidates.length);
    let n = 0;
    for (const row of candidates) {
      const flags = this.flags[row];
      for (let bit = 0; bit < KINDS.length; bit++) if (flags & (1 << bit)) counts[bit]++;
      if (!wanted || flags & wanted) found[n++] = row;
    }
    this.tally = Object.fromEntries(KINDS.map(([kind], bit) => [kind, counts[bit]]));
    return found.subarray(0, n);
  }

  async sorted(found) {
    const { sort, isDown } = this.state;
    const column = this.columns.find(({ name }) => name === sort) ?? this.fields.find(({ name }) => name === sort && sort) ?? this.columns[0];
    if ((column.isLong || column.kind === "text") && this.rows.blocks.missing) await this.rows.blocks.all();
    return inOrder(found, this.order(column, isDown));
  }

  // All rows in the order of a column, computed once.
  order(column, isDown) {
    const name = `${isDown ? "-" : ""}${column.name}`;
    if (!this.ranks.has(column.name)) this.ranks.set(column.name, ranksOf(column.key ?? column.read, this.rows.total));
    if (!this.orders.has(name)) this.orders.set(name, orderOf(this.ranks.get(column.name), isDown));
    return this.orders.get(name);
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
    const focused = chips.contains(document.activeElement) ? document.activeElement.dataset.kind : null;
    // Where nothing is scored, a row without a partner for its score has another answer.
    const named = (kind, name) => (kind === "new" && this.rows.evaluations.every(({ scorer }) => !scorer) ? "Other answers" : name);
    chips.replaceChildren(...KINDS.filter(([kind]) => this.known.has(kind)).map(([kind, name]) => h("button", {
      type: "button", class: "chip", "data-kind": kind, "aria-pressed": String(kinds.has(kind)),
      onclick: () => { kinds.has(kind) ? kinds.delete(kind) : kinds.add(kind); this.refresh(); },
    }, h("span", { class: kind }, icon(kind)), named(kind, name), h("span", { class: "n" }, count(this.tally[kind])))));
    if (focused) chips.querySelector(`[data-kind="${focused}"]`)?.focus();
  }

  drawCount(isPartial) {
    const { found, rows, fault } = this;
    const all = count(rows.total);
    const told = found.length === rows.total ? `${all} rows` : found.length ? `${count(found.length)} of ${all} rows` : `None of ${all} rows is like that.`;
    document.getElementById("count").textContent = fault ? `The pattern cannot be read: ${fault}` : isPartial ? `${count(found.length)} rows so far …` : told;
    document.getElementById("search").setAttribute("aria-invalid", String(Boolean(fault)));
    const table = document.getElementById("samples-table");
    table.setAttribute("aria-rowcount", found.length + 1);
    table.setAttribute("aria-busy", String(isPartial));
  }

  drawRow(row, position) {
    const outcome = this.rows.outcome(row);
    const opener = h("button", {
      type: "button", class: `opener ${outcome}`, tabindex: position === this.active ? "0" : "-1",
      "aria-expanded": "false", "aria-controls": `detail-${row}`, "data-position": position,
      "aria-label": `${NAMES[outcome] ?? outcome}, sample ${brief(this.rows.get(row, "id"), 80)}`,
    }, icon(outcome === "unscored" ? "none" : outcome), NAMES[outcome] ?? outcome);
    return h("tr", {
      class: "row", "aria-rowindex": position + 2, "data-row": row, "data-waits": !this.rows.isThere(row),
      onclick: (event) => { if (!getSelection().toString() || event.target.closest("button")) this.toggle(position); },
    }, h("td", { class: "c-outcome" }, opener), this.drawCells(row));
  }

  drawCells(row) { return this.columns.slice(1).map((column) => this.drawCell(column, row)); }

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
    const nothing = !this.rows.isThere(row) ? "…" : column.name === "output" ? h("span", { class: "unknown" }, "empty text") : "";
    return h("td", { class: `c-${column.name}${isError ? " fault" : ""}` },
      h("div", { class: column.name === "id" ? "id" : "clamp", dir: "auto", title: column.name === "id" ? text : null }, text || nothing));
  }

  opener(position) { return this.view.lines.get(position)?.querySelector(".opener") ?? null; }

  toggle(position) {
    const isOpen = this.open === position;
    this.close();
    this.focus(position);
    if (!isOpen) this.openAt(position);
    else this.tell({});
  }

  // Another sample in place of an open one is the same step of the history.
  async openAt(position, isSameStep = false) {
    const row = this.found[position];
    if (!this.rows.isThere(row)) await this.rows.needed(row);
    if (this.found[position] !== row) return;
    this.open = position;
    const line = this.view.lines.get(position);
    line.querySelector(".opener").setAttribute("aria-expanded", "true");
    line.classList.add("open");
    const close = () => { this.close(); this.focus(position); this.tell({}); };
    this.view.openDetail(buildDetail(this.rows, row, { close, go: (other) => this.goTo(other) }), row);
    this.tell({ isSameStep });
  }

  tell(step) { for (const listener of this.listeners) listener(step); }

  close() {
    if (this.open === null) return false;
    const line = this.view.lines.get(this.open);
    line?.classList.remove("open");
    line?.querySelector(".opener").setAttribute("aria-expanded", "false");
    this.view.closeDetail();
    this.open = null;
    return true;
  }

  focus(position) {
    this.opener(this.active)?.setAttribute("tabindex", "-1");
    this.active = position;
    this.view.reveal(position);
    const opener = this.opener(position);
    opener?.setAttribute("tabindex", "0");
    opener?.focus({ preventScroll: true });
    opener?.closest("tr").scrollIntoView({ block: "nearest" });
  }

  // Down or up by so many rows; an open detail goes along.
  move(step) {
    if (!this.found.length) return;
    const isInside = this.view.body.contains(document.activeElement);
    const target = Math.min(Math.max(this.active + (isInside ? step : 0), 0), this.found.length - 1);
    if (isInside && target === this.active) return;
    const wasOpen = this.close();
    this.focus(target);
    if (wasOpen) this.openAt(target, true);
  }

  // Opens a sample, and shows all where the filter leaves it out.
  async goTo(row) {
    let position = this.found.indexOf(row);
    if (position < 0) {
      this.state = freshState();
      await this.refresh({ isSameStep: true });
      position = this.found.indexOf(row);
    }
    const wasOpen = this.close();
    this.focus(position);
    await this.openAt(position, wasOpen);
  }
}

const breath = () => new Promise((resolve) => {
  const channel = new MessageChannel();
  channel.port1.onmessage = () => { channel.port1.close(); resolve(); };
  channel.port2.postMessage(null);
});

// For each row the kinds that it is of, one bit for each of KINDS.
function flagsOf(rows) {
  const flags = new Uint16Array(rows.total);
  for (let row = 0; row < rows.total; row++) {
    for (let bit = 0; bit < KINDS.length; bit++) if (rows.isKind(row, KINDS[bit][0])) flags[row] |= 1 << bit;
  }
  return flags;
}

// The place of each row's key among all keys, equal ones alike; -1 for what is unknown.
function ranksOf(key, total) {
  const keys = Array.from({ length: total }, (_, row) => { const found = key(row); return Array.isArray(found) ? found.join(", ") : found; });
  const different = [...new Set(keys)].filter((each) => each !== null);
  const isNumeric = different.every((each) => typeof each === "number");
  different.sort(isNumeric ? (a, b) => a - b : (a, b) => (a < b ? -1 : a > b ? 1 : 0));
  const places = new Map(different.map((each, place) => [each, place]));
  return Int32Array.from(keys, (each) => (each === null ? -1 : places.get(each)));
}

// Rows by their ranks, counted and not compared. What is unknown stands last either way, and equals as they come.
function orderOf(ranks, isDown) {
  const n = ranks.reduce((most, rank) => Math.max(most, rank), -1) + 1;
  const placeOf = (rank) => (rank < 0 ? n : isDown ? n - 1 - rank : rank);
  const next = new Uint32Array(n + 2);
  for (const rank of ranks) next[placeOf(rank) + 1]++;
  for (let place = 1; place < next.length; place++) next[place] += next[place - 1];
  const order = new Uint32Array(ranks.length);
  ranks.forEach((rank, row) => { order[next[placeOf(rank)]++] = row; });
  return order;
}

// These rows in the order of all.
function inOrder(found, order) {
  const isThere = new Uint8Array(order.length);
  for (const row of found) isThere[row] = 1;
  return order.filter((row) => isThere[row]);
}

function judgementError(rows, row) {
  for (const scorer in rows.evaluation(row).columns.scores ?? {}) {
    const error = rows.score(row, scorer, "error");
    if (error) return `${scorer}: ${error}`;
  }
  return null;
}

