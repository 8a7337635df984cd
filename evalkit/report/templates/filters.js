// The controls that say what is kept, and the conditions that are on, each with a button that takes it off.
function fillPicker(name, values, table) {
  const unique = [...new Set(values)];
  if (unique.length < 2) return;
  const select = document.getElementById(name);
  select.append(h("option", { value: "" }, "all"), ...unique.map((value) => h("option", { value }, brief(value, 120))));
  select.addEventListener("change", () => { table.state[name] = select.value; table.refresh(); });
  document.getElementById(`${name}-pick`).hidden = false;
}

class Conditions {
  constructor(table) {
    this.table = table;
    this.field = document.getElementById("field");
    this.more = document.getElementById("condition");
    this.list = document.getElementById("conditions");
    const groups = Map.groupBy ? Map.groupBy(table.fields, ({ group }) => group) : grouped(table.fields);
    this.field.append(...[...groups].map(([label, fields]) => h("optgroup", { label }, fields.map(({ name, title }) => h("option", { value: name }, brief(title, 80))))));
    this.field.addEventListener("change", () => this.ask());
    this.more.addEventListener("submit", (event) => { event.preventDefault(); this.add(); });
    this.list.addEventListener("click", (event) => this.remove(event.target.closest("button")));
  }

  // Of words all that occur, with how many rows have each; of the rest a place to type.
  ask() {
    const field = this.table.fields.find(({ name }) => name === this.field.value);
    this.more.hidden = !field;
    if (!field) return;
    const label = `of ${field.title}`;
    const operator = h("select", { name: "operator", "aria-label": `How to compare, ${label}` }, OPERATORS[field.kind].map(([value, text]) => h("option", { value }, text)));
    const value = field.kind === "word"
      ? h("select", { name: "value", "aria-label": `Value ${label}` }, wordsOf(field, this.table.rows.total).map(([word, n]) => h("option", { value: word }, `${brief(word, 80)} (${count(n)})`)))
      : h("input", { name: "value", "aria-label": `Value ${label}`, required: true, ...(field.kind === "number" ? { type: "number", step: "any" } : { type: "text", spellcheck: "false" }) });
    this.more.replaceChildren(operator, value, h("button", { type: "submit" }, "Add"));
    value.focus();
  }

  add() {
    const { operator, value } = this.more.elements;
    this.table.state.conditions.push({ field: this.field.value, operator: operator.value, value: value.value });
    this.field.value = "";
    this.more.hidden = true;
    this.table.refresh();
    this.list.querySelector("li:last-child button")?.focus();
  }

  remove(button) {
    if (!button) return;
    this.table.state.conditions.splice(Number(button.dataset.place), 1);
    this.table.refresh();
    (this.list.querySelector("button") ?? this.field).focus();
  }

  draw() {
    const { conditions } = this.table.state;
    this.list.hidden = !conditions.length;
    this.list.replaceChildren(...conditions.map(({ field, operator, value }, place) => {
      const known = this.table.fields.find(({ name }) => name === field);
      const word = (OPERATORS[known?.kind] ?? []).find(([name]) => name === operator)?.[1] ?? operator;
      const text = visible(`${known?.title ?? `${field} (not in this report)`} ${word} ${value}`);
      return h("li", null, h("button", { type: "button", class: "chip", "data-place": place, "aria-label": `Take off the filter: ${text}` }, text, h("span", { "aria-hidden": "true" }, "×")));
    }));
  }
}

function grouped(fields) {
  const found = new Map();
  for (const field of fields) found.set(field.group, [...(found.get(field.group) ?? []), field]);
  return found;
}

// The controls as the state is, whoever changed it.
function showState(table) {
  const { state } = table;
  const search = document.getElementById("search");
  if (document.activeElement !== search || search.value.trim() !== state.query) search.value = state.query;
  document.getElementById("pattern").setAttribute("aria-pressed", String(state.isPattern));
  for (const name of ["task", "subject"]) document.getElementById(name).value = state[name];
  const isFiltered = state.query || state.kinds.size || state.task || state.subject || state.conditions.length;
  document.getElementById("clear").hidden = !isFiltered;
}
