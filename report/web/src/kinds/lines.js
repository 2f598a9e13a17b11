// lines.js: curves over threads or CPUs: rate, time, efficiency, rate per CPU-second, fairness.

import { compact, logTicks, short, thinned, shareTicks, ticksFrom0 } from "../format.js";
import { lookOf } from "../palette.js";
import { axis, band, grid, legendOf, nothing, tipTable, tooltip, whiskers, xName } from "./shared.js";

const { state } = window.faultline;
const few = 4; // so many counts are drawn with whiskers: bands between them would cover each other

// of(point, single): [low, middle, high]. A point is [count, n, low, middle, high, and the same
// three per CPU-second]; single: the rate of one thread.
const modes = {
  rate: { name: (unit) => `${unit}/s`, of: (p) => p.slice(2, 5), show: compact },
  ns: {
    name: (unit) => `ns/${unit} of a thread`,
    of: (p) => [p[4], p[3], p[2]].map((rate) => (1e9 * p[0]) / rate),
    show: compact,
  },
  efficiency: {
    name: () => "% of a single thread's rate",
    of: (p, single) => p.slice(2, 5).map((rate) => (single ? (100 * rate) / (p[0] * single) : null)),
    show: (value) => `${compact(value)}%`,
  },
  cpu: { name: (unit) => `${unit}/CPU-s`, of: (p) => p.slice(5, 8), show: compact },
  jain: { name: () => "Jain's index", of: (p) => p.slice(2, 5), show: (v) => v.toFixed(3) },
};

export function lines(spec, selected, colours, width) {
  const mode = modes[spec.fixed ?? (state.get("y") || "rate")] ?? modes.rate;
  const log = !spec.fixed && state.get("s") === "log";
  const counts = spec.x.counts.filter((count) => selected.point(countLabels(spec, count)));
  const curves = spec.series.filter(selected.series).map((one) => curve(one, counts, mode))
    .filter((one) => one.points.length);
  const values = curves.flatMap((one) => one.points.flatMap((p) => p.slice(1, 4)));
  const shown = [...new Set(curves.flatMap((one) => one.points.map((p) => p[0])))]
    .sort((a, b) => a - b);
  const legend = legendOf(spec.series, selected);
  if (!shown.length) return nothing(legend);
  const series = curves.flatMap((one, i) => drawn(one, i, curves.length, shown, log, colours));
  series.push(marks(spec, shown, width, colours));
  return {
    option: {
      grid,
      xAxis: xAxis(spec, shown, width, colours),
      yAxis: yAxis(spec, mode, values, log, colours),
      series,
      tooltip: tooltip(colours, {
        trigger: "axis",
        axisPointer: { type: "line", lineStyle: { color: colours.faint, width: 1 } },
        formatter: (found) => tip(spec, curves, mode, found, colours),
      }),
    },
    lines: curves.map((one) => one.points.map((p, i) => ({
      target: { seriesIndex: series.findIndex((s) => s.type !== "custom" && s.name === one.name),
        dataIndex: i },
      text: pointText(spec, one, p, mode),
    }))),
    words: curves.map((one) => `${one.name}: ${mode.show(one.points[0][2])} at ` +
      `${one.points[0][0]}, ${mode.show(one.points.at(-1)[2])} at ${one.points.at(-1)[0]} ` +
      spec.x.name).join("; "),
    note: (mode === modes.jain && shareTicks(Math.min(...values))[0] > 0
      ? "The axis does not begin at 0. " : "") + legendNote(spec, shown),
    legend,
  };
}

const countLabels = (spec, count) => (spec.x.name === "CPUs" ? { cpus: count } : { threads: count });

function curve(one, counts, mode) {
  const single = one.points.find((p) => p[0] === 1)?.[3] ?? null;
  const points = one.points.filter((p) => counts.includes(p[0]))
    .map((p) => [p[0], ...mode.of(p, single), p[1]])
    .filter((p) => p[2] !== null && Number.isFinite(p[2]));
  return { ...one, points };
}

// Band and line; where the counts are few, points side by side with whiskers instead.
function drawn(one, i, every, shown, log, colours) {
  const look = lookOf(one.look, colours);
  const lone = shown.length <= few;
  const octaves = Math.log2(shown.at(-1) / shown[0]) || 1;
  const shift = lone ? 2 ** ((i - (every - 1) / 2) * 0.022 * octaves) : 1;
  const points = one.points.map(([x, low, middle, high]) =>
    [x * shift, log ? Math.max(low, middle / 1e6) : low, middle, high]);
  const range = lone
    ? whiskers(one.name, points.map(([x, low, , high]) => [x, low, x, high]), look.colour)
    : band(one.name, points.map(([x, low, , high]) => [x, low, high]), look.colour, 0.14);
  return [range, {
    name: one.name, type: "line", z: 3, symbol: look.symbol, symbolSize: 7, showSymbol: true,
    showAllSymbol: true, lineStyle: look.line, itemStyle: look.item,
    emphasis: { focus: "series", scale: 1.4 },
    data: points.map(([x, , middle]) => [x, middle]),
  }];
}

