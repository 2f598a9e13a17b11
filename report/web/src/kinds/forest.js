// forest.js: estimates of a change with their intervals, one below the other.

import { change } from "../format.js";
import { axis, nothing, tipTable, tooltip } from "./shared.js";

const signs = { better: "triangle", worse: "triangle", same: "circle", unsure: "circle" };
// Ratios that get a tick: halving and doubling are as far from 1.
const above = [1.01, 1.02, 1.05, 1.1, 1.25, 1.5, 2, 3, 5, 10, 20, 50, 100];
const below = [0.99, 0.98, 0.95, 0.9, 0.8, 0.67, 0.5, 0.33, 0.2, 0.1, 0.05, 0.02, 0.01];

export function forest(spec, selected, colours, width) {
  const rows = spec.rows.filter((row) => selected.series(row));
  if (!rows.length) return nothing([]);
  // Ratios come as logarithms, differences as they are.
  const show = spec.relative
    ? (value) => change(Math.exp(value))
    : (value) => (value > 0 ? "+" : "") + Number(value.toFixed(3));
  const reach = reachOf(rows, spec.threshold);
  const ticks = ticksOf(reach, spec.relative, Math.max(5, (width - 250) / 40));
  const series = [intervals(rows, reach, colours), estimates(rows, reach, colours)];
  const words = (row) => `${show(row.middle)} (${end(row.low, show)} to ${end(row.high, show)})`;
  return {
    option: {
      grid: { left: 8, right: 8, top: 24, bottom: 6, containLabel: true },
      xAxis: axis(colours, {
        type: "value", min: -reach, max: reach, position: "top",
        axisLabel: { formatter: (v) => (v === 0 ? "0" : show(v)), customValues: ticks },
        axisTick: { customValues: ticks }, splitLine: { show: false },
      }),
      yAxis: [
        axis(colours, { type: "category", inverse: true, data: rows.map((row) => row.name),
          axisTick: { show: false }, axisLabel: { interval: 0, color: colours.ink } }),
        axis(colours, { type: "category", inverse: true, position: "right",
          data: rows.map((row) => `${show(row.middle)} ${row.verdict}`),
          axisTick: { show: false }, axisLine: { show: false },
          axisLabel: { interval: 0, show: width > 430 } }),
      ],
      series,
      tooltip: tooltip(colours, {
        trigger: "item",
        formatter: ({ dataIndex }) => tip(rows[dataIndex], words(rows[dataIndex]), colours),
      }),
    },
    lines: [rows.map((row, i) => ({
      target: { seriesIndex: 1, dataIndex: i },
      text: `${row.name}: ${words(row)}, ${row.verdict}, n = ${row.n.join(" and ")}`,
    }))],
    words: rows.slice(0, 12).map((row) => `${row.name} ${show(row.middle)} ${row.verdict}`)
      .join("; "),
    note: `Shaded: changes that do not matter; ${spec.better} is better.`,
    height: 44 + 21 * rows.length,
  };
}

const end = (value, show) => (value === null ? "unknown" : show(value));

// Half the axis: what most of the interval ends need, at least three thresholds.
function reachOf(rows, threshold) {
  const ends = rows.flatMap((row) => [row.low, row.middle, row.high])
    .filter((value) => value !== null).map(Math.abs).sort((a, b) => a - b);
  const usual = ends.length ? ends[Math.floor(0.93 * (ends.length - 1))] : 0;
  const wanted = Math.max(3 * threshold, usual * 1.1);
  return wanted;
}

// About so many ticks, from 0 outwards.
function ticksOf(reach, relative, most) {
  const step = 10 ** Math.floor(Math.log10(reach)) / 2;
  const sides = relative
    ? [above.map(Math.log), below.map(Math.log)]
    : [1, -1].map((sign) => Array.from({ length: 20 }, (_, i) => sign * step * (i + 1)));
  const ticks = [0];
  for (const side of sides) {
    let last = 0;
    for (const tick of side) {
      if (Math.abs(tick) <= reach && Math.abs(tick - last) >= (2 * reach) / most) {
        ticks.push(tick);
        last = tick;
      }
    }
  }
  return ticks.sort((a, b) => a - b);
}

// An end that no number of runs bounds goes to the edge of the axis.
function intervals(rows, reach, colours) {
  return {
    type: "custom", silent: true, clip: true, z: 2, tooltip: { show: false },
    data: rows.map((row, i) => [0, i]),
    markLine: { silent: true, symbol: "none", label: { show: false }, data: [{ xAxis: 0 }],
      lineStyle: { color: colours.faint, type: "solid", width: 1 } },
    renderItem: (params, api) => {
      const row = rows[params.dataIndex];
      const [x0, y] = api.coord([Math.max(row.low ?? -reach, -reach), params.dataIndex]);
      const [x1] = api.coord([Math.min(row.high ?? reach, reach), params.dataIndex]);
      // The zone of this row: threads that share CPUs have a wider one.
      const [z0] = api.coord([-Math.min(row.threshold, reach), params.dataIndex]);
      const [z1] = api.coord([Math.min(row.threshold, reach), params.dataIndex]);
      const tall = api.size([0, 1])[1];
      const children = [{ type: "rect", style: { fill: colours.zone },
        shape: { x: z0, y: y - tall / 2, width: z1 - z0, height: tall } }, { type: "line", shape: { x1: x0, y1: y, x2: x1, y2: y },
        style: { stroke: colours[row.kind], lineWidth: 2 } }];
      for (const [value, x, sign] of [[row.low ?? -Infinity, x0, 1], [row.high ?? Infinity, x1, -1]]) {
        if (Math.abs(value) <= reach) continue;
        children.push({ type: "polygon", style: { fill: colours[row.kind] },
          shape: { points: [[x, y], [x + 6 * sign, y - 4], [x + 6 * sign, y + 4]] } });
      }
      return { type: "group", children };
    },
  };
}

function estimates(rows, reach, colours) {
  return {
    type: "scatter", z: 3, symbolSize: 9, clip: true,
    data: rows.map((row, i) => ({
      value: [Math.max(-reach, Math.min(reach, row.middle)), i],
      symbol: signs[row.kind], symbolRotate: row.middle > 0 ? -90 : 90,
      itemStyle: row.kind === "unsure"
        ? { color: colours.paper, borderColor: colours.unsure, borderWidth: 1.6 }
        : { color: colours[row.kind] },
    })),
  };
}

function tip(row, words, colours) {
  const cells = [["change", words], ["verdict", row.verdict], ["p", row.p?.toPrecision(2) ?? "-"],
    ["q", row.q?.toPrecision(2) ?? "-"], ["n", row.n.join(" and ")]];
  return tipTable(row.name, cells.map((one) => ({ colour: colours[row.kind], cells: one })));
}
