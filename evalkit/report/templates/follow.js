// A page about what is still going on asks its server for itself, and puts what is new in place of what is shown.
// What the reader is in the middle of (a fold, the focus) stays: then only text is put in its place.
const FOLLOWED = ["main", "header.head", ".door"];

async function followOnce() {
  const answer = await fetch(location.href, { headers: { accept: "text/html" } });
  if (!answer.ok) return true;
  const page = new DOMParser().parseFromString(await answer.text(), "text/html");
  for (const part of FOLLOWED) {
    const [old, fresh] = [document.querySelector(part), page.querySelector(part)];
    if (!old || !fresh || old.isEqualNode(fresh) || old.contains(document.activeElement)) continue;
    for (const [at, fold] of [...old.querySelectorAll("details")].entries()) {
      if (fold.open) fresh.querySelectorAll("details")[at]?.setAttribute("open", "");
    }
    old.replaceWith(fresh);
  }
  if (document.querySelector("#theme")) watchTheme();
  return "follow" in page.body.dataset;
}

async function follow(seconds) {
  for (let isOn = true; isOn;) {
    await new Promise((done) => setTimeout(done, 1000 * seconds));
    if (document.hidden) continue;
    try { isOn = await followOnce(); } catch { /* the server was ended, or is busy: ask again */ }
  }
}

document.addEventListener("DOMContentLoaded", () => {
  const seconds = Number(document.body.dataset.follow);
  if (seconds > 0) follow(seconds);
});
