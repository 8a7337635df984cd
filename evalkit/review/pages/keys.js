// Single keys, where nobody is typing.
export function wireKeys(review, help) {
  const typing = (target) => target.matches("input:not([type=radio]):not([type=checkbox]), select, textarea");
  document.addEventListener("keydown", (event) => {
    if (event.target.id === "comment") return inComment(event, review);
    if (event.ctrlKey || event.metaKey || event.altKey || event.isComposing || event.repeat) return;
    if (event.key === "?" && !typing(event.target)) { event.preventDefault(); help.toggle(); return; }
    if (help.isOpen || !help.areKeysOn || typing(event.target)) return;
    if (act(event, review)) event.preventDefault();
  });
}

function act({ key, target, shiftKey }, review) {
  // Enter and Space press the control that has the focus; arrows scroll the box that has it, and turn radio buttons.
  const isControl = target.closest("button, a, summary, input, audio") !== null;
  const isInBox = target.closest(".text, .pop, dialog") !== null;
  if (isControl && (key === "Enter" || key === " ")) return false;
  if (target.type === "radio" && key.startsWith("Arrow")) return false;
  if (isInBox && (key === " " || key === "ArrowUp" || key === "ArrowDown")) return false;
  if (key === " ") { review.scroll(shiftKey ? -1 : 1); return true; }
  const name = key.length === 1 ? key.toLowerCase() : key;
  return review.press(name);
}

function inComment(event, review) {
  if (event.key === "Escape") { event.preventDefault(); review.leaveComment(); }
  if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) { event.preventDefault(); review.keepComment(); }
}
