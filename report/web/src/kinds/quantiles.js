// quantiles.js: how often an operation took longer than x, both axes logarithmic.

import { logTicks, nanoseconds, short } from "../format.js";
import { lookOf } from "../palette.js";
import { axis, grid, legendOf, nearest, nothing, tipTable, tooltip, whiskers, xName } from "./shared.js";

const { state } = window.faultline;
const smallest = 1; // ns: where a wait of 0 is drawn

export function quantiles(spec, selected, colours) {
  const key = spec.counted === "CPUs" ? "cpus" : "threads";
  const counts = spec.counts.filter((count) => selected.point({ [key]: count }));
  const legend = legendOf(spec.series, selected);
  const count = counts.length ? nearest(counts, state.get("n")) : null;
  const curves = spec.series.filter((one) => selected.series(one) && one.curves[count])
    .map((one) => ({ ...one, points: one.curves[count], line: one.lines[count] ?? [] }));
  if (!curves.length) return nothing(legend);
  const times = curves.flatMap((one) => [...one.points.flatMap((p) => [p[2], p[4]]),
    ...one.line.map((p) => p[0])]).map((t) => Math.max(t, smallest));
  const least = Math.min(...curves.flatMap((one) => [...one.points, ["", 1], ...one.line.map(
    (p) => ["", p[1]])].map((p) => p[1])));
  const [low, high] = [Math.min(...times) / 1.5, Math.max(...times) * 1.5];
  const series = curves.flatMap((one) => drawn(one, colours));
  return {
    option: {
      grid,
      xAxis: axis(colours, {
        type: "log", min: low, max: high, ...xName(`longer than, at ${count} ${spec.counted}`),
        axisLabel: { customValues: logTicks(low, high), formatter: nanoseconds, hideOverlap: true },
        axisTick: { customValues: logTicks(low, high) }, splitLine: { show: true },
      }),
      yAxis: axis(colours, {
        type: "log", min: least / 2, max: 1, name: "share of the operations",
        nameTextStyle: { color: colours.faint, fontSize: 11, align: "left" }, nameGap: 10,
        axisLine: { show: false },
        axisLabel: { customValues: shares(least), formatter: (v) => `1 in ${short(1 / v)}` },
        axisTick: { show: false, customValues: shares(least) },
      }),
      series,
      tooltip: tooltip(colours, {
        trigger: "item",
        formatter: ({ seriesName, dataIndex }) => tip(curves, seriesName, dataIndex, colours),
      }),
    },
    lines: curves.map((one) => one.points.map((p, i) => ({
      target: { seriesIndex: series.findIndex((s) => s.type === "line" && s.name === one.name),
        dataIndex: i },
      text: `${one.name}, ${count} ${spec.counted}: ${p[0]} ${nanoseconds(p[3])} ` +
        `(${nanoseconds(p[2])} to ${nanoseconds(p[4])})`,
    }))),
    words: curves.map((one) => `${one.name}: ` +
      one.points.map((p) => `${p[0]} ${nanoseconds(p[3])}`).join(", ")).join("; "),
    legend,
  };
}

function shares(least) {
  const ticks = [1, 0.1, 0.01, 0.001];
  while (ticks.at(-1) / 10 > least / 2) ticks.push(ticks.at(-1) / 10);
  return ticks.map((tick) => Number(tick.toPrecision(3)));
}

function drawn(one, colours) {
  const look = lookOf(one.look, colours);
  const clip = (t) => Math.max(t, smallest);
  return [
    whiskers(one.name, one.points.map((p) => [clip(p[2]), p[1], clip(p[4]), p[1]]), look.colour),
    {
      name: one.name, type: "line", z: 3, symbol: look.symbol, symbolSize: 8,
      showAllSymbol: true, itemStyle: look.item,
      lineStyle: one.line.length ? { opacity: 0 } : look.line,
      emphasis: { focus: "series", scale: 1.4 },
      data: one.points.map((p) => [clip(p[3]), p[1]]),
    },
    ...(one.line.length ? [{
      name: `${one.name}, all runs`, type: "line", z: 2, symbol: "none", silent: true,
      lineStyle: look.line, tooltip: { show: false },
      data: one.line.map(([time, share]) => [clip(time), share]),
    }] : []),
  ];
}

function tip(curves, name, index, colours) {
  const quantile = curves.find((one) => one.name === name)?.points[index]?.[0];
  const rows = curves.map((one) => {
    const point = one.points.find((p) => p[0] === quantile);
    return point && { at: point[3], colour: lookOf(one.look, colours).colour, cells: [one.name,
      nanoseconds(point[3]), `${nanoseconds(point[2])} to ${nanoseconds(point[4])}`] };
  }).filter(Boolean).sort((a, b) => a.at - b.at);
  return tipTable(quantile, rows);
}
