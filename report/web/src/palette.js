// palette.js: the colours of the style sheet for the theme of the moment, symbols and dashes.

// Different forms besides different colours; ECharts' names, or paths in a box of 2 x 2.
export const symbols = [
  "circle", "rect", "triangle", "diamond",
  "path://M-1,-0.9L1,-0.9L0,0.9Z", "path://M-1,-0.3H-0.3V-1H0.3V-0.3H1V0.3H0.3V1H-0.3V0.3H-1Z",
  "path://M-0.9,0L0.9,-1L0.9,1Z", "path://M0.9,0L-0.9,-1L-0.9,1Z",
];
export const dashes = ["solid", [6, 3], [2, 2], [8, 3, 2, 3], [4, 4]];

export function palette() {
  const style = getComputedStyle(document.documentElement);
  const value = (name) => style.getPropertyValue(`--${name}`).trim();
  return {
    ink: value("ink"), faint: value("faint"), line: value("line"), paper: value("paper"),
    zone: value("zone"), better: value("better"), worse: value("worse"), same: value("same"),
    unsure: value("unsure"),
    series: [0, 1, 2, 3, 4, 5, 6].map((i) => value(`s${i}`)),
  };
}

// How a line and its points look.
export function lookOf([colour, symbol, dash, hollow], colours) {
  const own = colours.series[colour];
  return {
    colour: own,
    symbol: symbols[symbol],
    line: { color: own, width: 1.6, type: dashes[dash] },
    item: hollow
      ? { color: colours.paper, borderColor: own, borderWidth: 1.6 }
      : { color: own, borderColor: own, borderWidth: 0 },
  };
}
