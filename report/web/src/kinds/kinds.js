// kinds.js: the list of charts. A kind is a function (spec, selected, colours, width) that gives
// {option, lines, words, note, legend, height}: what ECharts draws; the points that the keys move
// along, [{target, text}] a line; a description; the line below; the legend; pixels.

import { forest } from "./forest.js";
import { history } from "./history.js";
import { lines } from "./lines.js";
import { quantiles } from "./quantiles.js";
import { rounds } from "./rounds.js";
import { strip } from "./strip.js";

export const kinds = { forest, history, lines, quantiles, rounds, strip };
