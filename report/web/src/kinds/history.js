// history.js: a value over sessions, with change points as ranges, epochs and accepted changes.

import { compact, short } from "../format.js";
import { axis, grid, tipTable, tooltip, whiskers } from "./shared.js";

const zoomFrom = 40; // sessions from which on the axis can be zoomed
const zoomTo = 200; // newest sessions that are seen at first

function suspicion({ suspect, better }) {
  if (!suspect) return "";
  const worse = (suspect > 0) !== (better === "higher");
  return `SUSPECT: the two newest sessions are ${suspect > 0 ? "higher" : "lower"} ` +
    `(${worse ? "worse" : "better"}) than all before them allow. `;
}

// Ends of the axis, with the whiskers in it.
function room(points) {
  const low = Math.min(...points.map((p) => p[2]));
  const high = Math.max(...points.map((p) => p[4]));
  const power = 10 ** Math.floor(Math.log10(high - low || high || 1));
  const interval = [0.2, 0.5, 1, 2].map((digit) => digit * power)
    .find((step) => (high - low) / step <= 6);
  return { min: Math.floor(low / interval) * interval, max: Math.ceil(high / interval) * interval,
    interval };
}

// A line from each session to the next, but not from one epoch to another.
const joined = ({ points, epochs }) => points.flatMap((p, i) =>
  (epochs.includes(i) ? [[i - 0.5, null], [i, p[3]]] : [[i, p[3]]]));

const quiet = (colours) => ({ lineStyle: { color: colours.faint, opacity: 0.6 },
  areaStyle: { opacity: 0 } });

export function history(spec, selected, colours) {
  const points = spec.points;
  const colour = colours.series[0];
  const marks = [
    ...spec.epochs.map((at) => ({ xAxis: at - 0.5, words: "new epoch", type: [4, 3] })),
    ...spec.accepted.map(([at, reason]) => ({ xAxis: at, words: reason, type: "solid" })),
  ];
  const zoom = points.length > zoomFrom;
  return {
    option: {
      grid: { ...grid, bottom: zoom ? 56 : 26 },
      xAxis: axis(colours, {
        type: "value", min: -0.5, max: points.length - 0.5, minInterval: 1,
        axisLabel: { formatter: (i) => points[i]?.[1].slice(0, 7) ?? "", hideOverlap: true },
        splitLine: { show: false },
      }),
      yAxis: axis(colours, {
        type: "value", name: spec.unit, nameGap: 10, ...room(points),
        nameTextStyle: { color: colours.faint, fontSize: 11, align: "left" },
        axisLine: { show: false }, axisTick: { show: false }, axisLabel: { formatter: short },
      }),
      dataZoom: zoom
        ? [{ type: "inside", zoomOnMouseWheel: "ctrl",
            start: 100 * Math.max(0, 1 - zoomTo / points.length) },
          { type: "slider", height: 18, bottom: 8, showDetail: false, fillerColor: colours.zone,
            handleStyle: { color: colours.paper, borderColor: colours.faint },
            moveHandleStyle: { color: colours.line, opacity: 1 }, backgroundColor: "transparent",
            dataBackground: quiet(colours), selectedDataBackground: quiet(colours),
            start: 100 * Math.max(0, 1 - zoomTo / points.length), borderColor: colours.line }]
        : [],
      series: [
        whiskers("range", points.map((p, i) => [i, p[2], i, p[4]]), colour, 1),
        { type: "line", z: 2, symbol: "none", silent: true, data: joined(spec), tooltip: { show: false },
          lineStyle: { color: colour, width: 0.5 } },
        {
          name: spec.unit, type: "line", z: 3, symbol: "circle", symbolSize: 6, data:
            points.map((p, i) => [i, p[3]]), showAllSymbol: !zoom,
          lineStyle: { opacity: 0 }, itemStyle: { color: colour },
          markLine: {
            silent: true, symbol: "none",
            data: marks.map((one) => ({ xAxis: one.xAxis,
              lineStyle: { color: colours.faint, width: 1, type: one.type },
              label: { formatter: one.words, color: colours.faint, fontSize: 10,
                position: "insideEndTop" } })),
          },
          markArea: {
            silent: true, itemStyle: { color: colours.zone },
            label: { color: colours.faint, fontSize: 10, position: "insideBottom" },
            data: spec.changes.map(([first, last, before, after]) => [
              { xAxis: first - 0.5, name: `${compact(before)} to ${compact(after)}` },
              { xAxis: last + 0.5 },
            ]),
          },
        },
      ],
      tooltip: tooltip(colours, {
        trigger: "axis",
        formatter: (found) => {
          const p = points[found.find((one) => one.seriesName === spec.unit)?.dataIndex];
          if (!p) return "";
          return tipTable(`${p[0]} ${p[1]}`, [{ colour, cells: [spec.unit, compact(p[3]),
            `${compact(p[2])} to ${compact(p[4])}`, `n ${p[5]}`] }]);
        },
      }),
    },
    lines: [points.map((p, i) => ({
      target: { seriesIndex: 2, dataIndex: i },
      text: `${p[0]}, ${p[1]}: ${compact(p[3])} ${spec.unit} (${compact(p[2])} to ` +
        `${compact(p[4])}, n = ${p[5]})`,
    }))],
    words: `${points.length} sessions, ${compact(points[0][3])} to ${compact(points.at(-1)[3])} ` +
      spec.unit,
    height: zoom ? 290 : 230,
    note: suspicion(spec) + "The axis does not begin at 0." +
      (spec.changes.length ? " Shaded: where a change point may lie." : ""),
  };
}
