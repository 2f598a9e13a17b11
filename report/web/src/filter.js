// filter.js: hides rows, and cards that have none left; says how many are shown.

const known = new WeakMap(); // element -> {labels, text}
let filtered = false; // whether anything may be hidden now

function facts(element) {
  let found = known.get(element);
  if (!found) {
    found = {
      labels: JSON.parse(element.dataset.labels || "{}"),
      text: element.tagName === "TR" ? element.textContent.toLowerCase() : "",
    };
    known.set(element, found);
  }
  return found;
}

function showColumn(head, shown) {
  if (head.hidden === !shown) return;
  head.hidden = !shown;
  for (const row of head.closest("table").tBodies[0].rows) {
    row.cells[head.cellIndex].hidden = !shown;
  }
}

// Returns what is to be said beside the filter.
export function filterPage(query) {
  if (!query.terms.length && !filtered) return query.problems[0] ?? "";
  filtered = query.terms.length > 0;
  let rows = 0;
  let shown = 0;
  for (const row of document.querySelectorAll("tr[data-labels]")) {
    const { labels, text } = facts(row);
    row.hidden = !query.matches(labels, text);
    rows += 1;
    shown += !row.hidden;
  }
  for (const card of document.querySelectorAll(".card")) {
    const every = card.querySelectorAll("tr[data-labels]");
    card.hidden = every.length > 0 && [...every].every((row) => row.hidden);
  }
  for (const head of document.querySelectorAll("th[data-labels][scope=col]")) {
    showColumn(head, query.matches(facts(head).labels, null));
  }
  if (query.problems.length) return query.problems[0];
  return query.terms.length ? `${shown} of ${rows} rows` : "";
}
