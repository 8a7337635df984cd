// Puts the parts together once the server has said who this is and what is asked.
import { Api, OutOfReach, SignedOut } from "./api.js";
import { rubricText } from "./choices.js";
import { h } from "./dom.js";
import { Help } from "./help.js";
import { Items } from "./items.js";
import { wireKeys } from "./keys.js";
import { Outbox } from "./outbox.js";
import { Review } from "./review.js";
import { shownNodes } from "./shown.js";
import { Status } from "./status.js";
import { watchTheme } from "./theme.js";

const LOOK_AGAIN_MS = 5_000;
const TRY_AGAIN_MS = 1_500;

async function start() {
  watchTheme();
  const api = new Api();
  const session = await patiently(() => api.session());
  document.title = `${session.question} · evalkit review`;
  document.getElementById("question").textContent = session.question;
  showRubric(session);
  const status = new Status(session);
  let review = null;
  const outbox = new Outbox((path, body) => api.post(path, body), session.project, session.reviewer, (changed) => {
    status.kept(changed);
    review?.keptChanged(changed);
  });
  status.kept(outbox);
  const items = new Items(api, outbox);
  const isOpen = await patiently(() => items.start());
  review = new Review(session, items, outbox, status);
  const help = new Help(document.getElementById("help"), session);
  wireKeys(review, help);
  await review.start(isOpen);
  outbox.sendNow();
  watchOthers(api, status, review);
  document.documentElement.dataset.ready = "";
}

// Until the server can be reached; a refusal is final and said.
async function patiently(ask) {
  const main = document.getElementById("main");
  for (;;) {
    try {
      return await ask();
    } catch (error) {
      if (!(error instanceof OutOfReach)) throw error;
      main.replaceChildren(h("p", { role: "alert" }, "The server is out of reach. This page tries again by itself."));
      await new Promise((resolve) => { setTimeout(resolve, TRY_AGAIN_MS); });
    }
  }
}

function showRubric(session) {
  if (!session.rubric) return;
  const shown = typeof session.rubric === "string" ? { messages: [{ role: "text", parts: [{ type: "text", text: rubricText(session), blocks: null }] }] } : session.rubric;
  document.querySelector(".facts").append(h("details", { class: "rubric" }, h("summary", null, "Rubric"), h("div", { class: "pop" }, shownNodes(shown, false))));
}

// How far all are, and how far they agree: told again and again while the page is looked at.
function watchOthers(api, status, review) {
  const look = async () => {
    if (!document.hidden) {
      try {
        review.all = await api.get("/api/progress");
        review.progress();
        status.agreement(await api.get("/api/agreement"));
      } catch { /* the outbox says that the server is out of reach */ }
    }
    setTimeout(look, LOOK_AGAIN_MS);
  };
  look();
}

start().catch((error) => {
  const main = document.getElementById("main");
  main.removeAttribute("aria-busy");
  const isOut = error instanceof SignedOut;
  main.replaceChildren(h("div", { class: "finish", role: "alert" }, h("h2", null, isOut ? "You are not signed in" : "The review cannot be shown"),
    h("p", null, isOut ? "Open the link that the command printed: it has your token." : error.message)));
  document.documentElement.dataset.ready = "";
});
