// What the server shows of a Sample or an answer, as elements. Built from text nodes only: nothing that a Model
// wrote is parsed as HTML, and every element and address comes from the lists here.
import { SHOWN_CHARS, count, h } from "./dom.js";
import { jsonNodes } from "./json_lines.js";

const TAGS = new Set(["p", "blockquote", "ul", "ol", "li", "em", "strong", "s", "table", "thead", "tbody", "tr", "th", "td", "code", "span", "br", "hr"]);
const OF_A_LANGUAGE = new Set(["p", "blockquote", "ul", "ol", "li", "table", "th", "td", "heading"]);
const NAMES = {
  system: "System prompt", developer: "System prompt", contexts: "Passages it found", tool: "Result of a tool",
  user: "User", assistant: "Assistant", error: "Error",
};
// A longer result of a tool would stand between what was said and what was answered.
const LONG_RESULT = 400;
const WHOLE = new Set(["text", "target"]);

// asWritten: texts as they came, without Markdown and without lines put into JSON.
export function shownNodes(shown, asWritten) {
  const { messages } = shown;
  const isOne = messages.length === 1;
  return messages.map((message) => messageNode(message, asWritten, isOne));
}

// All texts of it, one after the other: what a difference is taken of.
export function writtenText(shown) {
  const text = (part) => part.type === "tool_call" ? `${part.name} ${part.arguments.text}` : part.text ?? `[${part.alt ?? part.name}]`;
  return shown.messages.map(({ parts }) => parts.map(text).join("\n\n")).join("\n\n");
}

function messageNode({ role, parts, is_folded: isFolded }, asWritten, isOne) {
  const body = parts.length ? parts.map((part, i) => [
    parts.length > 1 && WHOLE.has(role) && i ? h("hr", { class: "or" }) : null, partNode(part, asWritten)].filter(Boolean)).flat()
    : [h("p", { class: "muted" }, "empty")];
  const name = NAMES[role] ?? role;
  const length = parts.reduce((sum, { text }) => sum + (text?.length ?? 0), 0);
  const isLong = role === "tool" && length > LONG_RESULT;
  if (isFolded || isLong) return h("details", { class: "message", "data-role": role }, h("summary", null, name, isLong ? `, ${count(length)} characters` : null), body);
  const isBare = isOne && (WHOLE.has(role) || role === "user" || role === "assistant");
  return h("div", { class: "message", "data-role": role }, isBare ? null : h("p", { class: "role" }, name), body);
}

function partNode(part, asWritten) {
  switch (part.type) {
    case "code": return cutText(part.text, "code");
    case "json": return asWritten ? cutText(part.text, "written") : h("div", { class: "json", dir: "ltr" }, jsonNodes(part.pretty));
    case "image": return h("a", { class: "image", href: local(part.url), target: "_blank", rel: "noopener", title: "Open the image by itself" },
      h("img", { src: local(part.url), alt: part.alt, decoding: "async" }));
    case "audio": return h("audio", { controls: true, src: local(part.url), "aria-label": part.name });
    case "file": return h("p", null, h("a", { href: local(part.url), download: true }, part.name));
    case "tool_call": return h("div", { class: "call" }, h("p", { class: "call-name" }, "calls ", h("code", null, part.name)), partNode(part.arguments, asWritten));
    default: return part.blocks && !asWritten ? h("div", { class: "prose" }, part.blocks.flatMap(blockNode)) : cutText(part.text, "written");
  }
}

// Only this server's own: whatever else an address says, it is not an image here.
const local = (url) => (/^\/media\/[\w-]+$/.test(url) ? url : "about:blank");

function blockNode(node) {
  if (typeof node === "string") return node;
  const children = node.children.flatMap(blockNode);
  const direction = OF_A_LANGUAGE.has(node.tag) ? directionOf(node) : null;
  if (node.tag === "heading") return h("p", { class: `heading level-${node.level}`, dir: direction }, children);
  if (node.tag === "pre") return codeNode(node);
  if (node.tag === "a") return linkNode(node, children);
  if (node.tag === "table") return h("div", { class: "wide" }, h("table", null, children));
  if (!TAGS.has(node.tag)) return h("span", null, children);
  return h(node.tag, { dir: direction, value: node.tag === "li" ? node.value : null, class: node.align ? `align-${node.align}` : null }, children);
}

const LETTER = /\p{L}/u;
const FROM_THE_RIGHT = /[\p{Script=Arabic}\p{Script=Hebrew}\p{Script=Syriac}\p{Script=Thaana}\p{Script=Nko}]/u;

// By the first letter, as dir="auto" does; that passes over the items of a list, which have a direction of their own.
function directionOf(node) {
  const letter = LETTER.exec(plainText(node));
  return letter && FROM_THE_RIGHT.test(letter[0]) ? "rtl" : "ltr";
}

const plainText = (node) => (typeof node === "string" ? node : node.children.map(plainText).join(""));

function codeNode({ children, info }) {
  return [info ? h("p", { class: "info" }, info) : null, h("pre", { class: "code", dir: "ltr" }, h("code", null, children))].filter(Boolean);
}

function linkNode({ href }, children) {
  if (!/^(https?|mailto):/i.test(href)) return h("span", null, children);
  return h("a", { href, title: href, target: "_blank", rel: "noopener noreferrer nofollow" }, children);
}

// The first characters at once, the whole on demand.
function cutText(text, kind) {
  const box = h("div", { class: kind, dir: kind === "code" ? "ltr" : "auto" }, text.slice(0, SHOWN_CHARS));
  if (text === "") box.append(h("span", { class: "muted" }, "empty text"));
  if (text.length <= SHOWN_CHARS) return box;
  const more = h("button", { type: "button", class: "more", onclick: () => { box.replaceChildren(text); more.remove(); } },
    `Show all ${count(text.length)} characters`);
  return h("div", null, box, more);
}
