// One reviewer at work: which item is shown, what is said of it, and how it is taken back.
import { Refused } from "./api.js";
import { saidText } from "./choices.js";
import { Desk } from "./desk.js";
import { h } from "./dom.js";
import { finishNodes } from "./finish.js";
import { Panels } from "./panels.js";

export class Review {
  #session;
  #items;
  #outbox;
  #status;
  #main = document.getElementById("main");
  #panels = new Panels(document.getElementById("main"));
  #index = 0;
  #turn = 0;
  #said = [];
  #clock = new Clock();
  #nDone;
  all = null;

  constructor(session, items, outbox, status) {
    this.#session = session;
    this.#items = items;
    this.#outbox = outbox;
    this.#status = status;
    this.#nDone = session.n_done + items.list.reduce((sum, item) => sum + item.nAhead, 0);
    this.desk = new Desk(document.getElementById("desk"), session, {
      say: (choice, values) => this.say(choice, values), skip: () => this.skip(), undo: () => this.undo(),
      move: (step) => this.move(step), toggle: (name) => this.toggle(name),
    });
  }

  get item() { return this.#items.get(this.#index); }

  // The first item that is open; where none is, the end.
  start(isOpen) {
    this.progress();
    return isOpen ? this.#advance(-1) : this.#go(this.#items.list.length);
  }

  progress() { this.#status.progress(this.#nDone, this.all); }

  say(choice, values) {
    const item = this.item;
    if (!item) return;
    const body = {
      review_id: crypto.randomUUID(), item_id: item.item_id, label: choice?.label ?? meanOf(values), values,
      comment: this.desk.comment.value.trim() || null, seconds: this.#clock.seconds,
    };
    this.#said.push(body);
    this.#become(item, body);
    this.desk.clearDraft(item);
    this.#outbox.add("/api/reviews", body, item.item_id);
    this.#aloud(`${saidText(body)}.`);
    this.#advance(this.#index);
  }

  skip() { this.say({ label: "skip" }, null); }

  // What was said last on this page; after a reload, what is said of the item that is shown.
  undo() {
    const last = this.#said.pop() ?? this.item?.mine;
    if (!last) return this.#aloud("Nothing to undo.");
    const index = this.#items.list.findIndex((item) => item.item_id === last.item_id);
    this.#outbox.add("/api/undo", { review_id: last.review_id }, last.item_id);
    this.#become(this.#items.get(index), null);
    this.#aloud("Undone.");
    return this.#go(index);
  }

  async move(step) {
    if (this.#index + step >= 0) {
      const turn = ++this.#turn;
      if (step > 0 && this.#index + step >= this.#items.list.length && !(await this.#more(turn))) return;
      this.#go(Math.min(this.#index + step, this.#items.list.length));
      return;
    }
    const n = await this.#items.back().catch(() => 0);
    if (n) { this.#index += n; this.#go(this.#index - 1); } else this.#aloud("This is the first item.");
  }

  toggle(name) {
    if (!this.item) return;
    if (name === "diff" && this.item.sides.length === 2) this.#panels.isDiffShown = !this.#panels.isDiffShown;
    if (name === "written") this.#panels.asWritten = !this.#panels.asWritten;
    this.#showToggles();
    this.#panels.redraw();
  }

  scroll(direction) { if (this.item) this.#panels.scroll(direction); }

  leaveComment() { this.#focusHead(); }

  keepComment() { if (!this.desk.keep.hidden) this.desk.keep.click(); else this.leaveComment(); }

  // True where the key means something here.
  press(key) {
    const own = { s: () => this.skip(), u: () => this.undo(), j: () => this.move(1), k: () => this.move(-1), n: () => this.#advance(this.#index),
      m: () => this.toggle("written"), d: () => this.toggle("diff"), c: () => this.desk.comment.focus() }[key];
    if (key === "u" || key === "k" || (own && this.item)) { own(); return true; }
    return this.item !== null && this.desk.press(key);
  }

  keptChanged(outbox) {
    const element = document.getElementById("finish-kept");
    if (element && outbox.state === "kept") element.textContent = "All are kept; you can close this page.";
  }

  #become(item, review) {
    this.#nDone += Number(review !== null) - Number(item.mine !== null);
    item.mine = review;
    this.progress();
  }

  async #advance(from) {
    const turn = ++this.#turn;
    for (;;) {
      const next = this.#items.nextOpen(from);
      if (next !== null) return this.#go(next);
      if (this.#items.isAtEnd) return this.#go(this.#items.list.length);
      if (!(await this.#more(turn))) return undefined;
    }
  }

  // False where the reader went elsewhere meanwhile, or the server said no.
  async #more(turn) {
    if (this.#items.isAtEnd) return true;
    const wait = setTimeout(() => this.#note("Fetching the next item. Where the server is out of reach it comes when that is back."), 300);
    try {
      await this.#items.more();
    } catch (error) {
      if (!(error instanceof Refused)) throw error;
      this.#note(`The next item cannot be shown: ${error.message}`);
      return false;
    } finally {
      clearTimeout(wait);
    }
    return turn === this.#turn;
  }

  #go(index) {
    this.#turn += 1;
    this.#index = index;
    const item = this.item;
    document.getElementById("desk").hidden = !item;
    if (!item) return this.#finish();
    this.#panels.show(item, this.#heading(item));
    this.desk.show(item, { isPair: item.sides.length === 2, hasFormats: this.#panels.hasFormats });
    this.#showToggles();
    this.#clock.start();
    this.#items.fill(index);
    this.#aloud(`Item ${this.#place} of ${this.#session.n_total}.`, true);
    return this.#keepFocus();
  }

  get #place() { return this.#items.first + this.#index + 1; }

  #heading(item) {
    const said = item.mine ? h("span", { class: "mine" }, "You said: ", h("b", null, saidText(item.mine))) : null;
    return h("div", { class: "item-line" }, h("h2", { id: "item-head", tabindex: "-1" }, `Item ${this.#place} of ${this.#session.n_total}`),
      h("span", { class: "id muted" }, item.sample_id), said);
  }

  #finish() {
    const nSkipped = this.#items.list.filter((item) => item.mine?.label === "skip").length;
    this.#main.removeAttribute("aria-busy");
    delete this.#main.dataset.kind;
    this.#main.replaceChildren(...finishNodes({
      session: this.#session, nSkipped, nDone: this.#nDone, isAllKept: this.#outbox.state === "kept",
      onBack: () => this.move(-1), onUndo: () => this.undo(),
    }));
    this.#aloud("That was the last one.", true);
    this.#focusHead();
  }

  #note(text) {
    this.#main.replaceChildren(h("h2", { id: "item-head", tabindex: "-1" }, "One moment"), h("p", null, text));
    this.#aloud(text);
  }

  #showToggles() {
    this.desk.setToggle("written", this.#panels.asWritten);
    this.desk.setToggle("diff", this.#panels.isDiffShown);
  }

  // Who presses a button again and again stays on it; everybody else begins to read.
  #keepFocus() {
    if (!document.activeElement?.closest("#desk") || document.activeElement.id === "comment") this.#focusHead();
  }

  #focusHead() { document.getElementById("item-head")?.focus({ preventScroll: true }); }

  #aloud(text, isMore = false) {
    const said = document.getElementById("said");
    said.textContent = isMore ? `${said.textContent} ${text}`.trim() : text;
  }
}

// Seconds that an item was in view: a page in the background is not read.
class Clock {
  #total = 0;
  #since = null;

  constructor() {
    document.addEventListener("visibilitychange", () => { if (document.hidden) this.#stop(); else this.#since = performance.now(); });
  }

  start() {
    this.#total = 0;
    this.#since = document.hidden ? null : performance.now();
  }

  get seconds() {
    const running = this.#since === null ? 0 : performance.now() - this.#since;
    return Math.round((this.#total + running) / 100) / 10;
  }

  #stop() {
    if (this.#since !== null) this.#total += performance.now() - this.#since;
    this.#since = null;
  }
}

function meanOf(values) {
  const numbers = Object.values(values);
  return String(Math.round((numbers.reduce((sum, value) => sum + value, 0) / numbers.length) * 1000) / 1000);
}
