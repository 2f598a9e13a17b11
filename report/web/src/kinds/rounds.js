// rounds.js: every run in the order of the rounds: drift and outliers can be seen.

import { compact, short } from "../format.js";
import { lookOf } from "../palette.js";
import { axis, grid, legendOf, nearest, nothing, tipTable, tooltip, xName } from "./shared.js";

const { state } = window.faultline;

export function rounds(spec, selected, colours) {
  const key = spec.counted === "CPUs" ? "cpus" : "threads";
  const counts = [...new Set(spec.strips.map((one) => one.count))]
    .filter((count) => selected.point({ [key]: count }));
  const count = counts.length ? nearest(counts, state.get("n")) : null;
  const here = spec.strips.filter((one) => one.count === count);
  const strips = here.filter(selected.series);
  const legend = legendOf(here, selected);
  if (!strips.length) return nothing(legend);
  return {
    option: {
      grid,
      xAxis: axis(colours, {
        type: "value", scale: true, minInterval: 1, ...xName(spec.word),
        splitLine: { show: false }, min: "dataMin", max: "dataMax",
      }),
      yAxis: axis(colours, {
        type: "value", scale: true, name: `${spec.unit}, at ${count} ${spec.counted}`,
        nameTextStyle: { color: colours.faint, fontSize: 11, align: "left" }, nameGap: 10,
        axisLine: { show: false }, axisTick: { show: false }, axisLabel: { formatter: short },
      }),
      series: strips.map((one) => {
        const look = lookOf(one.look, colours);
        return { name: one.name, type: "line", data: one.runs, symbol: look.symbol, symbolSize: 6,
          showAllSymbol: true, lineStyle: { ...look.line, width: 0.8, opacity: 0.55 },
          itemStyle: look.item, emphasis: { focus: "series", scale: 1.4 } };
      }),
      tooltip: tooltip(colours, {
        trigger: "axis",
        formatter: (found) => tipTable(`${spec.word} ${found[0].value[0]}, ${spec.unit}`,
          found.map((one) => ({
            colour: lookOf(strips[one.seriesIndex].look, colours).colour, value: one.value[1],
            cells: [one.seriesName, compact(one.value[1])],
          })).sort((a, b) => b.value - a.value)),
      }),
    },
    lines: strips.map((one, i) => one.runs.map(([pair, value], j) => ({
      target: { seriesIndex: i, dataIndex: j },
      text: `${one.name}, ${spec.word} ${pair}: ${compact(value)} ${spec.unit}`,
    }))),
    words: strips.map((one) => `${one.name}: ${one.runs.length} runs`).join("; "),
    note: `At ${count} ${spec.counted}. The axis does not begin at 0.`,
    legend,
    height: 240,
  };
}
