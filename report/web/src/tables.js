// tables.js: tables that sort by a click on a head, and as CSV.

// Those of charts when they are opened.
export function prepareTables() {
  for (const table of document.querySelectorAll("table")) {
    const folded = table.closest("details:not([open])");
    if (folded) folded.addEventListener("toggle", () => prepare(table), { once: true });
    else prepare(table);
  }
}

function prepare(table) {
  if (table.tBodies[0].rows.length < 2) return;
  for (const head of table.tHead.rows[0].cells) {
    const button = document.createElement("button");
    button.type = "button";
    button.append(...head.childNodes);
    button.addEventListener("click", () => sort(table, head));
    head.append(button);
  }
}

const value = (cell) => cell.dataset.v ?? cell.textContent;

function sort(table, head) {
  const column = head.cellIndex;
  const down = head.getAttribute("aria-sort") === "ascending";
  for (const other of table.tHead.rows[0].cells) other.removeAttribute("aria-sort");
  head.setAttribute("aria-sort", down ? "descending" : "ascending");
  const body = table.tBodies[0];
  const rows = [...body.rows].map((row) => [value(row.cells[column]), row]);
  const numbers = rows.every(([text]) => text === "" || text === "-" || !isNaN(parseFloat(text)));
  rows.sort(([a], [b]) => (numbers ? order(a) - order(b) : a.localeCompare(b)));
  if (down) rows.reverse();
  body.append(...rows.map(([, row]) => row));
}

const order = (text) => (text === "" || text === "-" ? -Infinity : parseFloat(text));

// The rows that are shown, as RFC 4180 wants them. A text that a spreadsheet would take for a
// formula gets an apostrophe before it.
export function csvOf(table) {
  const lines = [table.tHead.rows[0], ...table.tBodies[0].rows].filter((row) => !row.hidden);
  return lines.map((row) => [...row.cells].map((cell) => field(value(cell))).join(",") + "\r\n")
    .join("");
}

// points: [time, commit, low, value, high, n].
export function csvOfSessions({ unit, points }) {
  const head = ["time", "commit", unit, "lowest", "highest", "n"];
  const rows = points.map(([time, commit, low, value, high, n]) =>
    [time, commit, value, low, high, n]);
  return [head, ...rows].map((row) => row.map((one) => field(String(one))).join(",") + "\r\n")
    .join("");
}

function field(text) {
  const safe = /^[=+\-@\t]/.test(text) && isNaN(Number(text)) ? `'${text}` : text;
  return /[",\r\n]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
}
