// strip.js: what each thread of a run did, as a multiple of a fair share, a strip a design.

import { lookOf } from "../palette.js";
import { axis, grid, legendOf, nearest, nothing, tipTable, tooltip } from "./shared.js";

const { state } = window.faultline;

export function strip(spec, selected, colours) {
  const key = spec.counted === "CPUs" ? "cpus" : "threads";
  const legend = legendOf(spec.series, selected);
  const there = [...new Set(spec.series.flatMap((one) => Object.keys(one.shares).map(Number)))]
    .filter((count) => selected.point({ [key]: count }));
  const count = there.length ? nearest(there, state.get("n")) : null;
  const strips = spec.series.filter((one) => selected.series(one) && one.shares[count]);
  if (!strips.length) return nothing(legend);
  const top = Math.max(2, ...strips.flatMap((one) => one.shares[count])) * 1.05;
  return {
    option: {
      grid: { ...grid, bottom: 8 },
      xAxis: axis(colours, {
        type: "category", data: strips.map((one) => one.name), axisTick: { show: false },
        axisLabel: { interval: 0, width: 90, overflow: "break", lineHeight: 13 },
      }),
      yAxis: axis(colours, {
        type: "value", min: 0, max: top, name: `times a fair share, at ${count} ${spec.counted}`,
        nameTextStyle: { color: colours.faint, fontSize: 11, align: "left" }, nameGap: 10,
        axisLine: { show: false }, axisTick: { show: false },
        axisLabel: { formatter: (value) => String(Number(value.toFixed(2))), showMaxLabel: false },
      }),
      series: strips.map((one, i) => drawn(one, i, count, colours)),
      tooltip: tooltip(colours, {
        trigger: "item",
        formatter: ({ seriesIndex }) => tip(strips[seriesIndex], count, spec, colours),
      }),
    },
    lines: strips.map((one, i) => one.shares[count].map((share, j) => ({
      target: { seriesIndex: i, dataIndex: j },
      text: `${one.name}, thread ${j + 1} of ${one.shares[count].length} by its share: ` +
        `${share.toFixed(3)} of a fair share`,
    }))),
    words: strips.map((one) => `${one.name}: slowest ${one.shares[count][0].toFixed(2)}, fastest ` +
      `${one.shares[count].at(-1).toFixed(2)} of a fair share`).join("; "),
    note: `At ${count} ${spec.counted}; within a strip from the slowest to the fastest thread.`,
    legend,
    height: 230,
  };
}

// The threads of a strip from left to right in the order of their shares.
function drawn(one, i, count, colours) {
  const look = lookOf(one.look, colours);
  const shares = one.shares[count];
  return {
    name: one.name, type: "custom", z: 3, clip: true,
    data: shares.map((share) => [i, share]),
    renderItem: (params, api) => {
      const [x, y] = api.coord([i, api.value(1)]);
      const room = Math.min(api.size([1, 0])[0] * 0.7, 130, 16 * (shares.length - 1));
      const place = shares.length > 1 ? params.dataIndex / (shares.length - 1) - 0.5 : 0;
      return { type: "circle", shape: { cx: x + place * room, cy: y, r: shares.length > 24 ? 2 : 3 },
        style: { fill: look.colour, opacity: 0.85 } };
    },
    markLine: i === 0 ? { silent: true, symbol: "none", label: { show: false },
      lineStyle: { color: colours.faint, type: [3, 3], width: 1 }, data: [{ yAxis: 1 }] } : undefined,
  };
}

function tip(one, count, spec, colours) {
  const shares = one.shares[count];
  const at = (q) => shares[Math.round(q * (shares.length - 1))].toFixed(3);
  const colour = lookOf(one.look, colours).colour;
  return tipTable(`${one.name}, ${count} ${spec.counted}`, [
    { colour, cells: ["slowest", at(0)] }, { colour, cells: ["median", at(0.5)] },
    { colour, cells: ["fastest", at(1)] },
  ]);
}
