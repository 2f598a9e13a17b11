// legend.js: the lines of a chart by name; a click leaves one out on the whole page.

import { lookOf } from "./palette.js";

const { state } = window.faultline;

// entries: [{name, look, shown}]
export function legend(box, entries, colours) {
  const focused = box.contains(document.activeElement) ? document.activeElement.dataset.name : null;
  box.replaceChildren(...entries.map((entry) => button(entry, colours)));
  if (focused !== null) {
    [...box.children].find((child) => child.dataset.name === focused)?.focus();
  }
}

function button(entry, colours) {
  const element = document.createElement("button");
  element.type = "button";
  element.dataset.name = entry.name;
  element.setAttribute("aria-pressed", String(entry.shown));
  element.append(swatch(entry.look, colours), entry.name);
  element.addEventListener("click", () => {
    const off = new Set(state.get("off").split("|").filter(Boolean));
    if (!off.delete(entry.name)) off.add(entry.name);
    state.set("off", [...off].join("|"));
  });
  return element;
}

function swatch(given, colours) {
  const look = lookOf(given, colours);
  const space = "http://www.w3.org/2000/svg";
  const svg = document.createElementNS(space, "svg");
  svg.setAttribute("viewBox", "0 0 26 12");
  svg.setAttribute("width", "26");
  svg.setAttribute("height", "12");
  svg.setAttribute("aria-hidden", "true");
  const path = (d, attributes) => {
    const one = document.createElementNS(space, "path");
    one.setAttribute("d", d);
    for (const [key, value] of Object.entries(attributes)) one.setAttribute(key, value);
    svg.append(one);
  };
  path("M0,6H26", {
    stroke: look.colour, "stroke-width": 1.6, fill: "none",
    "stroke-dasharray": look.line.type === "solid" ? "none" : look.line.type.join(" "),
  });
  path(shapes[look.symbol] ?? look.symbol.replace("path://", ""), {
    transform: "translate(13 6) scale(3.6)", fill: look.item.color, stroke: look.colour,
    "stroke-width": 0.4,
  });
  return svg;
}

const shapes = {
  circle: "M-1,0A1,1 0 1 1 1,0A1,1 0 1 1 -1,0Z",
  rect: "M-0.9,-0.9H0.9V0.9H-0.9Z",
  triangle: "M0,-1L1,0.9H-1Z",
  diamond: "M0,-1.1L1,0L0,1.1L-1,0Z",
};
