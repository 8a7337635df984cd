// What was said and is not kept yet. Each entry lies in localStorage, under a key of its own so that two tabs
// lose nothing to each other, until the server has acknowledged it. Entries are sent one by one, in their order;
// sent twice they count once, because the server knows their id.
import { OutOfReach, SignedOut } from "./api.js";

const FIRST_WAIT_MS = 300;
const LONGEST_WAIT_MS = 5_000;

export class Outbox {
  #post;
  #prefix;
  #onChange;
  #entries;
  #timer = null;
  #isSending = false;
  #nFailed = 0;
  #nAdded = 0;
  // "kept" (nothing waits), "sending", "waiting" (out of reach, sent again by itself), "closed" (signed out).
  state = "kept";
  // Whether this browser keeps what waits when the page is closed.
  isStored = true;

  constructor(post, project, reviewer, onChange) {
    this.#post = post;
    this.#prefix = `evalkit-review/${project}/${reviewer}/`;
    this.#onChange = onChange;
    this.#entries = this.#stored();
    addEventListener("online", () => this.sendNow());
    document.addEventListener("visibilitychange", () => document.hidden || this.sendNow());
  }

  get waiting() { return this.#entries.filter((entry) => !entry.refusal); }

  get refused() { return this.#entries.filter((entry) => entry.refusal); }

  // The labels that are on their way, by item: what a reload must show as said.
  saidOf(itemId) {
    const own = this.waiting.filter((entry) => entry.item_id === itemId);
    return own.length ? own[own.length - 1] : null;
  }

  add(path, body, itemId) {
    const order = `${String(Date.now()).padStart(15, "0")}-${String(this.#nAdded++).padStart(6, "0")}`;
    const entry = { key: `${this.#prefix}${order}-${crypto.randomUUID()}`, path, body, item_id: itemId };
    this.#entries.push(entry);
    this.#store(entry);
    this.sendNow();
    return entry;
  }

  discardRefused() {
    for (const entry of this.refused) this.#forget(entry);
    this.#tell();
  }

  sendNow() {
    clearTimeout(this.#timer);
    this.#timer = null;
    if (!this.#isSending) this.#sendAll();
  }

  async #sendAll() {
    this.#isSending = true;
    while (this.waiting.length) {
      this.#become(this.#nFailed ? this.state : "sending");
      const entry = this.waiting[0];
      try {
        await this.#post(entry.path, entry.body);
        this.#nFailed = 0;
        this.#forget(entry);
      } catch (error) {
        if (error instanceof OutOfReach) { this.#later("waiting"); break; }
        if (error instanceof SignedOut) { this.#later("closed"); break; }
        entry.refusal = error.message;
        this.#store(entry);
      }
    }
    this.#isSending = false;
    if (!this.waiting.length) this.#become("kept");
  }

  #later(state) {
    const wait = Math.min(FIRST_WAIT_MS * 2 ** this.#nFailed++, LONGEST_WAIT_MS);
    this.#timer = setTimeout(() => this.sendNow(), wait);
    this.#become(state);
  }

  #become(state) {
    this.state = state;
    this.#tell();
  }

  #tell() { this.#onChange(this); }

  #forget(entry) {
    this.#entries = this.#entries.filter((other) => other !== entry);
    try { localStorage.removeItem(entry.key); } catch { /* it was never there */ }
  }

  #store(entry) {
    try { localStorage.setItem(entry.key, JSON.stringify(entry)); } catch { this.isStored = false; }
  }

  #stored() {
    try {
      const keys = Object.keys(localStorage).filter((key) => key.startsWith(this.#prefix)).sort();
      return keys.map((key) => JSON.parse(localStorage.getItem(key)));
    } catch {
      this.isStored = false;
      return [];
    }
  }
}
