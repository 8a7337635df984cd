// What opens under a row: texts with their difference, judgements, usage.

function buildDetail(rows, row, { close, go }) {
  const evaluation = rows.evaluation(row);
  const has = {
    baseline: rows.base(row, "output") !== null && rows.get(row, "output") !== null,
    target: asText(rows.get(row, "target")) !== "" && rows.get(row, "output") !== null,
  };
  const texts = h("div", { class: "two" });
  const paint = (mode) => texts.replaceChildren(...outputs(rows, row, mode));
  const start = has.baseline && rows.base(row, "output") !== rows.get(row, "output") ? "baseline" : "off";
  paint(start);
  return h("div", { class: "pane" },
    h("div", { class: "pane-head" }, h("span", null, place(rows, row)),
      segments(start, has, paint),
      h("span", null, h("button", { type: "button", class: "quiet copy", onclick: copyAddress }, "Copy link"), h("button", { type: "button", class: "quiet", onclick: close }, "Close"))),
    h("div", { class: "two uneven" },
      textBox("Input", inputText(rows, row)), rows.get(row, "target") === null ? null : textBox("Target", visibleTarget(rows, row))),
    stepsPane(rows, row),
    texts,
    repeats(rows, row, go),
    media(rows, row),
    prompts(rows, row),
    judgements(rows, row, evaluation),
    logprobs(rows, row, evaluation),
    extras(rows, row),
    usage(rows, row));
}

// A file on disk may not write to the clipboard in every browser: then the address bar has the link as well.
async function copyAddress(event) {
  const button = event.currentTarget;
  try {
    await navigator.clipboard.writeText(location.href);
    button.textContent = "Copied";
  } catch { button.textContent = "The link is in the address bar"; }
}

// All answers to the same sample, so that one that is luck can be told from one that is not.
function repeats(rows, row, go) {
  const all = rows.repeats(row);
  if (all.length < 2) return null;
  const line = (each) => h("tr", each === row ? { class: "this" } : null,
    h("th", { scope: "row" }, each === row ? "this one" : h("button", { type: "button", class: "quiet", onclick: () => go(each) }, `repeat ${rows.get(each, "repeat") ?? 0}`)),
    h("td", { class: rows.outcome(each) }, NAMES[rows.outcome(each)] ?? rows.outcome(each)),
    rows.hasPairs ? h("td", { dir: "auto" }, brief(rows.base(each, "output") ?? rows.base(each, "error"), 160)) : null,
    h("td", { dir: "auto" }, brief(rows.get(each, "output") ?? rows.get(each, "error"), 160)));
  return h("table", { class: "small" },
    h("caption", null, `All ${count(all.length)} answers to this sample`),
    h("thead", null, h("tr", null, ["Answer", "Outcome", ...(rows.hasPairs ? ["Baseline output"] : []), "Output"].map((title) => h("th", { scope: "col" }, title)))),
    h("tbody", null, all.map(line)));
}

// What the input showed beside text, from this file alone.
function media(rows, row) {
  const shown = rows.get(row, "media") ?? [];
  if (!shown.length) return null;
  return h("div", { class: "shown" }, shown.map((name, i) => {
    const image = rows.media[name];
    if (!image) return h("p", { class: "muted" }, `Media ${i + 1} is not in this file: ${name}`);
    return h("figure", null, h("figcaption", null, visible(image[0])), h("img", { src: `data:${image[1]};base64,${image[2]}`, alt: `What was shown with sample ${rows.get(row, "id")}, ${i + 1} of ${shown.length}`, loading: "lazy" }));
  }));
}

function place(rows, row) {
  const { task, subject } = rows.evaluation(row);
  const repeat = rows.get(row, "repeat");
  return visible(`${task} · sample ${rows.get(row, "id")}${repeat ? ` · repeat ${repeat}` : ""} · ${subject}`);
}

function inputText(rows, row) {
  const before = rows.base(row, "input");
  const now = rows.get(row, "input") ?? "";
  return before === null ? now : `${now}\n\n— The baseline was asked —\n${before}`;
}

