// The rows that can be seen, out of any number: those of the window that scrolls, the one with the focus and
// the open one. All others are gaps of their height. A row that stays keeps its element, and so its focus.
const OVERSCAN = 12;

class Viewport {
  constructor(table) {
    this.table = table;
    this.box = document.getElementById("samples-box");
    this.body = document.getElementById("samples-body");
    this.lines = new Map();
    this.height = 53;
    this.span = table.columns.length;
    this.detail = null;
    this.detailHeight = 0;
    this.isAsked = false;
    this.box.addEventListener("scroll", () => this.later());
    this.watch = new ResizeObserver(() => this.measure());
    this.watch.observe(this.box);
    table.rows.blocks.listeners.add(() => this.later());
  }

  later() {
    if (this.isAsked) return;
    this.isAsked = true;
    requestAnimationFrame(() => { this.isAsked = false; this.draw(); });
  }

  clear() {
    this.lines.clear();
    this.body.replaceChildren();
    this.closeDetail();
    this.box.scrollTop = 0;
  }

  get head() { return document.getElementById("samples-head").offsetHeight; }

  top(position) {
    const { open } = this.table;
    return position * this.height + (open !== null && position > open ? this.detailHeight : 0);
  }

  positionAt(y) {
    const { open } = this.table;
    const end = open === null ? Infinity : (open + 1) * this.height;
    if (y < end) return Math.floor(y / this.height);
    return Math.max(open, Math.floor((y - this.detailHeight) / this.height));
  }

  wanted() {
    const { found, active, open } = this.table;
    const last = Math.min(this.positionAt(this.box.scrollTop + Math.max(this.box.clientHeight, 600)) + OVERSCAN, found.length - 1);
    const first = Math.max(Math.min(this.positionAt(this.box.scrollTop) - OVERSCAN, last), 0);
    const positions = new Set([active, open].filter((position) => position !== null && position < found.length));
    for (let position = first; position <= last; position++) positions.add(position);
    return [...positions].sort((a, b) => a - b);
  }

  draw() {
    const { table } = this;
    const positions = this.wanted();
    const lines = new Map();
    const nodes = [];
    let next = 0;
    const gap = (until) => { if (until > next) nodes.push(gapOf((until - next) * this.height, this.span)); };
    for (const position of positions) {
      gap(position);
      lines.set(position, this.line(position));
      nodes.push(lines.get(position));
      if (position === table.open && this.detail) nodes.push(this.detail);
      next = position + 1;
    }
    gap(table.found.length);
    if (this.detail) this.detail.firstElementChild.colSpan = this.span;
    this.lines = lines;
    patch(this.body, nodes);
    this.measure();
  }

  line(position) {
    const row = this.table.found[position];
    const line = this.lines.get(position);
    if (!line) return this.table.drawRow(row, position);
    if ("waits" in line.dataset && this.table.rows.isThere(row)) {
      delete line.dataset.waits;
      line.replaceChildren(line.firstElementChild, ...this.table.drawCells(row));
    }
    return line;
  }

  // Rows are of one height in every window; how high, and which columns there are, is for the style sheet to say.
  // A cell over more columns than are shown would take their width from the others.
  measure() {
    const span = [...document.getElementById("samples-head").children].filter((cell) => cell.offsetWidth).length || 1;
    const line = this.body.querySelector("tr.row");
    const height = line?.getBoundingClientRect().height || this.height;
    const detailHeight = this.detail?.getBoundingClientRect().height ?? 0;
    if (span === this.span && Math.abs(height - this.height) < 0.01 && Math.abs(detailHeight - this.detailHeight) < 0.5) return;
    Object.assign(this, { height, detailHeight, span });
    this.later();
  }

  openDetail(pane, row) {
    this.detail = h("tr", { class: "detail", id: `detail-${row}` }, h("td", { colspan: this.span }, pane));
    this.draw();
    this.detailHeight = this.detail.getBoundingClientRect().height;
    this.watch.observe(pane);
    this.reveal(this.table.open);
  }

  closeDetail() {
    if (!this.detail) return;
    this.watch.unobserve(this.detail.querySelector(".pane"));
    this.detail.remove();
    Object.assign(this, { detail: null, detailHeight: 0 });
  }

  // A row, with its detail where it is open: whole where it fits, else from the row on.
  reveal(position) {
    const { box } = this;
    const room = box.clientHeight - this.head;
    const top = this.top(position);
    const height = this.height + (position === this.table.open ? this.detailHeight : 0);
    if (top < box.scrollTop || height > room) box.scrollTop = top;
    else if (top + height > box.scrollTop + room) box.scrollTop = top + height - room;
    this.draw();
    box.scrollIntoView({ block: "nearest" });
  }
}

function gapOf(height, span) {
  const gap = h("tr", { class: "gap", "aria-hidden": "true" }, h("td", { colspan: span }));
  gap.style.height = `${height}px`;
  return gap;
}

// The children in this order; what is there already is not touched: an element that moves loses the focus.
function patch(parent, nodes) {
  const kept = new Set(nodes);
  for (const child of [...parent.children]) if (!kept.has(child)) child.remove();
  let at = parent.firstElementChild;
  for (const node of nodes) {
    if (node === at) at = at.nextElementSibling;
    else parent.insertBefore(node, at);
  }
}