function xAxis(spec, shown, width, colours) {
  const low = shown[0];
  const high = shown[shown.length - 1];
  const air = high > low ? Math.max(1.12, (high / low) ** 0.04) : 1.5;
  const labels = thinned(shown, width - 70);
  return axis(colours, {
    type: "log", logBase: 2, ...xName(spec.x.name), min: low / air, max: high * air,
    axisLabel: { customValues: labels, formatter: (value) => String(Math.round(value)) },
    axisTick: { customValues: shown },
    splitLine: { show: false },
  });
}

function yAxis(spec, mode, values, log, colours) {
  const high = Math.max(...values);
  const low = Math.min(...values.filter((value) => value > 0));
  const name = { name: mode.name(spec.unit), nameLocation: "end", nameGap: 10,
    nameTextStyle: { color: colours.faint, fontSize: 11, align: "left" } };
  if (!log) {
    const ticks = mode === modes.jain ? shareTicks(low) : ticksFrom0(high);
    return axis(colours, { type: "value", ...name, min: ticks[0], max: ticks.at(-1),
      axisLine: { show: false }, axisTick: { show: false, customValues: ticks },
      axisLabel: { customValues: ticks, formatter: short } });
  }
  const [bottom, top] = [low / 1.15, high * 1.15];
  const ticks = logTicks(bottom, top);
  return axis(colours, {
    type: "log", ...name, min: bottom, max: top, axisLine: { show: false },
    axisTick: { show: false, customValues: ticks },
    axisLabel: { customValues: ticks, formatter: short },
    splitLine: { show: true },
  });
}

// Where a part of the machine comes in, and where threads share CPUs.
function marks(spec, shown, width, colours) {
  const [low, high] = [shown[0], shown[shown.length - 1]];
  const inside = spec.x.borders.filter(([x]) => x > low && x < high);
  const styles = { socket: [colours.faint, 1, [4, 3]], sibling: [colours.faint, 1, [1, 2]],
    node: [colours.line, 1, [4, 3]], cluster: [colours.line, 0.7, "solid"] };
  const area = spec.x.over !== null && spec.x.over < high
    ? [[{ xAxis: Math.max(spec.x.over, low / 1.1) },
      { xAxis: high * 4 }]]
    : [];
  return {
    name: "", type: "line", data: [], silent: true,
    markLine: {
      silent: true, symbol: "none",
      data: inside.map(([x, part, words]) => ({
        xAxis: x,
        lineStyle: { color: styles[part]?.[0] ?? colours.line, width: styles[part]?.[1] ?? 0.7,
          type: styles[part]?.[2] ?? "solid" },
        label: { show: Boolean(words), formatter: words, position: "insideEndTop",
          color: colours.faint, fontSize: 10 },
      })),
    },
    markArea: {
      silent: true, itemStyle: { color: colours.zone }, data: area,
      label: { position: "insideBottom", color: colours.faint, fontSize: 10, show: area.length > 0,
        formatter: width > 480 ? "more threads than CPUs" : "> CPUs" },
    },
  };
}

function tip(spec, curves, mode, found, colours) {
  const list = Array.isArray(found) ? found : [found];
  const index = list.filter((one) => one.seriesType === "line" && one.seriesName);
  if (!index.length) return "";
  const rows = index.map((one) => {
    const source = curves.find((c) => c.name === one.seriesName);
    const point = source.points[one.dataIndex];
    return { middle: point[2], colour: lookOf(source.look, colours).colour, cells: [
      source.name, mode.show(point[2]), `${mode.show(point[1])} to ${mode.show(point[3])}`,
      `n ${point[4]}`] , count: point[0] };
  });
  rows.sort((a, b) => b.middle - a.middle);
  return tipTable(`${rows[0].count} ${spec.x.name}, ${mode.name(spec.unit)}`, rows);
}

function pointText(spec, one, p, mode) {
  return `${one.name}, ${p[0]} ${spec.x.name}: ${mode.show(p[2])} ${mode.name(spec.unit)} ` +
    `(${mode.show(p[1])} to ${mode.show(p[3])}, n = ${p[4]})`;
}

function legendNote(spec, shown) {
  const parts = new Set(spec.x.borders.filter(([x]) => x > shown[0] && x < shown.at(-1))
    .map(([, part]) => part));
  const words = { socket: "another socket", sibling: "SMT siblings", node: "another node",
    cluster: "another cluster" };
  const named = [...parts].filter((part) => words[part]).map((part) => words[part]);
  return named.length ? `Vertical lines: from there on with ${named.join(", ")}.` : "";
}
