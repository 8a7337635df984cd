// My items in their order, fetched ahead so that the next one is there at once.
import { Refused } from "./api.js";

const AHEAD = 8;
const AGAIN_MS = 1_000;

export class Items {
  #api;
  #outbox;
  #fetching = null;
  list = [];
  // How many of mine stand before list[0].
  first = 0;
  isAtEnd = false;

  constructor(api, outbox) {
    this.#api = api;
    this.#outbox = outbox;
  }

  get(index) { return this.list[index] ?? null; }

  // The first item that I have not said anything of, and those behind it; where there is none, the first of all.
  async start() {
    const open = await this.#api.get("/api/items?open=1&n=1");
    const page = open.items.length ? open : await this.#api.get(`/api/items?n=${AHEAD}`);
    this.first = (page.items[0]?.position ?? 1) - 1;
    this.#take(page);
    this.isAtEnd = !page.items.length;
    if (open.items.length) this.fill(0);
    return open.items.length > 0;
  }

  // The index of the next open item behind `index`, or of the first open one; null where none is known.
  nextOpen(index) {
    const isOpen = (item) => item.mine === null;
    const behind = this.list.findIndex((item, i) => i > index && isOpen(item));
    if (behind >= 0) return behind;
    if (!this.isAtEnd) return null;
    const any = this.list.findIndex(isOpen);
    return any >= 0 ? any : null;
  }

  // Make sure that items behind `index` are there or on their way; resolves when one batch has come.
  fill(index) {
    if (this.isAtEnd || this.list.length - 1 - index >= AHEAD / 2) return Promise.resolve();
    return this.more().catch(() => {});
  }

  // One batch more, whenever the server can be reached. Rejects with Refused.
  more() {
    this.#fetching ??= this.#more().finally(() => { this.#fetching = null; });
    return this.#fetching;
  }

  // The items before the first known one.
  async back() {
    if (this.first === 0 || !this.list.length) return 0;
    const before = this.list[0].item_id;
    const page = await this.#api.get(`/api/items?before=${encodeURIComponent(before)}&n=${AHEAD}`);
    const items = page.items.map((item) => this.#said(item));
    this.list.unshift(...items);
    this.first -= items.length;
    return items.length;
  }

  async #more() {
    const last = this.list[this.list.length - 1];
    const after = last ? `after=${encodeURIComponent(last.item_id)}&` : "";
    for (;;) {
      try {
        this.isAtEnd = this.#take(await this.#api.get(`/api/items?${after}n=${AHEAD}`)) === 0;
        return;
      } catch (error) {
        if (error instanceof Refused) throw error;
        await new Promise((resolve) => { setTimeout(resolve, AGAIN_MS); });
      }
    }
  }

  #take(page) {
    const known = new Set(this.list.map(({ item_id: id }) => id));
    const items = page.items.filter(({ item_id: id }) => !known.has(id)).map((item) => this.#said(item));
    this.list.push(...items);
    for (const item of items) fetchImages(item);
    return items.length;
  }

  // What waits in this browser is said, although the server does not know of it yet.
  #said(item) {
    const entry = this.#outbox.saidOf(item.item_id);
    const before = item.mine;
    if (entry) item.mine = entry.path.endsWith("undo") ? null : entry.body;
    // Whether this page counts it otherwise than the server does.
    item.nAhead = Number(item.mine !== null) - Number(before !== null);
    return item;
  }
}

function fetchImages(item) {
  const shown = [item.input, item.target, ...item.sides.map((side) => side.shown)].filter(Boolean);
  const parts = shown.flatMap(({ messages }) => messages.flatMap((message) => message.parts));
  for (const part of parts) if (part.type === "image") new Image().src = part.url;
}