// What all samples were asked with is folded away; every text as it was sent is one step from here.
function prompts(rows, row) {
  const { frame, base_frame: before, baseline } = rows.evaluation(row);
  const isOther = rows.base(row, "output") !== null && rows.whole(row, true) !== rows.whole(row);
  if (!frame && !(isOther && before)) return null;
  const boxes = [textBox(isOther ? "Prompt" : "Prompt with this input", rows.whole(row))];
  if (isOther) boxes.unshift(textBox(`Baseline: ${baseline}`, rows.whole(row, true)));
  return h("details", { class: "fold" }, h("summary", null, isOther ? "Whole prompts, as they were sent" : "Whole prompt, as it was sent"),
    h("div", { class: isOther ? "two" : null }, boxes));
}

function visibleTarget(rows, row) {
  const target = rows.get(row, "target");
  return target === null ? null : asText(target);
}

function segments(start, has, paint) {
  const modes = [["baseline", "Baseline"], ["target", "Target"], ["off", "Off"]].filter(([mode]) => mode === "off" || has[mode]);
  if (modes.length < 2) return null;
  const buttons = modes.map(([mode, name]) => h("button", {
    type: "button", "aria-pressed": String(mode === start), "data-mode": mode,
    onclick: (event) => {
      for (const button of buttons) button.setAttribute("aria-pressed", String(button === event.currentTarget));
      paint(mode);
    },
  }, name));
  return h("span", null, "Difference against ", h("span", { class: "segments", role: "group", "aria-label": "Show the difference against" }, buttons));
}

function outputs(rows, row, mode) {
  const { baseline } = rows.evaluation(row);
  const output = answer(rows.get(row, "output"), rows.get(row, "error"));
  if (mode === "target") return pairOfBoxes("Target", asText(rows.get(row, "target")), "Output", output.text);
  const before = answer(rows.base(row, "output"), rows.base(row, "error"));
  if (mode === "baseline") return pairOfBoxes(`Baseline: ${baseline}`, before.text, "Output", output.text);
  const boxes = [textBox("Output", output.text, output.isError)];
  if (before.text !== null) boxes.unshift(textBox(`Baseline: ${baseline}`, before.text, before.isError));
  else if (baseline) boxes.unshift(textBox(`Baseline: ${baseline}`, "no such sample in the baseline", true));
  return boxes;
}

function answer(output, error) {
  return output !== null ? { text: output, isError: false } : { text: error, isError: error !== null };
}

function textBox(title, text, isError = false) {
  const content = h("div", { class: isError ? "text fault" : "text", dir: "auto", tabindex: "0", role: "group", "aria-label": title });
  const figure = h("figure", null, h("figcaption", null, visible(title)), content);
  if (text === null || text === undefined) content.append(h("span", { class: "unknown" }, "none"));
  else if (text === "") content.append(h("span", { class: "unknown" }, "empty text"));
  else shorten(figure, text.length, (limit) => content.replaceChildren(visible(text.slice(0, limit))));
  return figure;
}

function pairOfBoxes(leftTitle, before, rightTitle, after) {
  const isStrange = !haveInCommon(before, after);
  const remark = isStrange ? " · hardly a word in common, so no difference is marked" : null;
  const boxes = [leftTitle, rightTitle].map((title, i) => h("figure", null, h("figcaption", null, visible(title), i ? remark : null),
    h("div", { class: "text", dir: "auto", tabindex: "0", role: "group", "aria-label": title })));
  const longest = Math.max(before.length, after.length);
  shorten(boxes[1], longest, (limit) => {
    const texts = [before.slice(0, limit), after.slice(0, limit)];
    const sides = isStrange ? texts.map((text) => [visible(text)]) : diffNodes(...texts);
    boxes.forEach((box, i) => box.querySelector(".text").replaceChildren(...sides[i]));
  });
  return boxes;
}

// Draw the first characters; the whole only on demand, because a megabyte takes a browser seconds to lay out.
function shorten(figure, length, draw) {
  draw(SHOWN_CHARS);
  if (length <= SHOWN_CHARS) return;
  const button = h("button", { type: "button", class: "more", onclick: () => { draw(Infinity); button.remove(); } },
    `Show all ${count(length)} characters`);
  figure.append(button);
}

