// The payload of the page: JSON in one piece, or packed, its long texts in blocks of neighbouring rows.
async function readElement(element) {
  const text = element.textContent;
  element.textContent = "";
  if (element.type === "application/json") return JSON.parse(text);
  if (typeof DecompressionStream === "undefined") throw new Error("this browser cannot unpack the rows (it is older than 2023)");
  const stream = new Blob([bytesOf(text)]).stream().pipeThrough(new DecompressionStream("gzip"));
  return new Response(stream).json();
}

// Five signs for four bytes: evalkit/report/payload_blocks.py writes them.
function bytesOf(text) {
  const digit = (at) => { const sign = text.charCodeAt(at); return sign - 35 - (sign > 60 ? 1 : 0); };
  const bytes = new Uint8Array((text.length - 1) / 5 * 4);
  for (let from = 1, to = 0; from < text.length; from += 5, to += 4) {
    const word = (((digit(from) * 85 + digit(from + 1)) * 85 + digit(from + 2)) * 85 + digit(from + 3)) * 85 + digit(from + 4);
    bytes[to] = word >>> 24;
    bytes[to + 1] = word >>> 16;
    bytes[to + 2] = word >>> 8;
    bytes[to + 3] = word;
  }
  return bytes.subarray(0, bytes.length - digit(0));
}

// Blocks are unpacked when a row of theirs is drawn, and one after the other while the page is idle.
class Blocks {
  constructor(n) {
    this.found = new Array(n).fill(null);
    this.asked = new Map();
    this.missing = n;
    this.listeners = new Set();
  }

  ask(index) {
    if (this.found[index]) return this.found[index];
    if (!this.asked.has(index)) this.asked.set(index, this.read(index));
    return null;
  }

  async read(index) {
    this.found[index] = asColumns(await readElement(document.getElementById(`texts-${index}`)));
    this.missing--;
    for (const listener of this.listeners) listener();
  }

  async all() {
    for (let index = 0; index < this.found.length; index++) {
      this.ask(index);
      await this.asked.get(index);
    }
  }

  // After the first screen, so that a search finds everything unpacked and prepared.
  async whenIdle(prepare) {
    for (let index = 0; index < this.found.length; index++) {
      await new Promise((resolve) => (window.requestIdleCallback ?? setTimeout)(resolve, { timeout: 200 }));
      this.ask(index);
      await this.asked.get(index);
      prepare(index);
    }
    document.documentElement.dataset.whole = "";
    performance.mark("whole");
  }
}

// Rows as they are packed, to columns as the rest of the page has them.
function asColumns({ paths, rows }) {
  const tree = {};
  paths.forEach((path, k) => {
    const part = path.slice(0, -1).reduce((inner, name) => (inner[name] ??= {}), tree);
    part[path.at(-1)] = rows.map((row) => row[k]);
  });
  return tree;
}
