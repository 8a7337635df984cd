// Puts the parts together once the page is there.
function fillPicker(name, values, table) {
  const unique = [...new Set(values)];
  if (unique.length < 2) return;
  const select = document.getElementById(name);
  select.append(h("option", { value: "" }, "all"), ...unique.map((value) => h("option", { value }, brief(value, 120))));
  select.addEventListener("change", () => { table.state[name] = select.value; table.refresh(); });
  document.getElementById(`${name}-pick`).hidden = false;
}

function wireSearch(table) {
  const search = document.getElementById("search");
  let timer = 0;
  const look = () => {
    clearTimeout(timer);
    if (table.state.query === search.value.trim()) return;
    table.state.query = search.value.trim();
    table.refresh();
  };
  search.addEventListener("input", () => {
    clearTimeout(timer);
    timer = setTimeout(look, table.rows.total > 5000 ? 180 : 40);
  });
  // Enter: now, and on to what was found.
  document.getElementById("filters").addEventListener("submit", (event) => {
    event.preventDefault();
    look();
    if (table.found.length) table.focus(0);
  });
  for (const button of document.querySelectorAll(".find")) {
    button.addEventListener("click", () => {
      search.value = button.dataset.query;
      table.state.query = search.value;
      table.refresh();
      document.getElementById("samples").scrollIntoView();
      table.focus(0);
    });
  }
}

function wireKeys(table) {
  const search = document.getElementById("search");
  const isTyping = (target) => target.matches("input, select, textarea");
  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const isInside = table.body.contains(event.target) && !event.target.closest(".detail");
    if (event.key === "Escape") return escape(event, table, search);
    if (isTyping(event.target)) {
      if (event.target === search && event.key === "ArrowDown") { event.preventDefault(); table.focus(0); }
      return;
    }
    const step = { j: 1, k: -1, ...(isInside ? { ArrowDown: 1, ArrowUp: -1 } : {}) }[event.key];
    if (step) { event.preventDefault(); table.move(step); }
    else if (event.key === "/") { event.preventDefault(); search.focus(); search.select(); }
  });
}

// First what is open, then the search, then the field: one key takes one step back.
function escape(event, table, search) {
  const isInField = event.target === search;
  if (table.openRow !== null) {
    event.preventDefault();
    table.close();
    if (!isInField) table.focus(table.active);
  } else if (search.value) {
    event.preventDefault();
    search.value = "";
    table.state.query = "";
    table.refresh();
    if (!isInField) table.focus(0);
  } else if (isInField) search.blur();
}

function wirePages(table) {
  const turn = (step) => {
    table.turnTo(table.state.page + step);
    document.getElementById("samples-table").scrollIntoView({ block: "start" });
  };
  document.getElementById("previous").addEventListener("click", () => turn(-1));
  document.getElementById("next").addEventListener("click", () => turn(1));
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

async function start() {
  watchTheme();
  drawTextDiffs();
  openForPrint();
  const mount = document.getElementById("samples-body");
  if (!mount) return;
  try {
    const payload = await readPayload(document.getElementById("payload"));
    const table = new SampleTable(new Rows(payload));
    fillPicker("task", payload.evaluations.map(({ task }) => task), table);
    fillPicker("subject", payload.evaluations.map(({ subject }) => subject), table);
    wireSearch(table);
    wireKeys(table);
    wirePages(table);
    document.documentElement.dataset.ready = "";
  } catch (error) {
    document.getElementById("count").textContent = `The rows cannot be shown: ${error.message}. They are in the store: evalkit sql "SELECT * FROM responses".`;
  }
}

document.addEventListener("DOMContentLoaded", start);
