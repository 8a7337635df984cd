// What is known of the whole: how much is said, whether it is kept, how far reviewers agree.
import { count, h } from "./dom.js";

// States that last this long are shown; shorter ones would only flicker.
const SHOWN_AFTER_MS = 150;

export class Status {
  #session;
  #timer = 0;
  #lastWarning = "";

  constructor(session) { this.#session = session; }

  progress(nDone, all) {
    const total = this.#session.n_total;
    const bar = h("progress", { max: String(Math.max(total, 1)), value: String(nDone), "aria-label": "Your items with a label" });
    // Of me this page knows more than the server said a while ago.
    const done = (each) => (each.reviewer === this.#session.reviewer ? nDone : each.n_done);
    const sum = (read) => count(all.reviewers.reduce((found, each) => found + read(each), 0));
    const rest = all?.reviewers.length > 1 ? h("span", { class: "muted" }, `all reviewers ${sum(done)} of ${sum((each) => each.n_assigned)}`) : null;
    document.getElementById("progress").replaceChildren(bar, h("span", null, `${count(nDone)} of ${count(total)}`), ...(rest ? [rest] : []));
  }

  kept(outbox) {
    const element = document.getElementById("kept");
    element.dataset.state = outbox.refused.length ? "refused" : outbox.state;
    element.dataset.waiting = String(outbox.waiting.length);
    clearTimeout(this.#timer);
    const draw = () => element.replaceChildren(...keptNodes(outbox));
    if (outbox.state === "sending" && element.childNodes.length) this.#timer = setTimeout(draw, SHOWN_AFTER_MS);
    else draw();
    this.#warn(outbox);
  }

  agreement(found) {
    const element = document.getElementById("agreement");
    const rows = found?.pairs?.filter(({ n }) => n > 0) ?? [];
    element.hidden = !rows.length;
    if (!rows.length) return;
    element.querySelector("summary").replaceChildren(headline(found));
    element.querySelector(".pop").replaceChildren(agreementTable(found, rows));
  }

  // Aloud, once for each change of state.
  #warn(outbox) {
    const n = outbox.waiting.length;
    const warning = outbox.refused.length ? "The server refused a review."
      : outbox.state === "waiting" ? "The server is out of reach. Reviews are kept in this browser and sent again by themselves."
        : outbox.state === "closed" ? "You are signed out. Reviews are kept in this browser." : "";
    if (warning === this.#lastWarning) return;
    document.getElementById("warned").textContent = warning || (n ? "" : "The server is back. All reviews are kept.");
    this.#lastWarning = warning;
  }
}

const many = (n) => `${count(n)} ${n === 1 ? "review" : "reviews"}`;

function keptNodes(outbox) {
  const n = outbox.waiting.length;
  const place = outbox.isStored ? "They wait in this browser" : "They are in this page alone, do not close it";
  if (outbox.refused.length) return [sign("!"), `${many(outbox.refused.length)} refused: ${outbox.refused[0].refusal} `,
    h("button", { type: "button", onclick: () => outbox.discardRefused() }, "Discard")];
  if (outbox.state === "waiting") return [sign("!"), h("b", null, `${many(n)} not kept yet.`), ` The server is out of reach. ${place}; start the same command again (port ${location.port}).`];
  if (outbox.state === "closed") return [sign("!"), h("b", null, `${many(n)} not kept yet.`), ` You are signed out. ${place}; open the link that the command printed.`];
  if (n) return [sign("…"), `${many(n)} on the way`];
  return [sign("✓"), "All kept"];
}

const sign = (text) => h("span", { class: "sign", "aria-hidden": "true" }, text);

const number = (value) => (value === null || value === undefined ? "–" : value.toFixed(2).replace("-", "−"));
const range = ({ low, high }) => (low === null || low === undefined ? "" : ` (${number(low)} to ${number(high)})`);

function headline({ alpha, n_items: n }) {
  if (!alpha || alpha.value === null) return `Agreement: ${count(n)} items by two or more`;
  return `Agreement: alpha ${number(alpha.value)}${range(alpha)}, ${count(n)} items by two or more`;
}

export function agreementTable({ alpha }, rows) {
  return h("div", { class: "wide" }, h("table", null,
    h("caption", null, "Two reviewers each, on the items that both have labelled. ", alpha ? "Alpha is Krippendorff's: 1 is perfect, 0 is chance." : null),
    h("thead", null, h("tr", null, ["Reviewers", "Items", "Same label", "Cohen's kappa"].map((title) => h("th", { scope: "col" }, title)))),
    h("tbody", null, rows.map(({ reviewers, n, agreement, kappa }) => h("tr", null, h("th", { scope: "row" }, reviewers.join(" and ")),
      h("td", null, count(n)), h("td", null, agreement === null ? "–" : `${Math.round(agreement * 100)} %`),
      h("td", null, kappa ? `${number(kappa.value)}${range(kappa)}` : "–"))))));
}
