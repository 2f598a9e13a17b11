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
  if (query.problems.length) return query.problems[0];
  return query.terms.length ? `${shown} of ${rows} rows` : "";
}
