// Elements are built from text nodes only: nothing that came out of a model is ever parsed as HTML.
// Of a longer text this much is drawn at first: a megabyte takes a browser seconds to lay out.
export const SHOWN_CHARS = 20000;
const SVG = "http://www.w3.org/2000/svg";

export function h(tag, attributes, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes ?? {})) {
    if (value === null || value === undefined || value === false) continue;
    if (name.startsWith("on")) element.addEventListener(name.slice(2), value);
    else element.setAttribute(name, value === true ? "" : value);
  }
  element.append(...children.flat().filter((child) => child !== null && child !== undefined));
  return element;
}

export function icon(name) {
  const svg = document.createElementNS(SVG, "svg");
  svg.setAttribute("class", "icon");
  svg.setAttribute("aria-hidden", "true");
  const use = document.createElementNS(SVG, "use");
  use.setAttribute("href", `#i-${name}`);
  svg.append(use);
  return svg;
}

const HIDDEN = /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u061c\u200b\u200e\u200f\u2028-\u202e\u2060-\u2069\ufeff]/g;

// What cannot be seen, or reorders its neighbours, by number, as the Python side does.
export function visible(text) {
  return text.replace(HIDDEN, (character) => `[U+${character.charCodeAt(0).toString(16).toUpperCase().padStart(4, "0")}]`);
}

export function asText(value) {
  if (value === null || value === undefined) return "";
  if (Array.isArray(value) && value.length && value.every((entry) => typeof entry === "string")) return value.join("\n");
  return typeof value === "string" ? value : JSON.stringify(value, null, 1);
}

export function brief(value, length = 220) {
  const text = Array.isArray(value) ? value.map(asText).join(" | ") : asText(value);
  const cut = text.slice(0, length * 4).replace(/\s+/g, " ").trim();
  return visible(cut.length > length || text.length > length * 4 ? `${cut.slice(0, length)}…` : cut);
}

const NUMBER = new Intl.NumberFormat("en");
export const count = (n) => NUMBER.format(n);

// Three digits; toPrecision would write a tiny value with an exponent.
export function significant(value) {
  return value.toFixed(Math.min(Math.max(2 - Math.floor(Math.log10(value)), 0), 9));
}

export function seconds(value) {
  if (value === null) return null;
  if (value === 0) return "0 ms";
  return value < 0.9995 ? `${significant(value * 1000)} ms` : value < 999.5 ? `${significant(value)} s` : `${count(Math.round(value))} s`;
}

export function dollars(value) {
  if (value === null) return null;
  if (value === 0) return "$0";
  return value >= 0.995 ? `$${value.toFixed(2)}` : `$${value.toFixed(Math.min(Math.max(2 - Math.floor(Math.log10(value)), 2), 8))}`;
}

export function plainValue(value) {
  if (value === null) return null;
  return Number.isInteger(value) ? String(value) : value.toFixed(3);
}

