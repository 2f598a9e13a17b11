// shared.js: axes, bands, whiskers and tooltips that the kinds have in common.

import { escapeHtml } from "../format.js";

export function axis(colours, more) {
  return {
    nameTextStyle: { color: colours.faint, fontSize: 11 },
    axisLine: { show: true, onZero: false, lineStyle: { color: colours.line }, ...more.axisLine },
    axisTick: { show: true, lineStyle: { color: colours.line }, ...more.axisTick },
    axisLabel: { color: colours.faint, fontSize: 11, ...more.axisLabel },
    splitLine: { lineStyle: { color: colours.line, width: 0.6 }, ...more.splitLine },
    minorTick: { show: false },
    ...Object.fromEntries(Object.entries(more).filter(
      ([key]) => !["axisLine", "axisTick", "axisLabel", "splitLine"].includes(key))),
  };
}

export const grid = { left: 8, right: 14, top: 30, bottom: 22, containLabel: true };

// The name of an x axis, below its middle.
export const xName = (name) => ({ name, nameLocation: "middle", nameGap: 22 });

// A chart of which filter and legend leave nothing.
export const nothing = (legend) => ({
  option: { xAxis: { show: false }, yAxis: { show: false }, series: [] }, lines: [], legend,
  words: "nothing to show", note: "Nothing to show: filter and legend leave no value.", height: 60,
});

export function tooltip(colours, more) {
  return {
    confine: true,
    transitionDuration: 0,
    backgroundColor: colours.paper,
    borderColor: colours.line,
    padding: [6, 9],
    textStyle: { color: colours.ink, fontSize: 12 },
    ...more,
  };
}

// A little table for a tooltip: head, then rows of texts, the first with a dot of its colour.
export function tipTable(head, rows) {
  const line = ({ colour, cells }) =>
    `<tr><td><span style="color:${colour}">&#9632;</span> ${escapeHtml(cells[0])}</td>` +
    cells.slice(1).map((cell) => `<td class="n">${escapeHtml(cell)}</td>`).join("") + "</tr>";
  return `<b>${escapeHtml(head)}</b><table class="tip">${rows.map(line).join("")}</table>`;
}

// The area between two curves over x. points: [x, low, high]. A custom series needs one datum that
// lies within the axes, or nothing is drawn.
export function band(name, points, colour, opacity) {
  return {
    name, type: "custom", silent: true, clip: true, z: 1, tooltip: { show: false },
    data: [[points[0][0], points[0][1]]],
    renderItem: (params, api) => ({
      type: "polygon",
      shape: {
        points: [
          ...points.map(([x, , high]) => api.coord([x, high])),
          ...[...points].reverse().map(([x, low]) => api.coord([x, low])),
        ],
      },
      style: { fill: colour, opacity },
    }),
  };
}

// Lines from low to high. bars: [x0, y0, x1, y1] each in the units of the axes.
export function whiskers(name, bars, colour, width = 1.2) {
  return {
    name, type: "custom", silent: true, clip: true, z: 2, tooltip: { show: false },
    data: bars.map((bar) => [bar[0], bar[1]]),
    renderItem: (params, api) => {
      const [x0, y0, x1, y1] = bars[params.dataIndex];
      const [a, b] = [api.coord([x0, y0]), api.coord([x1, y1])];
      return {
        type: "line",
        shape: { x1: a[0], y1: a[1], x2: b[0], y2: b[1] },
        style: { stroke: colour, lineWidth: width, opacity: 0.8 },
      };
    },
  };
}

// The count to show of those that are there: the wanted one, or the nearest below, or the lowest.
export function nearest(counts, wanted) {
  const target = Number(wanted) || Infinity;
  const below = counts.filter((count) => count <= target);
  return below.length ? Math.max(...below) : Math.min(...counts);
}

export function legendOf(series, selected) {
  return series.map((one) => ({ name: one.name, look: one.look, shown: selected.series(one) }));
}
