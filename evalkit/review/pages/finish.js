// What is shown when nothing is left: what was said, and what it is good for.
import { count, h } from "./dom.js";
import { key } from "./choices.js";

export function finishNodes({ session, nSkipped, nDone, isAllKept, onBack, onUndo }) {
  const task = session.task ?? "TASK";
  const metric = session.kind === "pairwise" ? "human_preference" : "human_pass_rate";
  const steps = [
    ["How good is the judge?", `evalkit judge calibrate ${task} --labels reviews`, "Its agreement with people, its biases, and what it takes to trust it."],
    ["Take the labels along", "evalkit review export --format labels --to labels.jsonl", "Or as golden samples, or for Argilla and Label Studio."],
  ];
  // Rubrics have no gate of their own.
  if (session.kind !== "rubric") steps.unshift(["Decide the gates that ask people", "evalkit review decide", `Gates on ${metric} were left open for this.`]);
  return [
    h("div", { class: "finish" },
      h("h2", { id: "item-head", tabindex: "-1" }, "That was the last one"),
      h("p", { class: "lead" }, `${count(nDone)} of ${count(session.n_total)} items are labelled${nSkipped ? `, ${count(nSkipped)} of them skipped` : ""}. `,
        h("span", { id: "finish-kept" }, isAllKept ? "All are kept; you can close this page." : "Some are not kept yet: leave this page open until they are.")),
      h("h3", null, "What next, for whoever asked you"),
      h("ol", { class: "steps" }, steps.map(([title, command, why]) => h("li", null, h("b", null, title), h("code", { class: "command", tabindex: "0" }, command), h("p", { class: "muted" }, why)))),
      h("p", { class: "group" }, h("button", { type: "button", onclick: onBack, "aria-keyshortcuts": "k" }, "Look again ", key("k")),
        h("button", { type: "button", onclick: onUndo, "aria-keyshortcuts": "u" }, "Undo the last ", key("u")))),
  ];
}
