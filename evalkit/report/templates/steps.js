// What an agent did on the way, as numbered steps: what it was told, what it called, what came back.
const LONG_CHARS = 220;

function stepsPane(rows, row) {
  const now = stepsOf(rows.get(row, "trajectory"), rows.get(row, "tool_calls"));
  const before = stepsOf(rows.base(row, "trajectory"), rows.base(row, "tool_calls"));
  if (!now.length && !before.length) return null;
  const isPaired = rows.base(row, "output") !== null;
  const first = isPaired ? firstOther(before, now) : -1;
  const calls = (steps) => steps.reduce((sum, step) => sum + step.calls.length, 0);
  const told = [`Steps: ${count(now.length)}, with ${plural(calls(now), "call")}`];
  if (isPaired) told.push(`baseline ${count(before.length)}, with ${plural(calls(before), "call")}`);
  if (isPaired) told.push(first < 0 ? "the calls are the same" : `the calls differ from step ${first + 1} on`);
  const side = (title, steps) => h("figure", null, h("figcaption", null, visible(title)), stepList(steps, first, title));
  return h("details", { class: "fold steps", open: true }, h("summary", null, told.join("; ")),
    h("div", { class: isPaired ? "two" : null },
      isPaired ? side(`Baseline: ${rows.evaluation(row).baseline}`, before) : null, side("This", now)));
}

// Messages with what tools gave back put behind the call that it answers.
function stepsOf(trajectory, toolCalls) {
  if (!trajectory?.length) {
    return toolCalls?.length ? [{ role: "assistant", text: "", calls: toolCalls.map(callOf) }] : [];
  }
  const steps = [];
  const open = new Map();
  for (const message of trajectory) {
    const call = message.role === "tool" ? open.get(message.tool_call_id) ?? waiting(steps) : null;
    if (call && call.result === null) { call.result = asText(message.content); continue; }
    const calls = (message.tool_calls ?? []).map(callOf);
    for (const each of calls) if (each.id) open.set(each.id, each);
    steps.push({ role: message.role, text: asText(message.content), calls });
  }
  return steps;
}

// Results that do not say what they answer come in the order of the calls.
const waiting = (steps) => steps.at(-1)?.calls.find((call) => call.result === null);

function callOf(call) {
  const inner = call.function && typeof call.function === "object" ? call.function : call;
  return { id: call.id ?? null, name: String(inner.name ?? "?"), values: argumentsOf(inner.arguments ?? inner.input ?? inner.args), result: null };
}

function argumentsOf(given) {
  if (typeof given !== "string") return given ?? {};
  try { return JSON.parse(given); } catch { return given; }
}

// Where the two begin to call otherwise; what was said between calls may differ by itself.
function firstOther(before, now) {
  const told = (step) => JSON.stringify(step?.calls.map(({ name, values }) => [name, values]) ?? null);
  for (let i = 0; i < Math.max(before.length, now.length); i++) if (told(before[i]) !== told(now[i])) return i;
  return -1;
}

// What both did alike is folded away but for the step before they part.
const LEAST_ALIKE = 3;

function stepList(steps, first, title) {
  if (!steps.length) return h("p", { class: "unknown" }, "none");
  const cut = first > LEAST_ALIKE && first <= steps.length ? first - 1 : 0;
  const list = (from, to, label) => h("ol", { class: "step-list", "aria-label": label, start: String(from + 1) }, steps.slice(from, to).map((step, i) => stepItem(step, from + i === first)));
  const same = cut ? h("details", { class: "alike" }, h("summary", null, `Steps 1 to ${cut}, with the same calls`), list(0, cut, `${title}, the same steps`)) : null;
  return h("div", null, same, list(cut, steps.length, title));
}

function stepItem(step, isFirstOther) {
  return h("li", { class: `step ${step.role}` },
    h("p", { class: "who" }, visible(step.role), isFirstOther ? h("strong", { class: "differs" }, "differs from here") : null),
    step.text ? foldable(step.text, step.role === "system") : null,
    step.calls.map((call) => h("div", { class: "call" }, h("code", null, visible(callText(call))),
      call.result === null ? null : h("div", { class: "result" }, h("span", { class: "muted" }, "→ "), foldable(call.result)))));
}

function callText({ name, values }) {
  if (typeof values !== "object" || values === null || Array.isArray(values)) return `${name}(${asText(values)})`;
  return `${name}(${Object.entries(values).map(([key, value]) => `${key}=${JSON.stringify(value)}`).join(", ")})`;
}

// A long text by its first line; what is the same for all, as a system's, is closed whatever its length.
function foldable(text, isClosed = false) {
  if (text.length <= LONG_CHARS && !isClosed) return h("span", { class: "said", dir: "auto" }, visible(text));
  return h("details", { class: "said" }, h("summary", null, brief(text, isClosed ? 80 : 160)),
    h("div", { dir: "auto" }, visible(text.slice(0, SHOWN_CHARS))));
}

const plural = (n, noun) => `${count(n)} ${noun}${n === 1 ? "" : "s"}`;
