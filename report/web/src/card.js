// card.js: one chart in its frame: picture, legend, keys, read-out, downloads.

import { echarts } from "./echarts.js";
import { download, fileName } from "./download.js";
import { kinds } from "./kinds/kinds.js";
import { palette } from "./palette.js";
import { legend } from "./legend.js";
import { csvOf, csvOfSessions } from "./tables.js";

const { state, query } = window.faultline;

export class Card {
  constructor(element, spec) {
    this.element = element;
    this.spec = spec;
    this.plot = element.querySelector(".plot");
    this.readout = element.querySelector(".readout");
    this.chart = null;
    this.at = null; // [line, point] that the keys are on
    this.legend = document.createElement("div");
    this.legend.className = "legend";
    this.plot.before(this.legend);
    this.tools = this.makeTools();
    this.plot.addEventListener("keydown", (event) => this.key(event));
    this.plot.addEventListener("blur", () => this.chart?.dispatchAction({ type: "hideTip" }));
  }

  makeTools() {
    const tools = document.createElement("p");
    tools.className = "tools";
    const name = fileName(this.spec.title);
    for (const [words, act] of [
      ["CSV", () => download(`${name}.csv`, "text/csv", this.csv())],
      ["SVG", () => download(`${name}.svg`, "image/svg+xml", this.svg())],
    ]) {
      const button = document.createElement("button");
      button.type = "button";
      button.textContent = words;
      button.setAttribute("aria-label", `${words} of ${this.spec.title}`);
      button.addEventListener("click", act);
      tools.append(button);
    }
    this.element.querySelector(".caption").after(tools);
    return tools;
  }

  // The parts of the data that filter and legend leave.
  selected() {
    const off = new Set(state.get("off").split("|"));
    const asked = query();
    const labels = this.spec.labels;
    const title = this.spec.title.toLowerCase();
    return {
      series: (one) => !off.has(one.name) && asked.matches({ ...labels, ...one.labels }, title),
      point: (given) => asked.matches(given, null),
    };
  }

  draw() {
    if (!this.chart) {
      const box = document.createElement("div");
      box.className = "canvas";
      this.plot.append(box);
      this.box = box;
    }
    const colours = palette();
    const made = kinds[this.spec.kind](this.spec, this.selected(), colours, this.plot.clientWidth);
    this.made = made;
    this.at = null;
    this.box.style.height = `${made.height ?? 290}px`;
    this.plot.classList.toggle("nodata", !made.lines.length);
    if (!this.chart) {
      this.chart = echarts.init(this.box, null, { renderer: "svg" });
      new ResizeObserver(() => this.chart.resize({ height: this.made.height ?? 290 }))
        .observe(this.plot);
    } else {
      this.chart.resize({ height: made.height ?? 290 });
    }
    this.chart.setOption(this.finish(made.option, made.words, colours), true);
    this.readout.textContent = made.note ?? "";
    legend(this.legend, made.legend ?? [], colours);
  }

  finish(option, words, colours) {
    return {
      animation: false,
      useUTC: true,
      textStyle: { fontFamily: "inherit", color: colours.ink },
      aria: { enabled: true, label: { description: `${this.spec.title}. ${words}` } },
      ...option,
    };
  }

  update() {
    if (this.chart) this.draw();
  }

  // Arrow keys: left and right along a line, up and down between lines, Home and End.
  key(event) {
    const lines = this.made?.lines ?? [];
    const moves = {
      ArrowLeft: [0, -1], ArrowRight: [0, 1], ArrowUp: [-1, 0], ArrowDown: [1, 0],
      Home: [0, -Infinity], End: [0, Infinity],
    };
    if (event.key === "Escape") {
      this.chart?.dispatchAction({ type: "hideTip" });
      return;
    }
    if (!(event.key in moves) || !lines.length) return;
    event.preventDefault();
    const [down, along] = moves[event.key];
    const [line, point] = this.at ?? [0, along < 0 ? Infinity : -1];
    const next = Math.max(0, Math.min(lines.length - 1, line + (this.at ? down : 0)));
    const last = lines[next].length - 1;
    this.at = [next, Math.max(0, Math.min(last, this.at || along ? point + along : 0))];
    const found = lines[this.at[0]][this.at[1]];
    this.chart.dispatchAction({ type: "showTip", ...found.target });
    this.readout.textContent = found.text;
  }

  // Of a history all sessions: its table has the newest alone.
  csv() {
    const table = this.element.querySelector("details table");
    return this.spec.kind === "history" ? csvOfSessions(this.spec) : csvOf(table);
  }

  svg() {
    if (!this.chart) this.draw();
    const drawn = this.box.querySelector("svg").cloneNode(true);
    drawn.setAttribute("xmlns", "http://www.w3.org/2000/svg");
    drawn.style.background = palette().paper;
    drawn.style.fontFamily = "sans-serif";
    return new XMLSerializer().serializeToString(drawn);
  }
}