function judgements(rows, row, evaluation) {
  const scorers = Object.keys(evaluation.columns.scores ?? {});
  if (!scorers.length) return null;
  const isPaired = Boolean(evaluation.columns.base);
  const hasReasons = isPaired && scorers.some((scorer) => (rows.score(row, scorer, "explanation", true) ?? rows.score(row, scorer, "error", true)) !== null);
  const head = ["Scorer", ...(isPaired ? ["Baseline"] : []), "Value", "Answer", ...(hasReasons ? ["Explanation, baseline"] : []), "Explanation"];
  const reason = (scorer, isBase) => brief(rows.score(row, scorer, "error", isBase) ?? rows.score(row, scorer, "explanation", isBase), 2000);
  return h("table", { class: "small" },
    h("caption", { class: "aloud" }, "Scores"),
    h("thead", null, h("tr", null, head.map((title) => h("th", { scope: "col" }, title)))),
    h("tbody", null, scorers.map((scorer) => {
      const error = rows.score(row, scorer, "error");
      return h("tr", null, h("th", { scope: "row" }, scorer),
        isPaired ? h("td", null, plainValue(rows.score(row, scorer, "value", true)) ?? "–") : null,
        h("td", null, plainValue(rows.score(row, scorer, "value")) ?? "–", named(rows.score(row, scorer, "values"))),
        h("td", { dir: "auto" }, brief(rows.score(row, scorer, "answer"), 400)),
        hasReasons ? h("td", { dir: "auto" }, reason(scorer, true)) : null,
        h("td", { dir: "auto", class: error ? "fault" : null }, reason(scorer, false)));
    })));
}

// What a scorer says beside its main value.
function named(values) {
  if (!values) return null;
  return h("span", { class: "aside" }, ` ${Object.entries(values).map(([name, value]) => `${name} ${plainValue(value)}`).join(", ")}`);
}

function logprobs(rows, row, evaluation) {
  const now = rows.get(row, "choice_logprobs");
  if (!now) return null;
  const before = rows.base(row, "choice_logprobs");
  const cell = (values, i) => h("td", { class: "num" }, values ? (values[i] === null ? "−∞" : values[i].toFixed(3)) : "–");
  return h("table", { class: "small" },
    h("caption", { class: "aloud" }, "Log-probability of each choice"),
    h("thead", null, h("tr", null, h("th", { scope: "col" }, "Choice"), before ? h("th", { scope: "col" }, "Baseline ln p") : null, h("th", { scope: "col" }, "ln p"))),
    h("tbody", null, now.map((_, i) => h("tr", null,
      h("th", { scope: "row" }, brief(evaluation.labels?.[i] ?? `choice ${i + 1}`, 80)), before ? cell(before, i) : null, cell(now, i)))));
}

function extras(rows, row) {
  const lists = [["Contexts", "contexts"]];
  const folded = (title, summary, boxes) => h("details", null, h("summary", null, visible(summary)), boxes);
  const sides = [["", (name) => rows.get(row, name)], ["Baseline: ", (name) => rows.base(row, name)]];
  return sides.flatMap(([side, read]) => [
    read("reasoning") && folded("Reasoning", `${side}Reasoning`, textBox("Reasoning", read("reasoning"))),
    ...(side ? [] : lists).map(([title, name]) => read(name)?.length && folded(title, `${title} (${read(name).length})`,
      read(name).map((entry, i) => textBox(`${title} ${i + 1}`, asText(entry))))),
  ]).filter(Boolean);
}

const FORMATS = { seconds, count, usd: dollars, text: String, flag: (yes) => (yes ? "yes" : "no") };

function usage(rows, row) {
  const isPaired = Boolean(rows.evaluation(row).columns.base);
  const shown = rows.usage.filter(([title, name]) => ["Latency", "Cost"].includes(title) || rows.get(row, name) !== null || rows.base(row, name) !== null);
  if (shown.every(([, name]) => rows.get(row, name) === null && rows.base(row, name) === null)) return null;
  const cell = (value, format) => h("td", value === null ? { class: "unknown" } : null, value === null ? "unknown" : format(value));
  const line = (title, read) => h("tr", null, isPaired ? h("th", { scope: "row" }, title) : null,
    shown.map(([, name, format]) => cell(format === "flag" ? Boolean(read(name)) : read(name), FORMATS[format])));
  return h("table", { class: "small" },
    h("caption", { class: "aloud" }, "Usage"),
    h("thead", null, h("tr", null, isPaired ? h("td") : null, shown.map(([title]) => h("th", { scope: "col" }, title)))),
    h("tbody", null, isPaired ? line("Baseline", (name) => rows.base(row, name)) : null,
      line("This", (name) => rows.get(row, name))));
}

