// Puts the parts together once the page is there.
function wireSearch(table) {
  const search = document.getElementById("search");
  let timer = 0;
  const look = async () => {
    clearTimeout(timer);
    if (table.state.query === search.value.trim()) return;
    // What is typed on is one step of the history, however many letters it has.
    const isSameStep = table.state.query !== "" && search.value.trim() !== "";
    table.state.query = search.value.trim();
    await table.refresh({ isSameStep });
  };
  search.addEventListener("input", () => {
    clearTimeout(timer);
    timer = setTimeout(look, table.rows.total > 5000 ? 180 : 40);
  });
  // Enter: now, and on to what was found.
  document.getElementById("filters").addEventListener("submit", async (event) => {
    event.preventDefault();
    await look();
    if (table.found.length) table.focus(0);
  });
  for (const button of document.querySelectorAll(".find")) {
    button.addEventListener("click", async () => {
      table.state = Object.assign(freshState(), { query: button.dataset.query });
      await table.refresh();
      document.getElementById("samples").scrollIntoView();
      table.focus(0);
    });
  }
}

function wireButtons(table) {
  const clear = () => { table.state = Object.assign(freshState(), { sort: table.state.sort, isDown: table.state.isDown }); table.refresh(); };
  document.getElementById("clear").addEventListener("click", () => { clear(); document.getElementById("search").focus(); });
  document.getElementById("pattern").addEventListener("click", () => {
    table.state.isPattern = !table.state.isPattern;
    table.refresh();
  });
  for (const button of document.querySelectorAll("[data-export]")) {
    button.addEventListener("click", async () => {
      button.disabled = true;
      await save(table, button.dataset.export);
      button.disabled = false;
      button.focus();
    });
  }
}

function wireKeys(table) {
  const search = document.getElementById("search");
  const isTyping = (target) => target.matches("input, select, textarea");
  const page = () => Math.max(Math.floor(table.view.box.clientHeight / table.view.height) - 2, 1);
  const press = (selector) => document.querySelector(selector)?.click();
  const keys = {
    "/": () => { search.focus(); search.select(); },
    f: () => document.getElementById("field").focus(),
    x: () => press("#clear:not([hidden])"),
    d: () => nextMode(table.view.detail),
    c: () => press(".pane .copy"),
  };
  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const isInside = table.view.body.contains(event.target) && !event.target.closest(".detail");
    if (event.key === "Escape") return escape(event, table, search);
    if (isTyping(event.target)) {
      if (event.target === search && event.key === "ArrowDown") { event.preventDefault(); table.focus(table.active); }
      return;
    }
    const inside = isInside ? { ArrowDown: 1, ArrowUp: -1, PageDown: page(), PageUp: -page(), Home: -Infinity, End: Infinity } : {};
    const step = { j: 1, k: -1, ...inside }[event.key];
    if (step) { event.preventDefault(); table.move(step); }
    else if (keys[event.key]) { event.preventDefault(); keys[event.key](); }
  });
}

function nextMode(detail) {
  const modes = [...(detail?.querySelectorAll("[data-mode]") ?? [])];
  const at = modes.findIndex((mode) => mode.getAttribute("aria-pressed") === "true");
  modes[(at + 1) % modes.length]?.click();
}

// First what is open, then the search, then the field: one key takes one step back.
async function escape(event, table, search) {
  const isInField = event.target === search;
  if (table.open !== null) {
    event.preventDefault();
    table.close();
    if (!isInField) table.focus(table.active);
    table.tell({});
  } else if (search.value) {
    event.preventDefault();
    search.value = "";
    table.state.query = "";
    await table.refresh();
    if (!isInField && table.found.length) table.focus(0);
  } else if (isInField) search.blur();
}

// The address follows what is shown, and what is shown follows the address: links, reload and back button.
async function wireAddress(table) {
  let isFollowing = false;
  const follow = async () => {
    const asked = readAddress(location.hash);
    if (!asked) return;
    isFollowing = true;
    table.state = asked.state;
    table.drawHead();
    await table.refresh();
    const row = asked.sample ? table.rows.find(asked.sample.task, asked.sample.subject, asked.sample.id, asked.sample.repeat) : null;
    if (location.hash.startsWith("#samples?")) document.getElementById("samples").scrollIntoView();
    if (row !== null) await table.goTo(row);
    else if (asked.sample) document.getElementById("count").textContent = `Sample ${visible(asked.sample.id)} is not in this report.`;
    isFollowing = false;
  };
  table.listeners.push(({ isSameStep = false }) => {
    if (!isFollowing) keepAddress(writeAddress(table.state, table.rows, table.openRow), isSameStep);
  });
  addEventListener("hashchange", follow);
  await follow();
  if (!readAddress(location.hash)) await table.refresh();
}

function drawTextDiffs() {
  for (const element of document.querySelectorAll("[data-diff]")) {
    const [before, after] = element.querySelectorAll("pre");
    const [left, right] = diffNodes(before.textContent, after.textContent);
    before.replaceChildren(...left);
    after.replaceChildren(...right);
  }
}

function openForPrint() {
  addEventListener("beforeprint", () => {
    for (const fold of document.querySelectorAll("details:not([open])")) {
      fold.open = true;
      addEventListener("afterprint", () => { fold.open = false; }, { once: true });
    }
  });
}

// The bar of sections stays at the top but where the samples fill the window.
function restOverSamples() {
  const [bar, samples] = [document.querySelector(".sections"), document.getElementById("samples")];
  if (!bar || !samples) return;
  const watch = new IntersectionObserver((seen) => bar.classList.toggle("rests", seen.at(-1).isIntersecting), { rootMargin: "0px 0px -60% 0px" });
  watch.observe(samples);
}

async function start() {
  watchTheme();
  restOverSamples();
  drawTextDiffs();
  openForPrint();
  const mount = document.getElementById("samples-body");
  if (!mount) return;
  try {
    const payload = await readElement(document.getElementById("payload"));
    const table = new SampleTable(new Rows(payload));
    const conditions = new Conditions(table);
    table.listeners.push(() => { showState(table); conditions.draw(); });
    fillPicker("task", payload.evaluations.map(({ task }) => task), table);
    fillPicker("subject", payload.evaluations.map(({ subject }) => subject), table);
    wireSearch(table);
    wireButtons(table);
    wireKeys(table);
    await wireAddress(table);
    document.documentElement.dataset.ready = "";
    performance.mark("ready");
    table.rows.blocks.whenIdle((index) => table.haystack.prepare(index));
  } catch (error) {
    document.getElementById("count").textContent = `The rows cannot be shown: ${error.message}. They are in the store: evalkit sql "SELECT * FROM responses".`;
  }
}

document.addEventListener("DOMContentLoaded", start);
