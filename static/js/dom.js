// Small DOM makers. Text goes in as text: no name ever reaches innerHTML.

const SVG = "http://www.w3.org/2000/svg";
const sprite = document.querySelector('meta[name="icon-sprite"]')?.content ?? "/static/icons.svg";

export function setIcon(svg, name) {
  let use = svg.firstElementChild;
  if (!use) {
    use = document.createElementNS(SVG, "use");
    svg.append(use);
  }
  use.setAttribute("href", `${sprite}#${name}`);
}

export function icon(name, extra = "") {
  const svg = document.createElementNS(SVG, "svg");
  svg.setAttribute("class", `icon-x ${extra}`.trim());
  svg.setAttribute("aria-hidden", "true");
  setIcon(svg, name);
  return svg;
}

export function element(tag, { className = "", text = "" } = {}, ...children) {
  const made = document.createElement(tag);
  if (className) made.className = className;
  if (text) made.textContent = text;
  made.append(...children);
  return made;
}

export function initials(name) {
  const words = name.trim().split(/\s+/).filter(Boolean);
  const ends = words.length > 1 ? [words[0], words.at(-1)] : words;
  return ends.map((word) => [...word][0].toUpperCase()).join("");
}

export function readSettings(id) {
  return JSON.parse(document.getElementById(id).textContent);
}
