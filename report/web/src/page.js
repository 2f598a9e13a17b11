// page.js: what every page needs: theme, state in the address, filter, tables. Draws no chart.

import { filterPage } from "./filter.js";
import { parseQuery } from "./query.js";
import { state } from "./state.js";
import { showPages } from "./single.js";
import { prepareTables } from "./tables.js";
import { theme } from "./theme.js";

// What the data files and charts.js find: classic scripts, since modules cannot be loaded from disk.
const faultline = {
  charts: {},
  add(charts) {
    Object.assign(faultline.charts, charts);
  },
  state,
  theme,
  query: () => parseQuery(state.get("q")),
};
window.faultline = faultline;

document.documentElement.classList.add("js");
theme.apply();

document.addEventListener("DOMContentLoaded", () => {
  for (const details of document.querySelectorAll(".card[data-chart] > details")) {
    details.open = false;
  }
  document.documentElement.classList.add("ready");
  theme.bindButton(document.getElementById("theme"));
  bindFilter(document.getElementById("q"));
  bindControls();
  prepareTables();
  showPages();
  state.watch(showState);
  showState();
  document.addEventListener("keydown", shortcut);
  document.addEventListener("click", keepFilter);
});

// Puts the state of the address into the page.
function showState() {
  const input = document.getElementById("q");
  if (document.activeElement !== input) input.value = state.get("q");
  for (const radio of document.querySelectorAll("input[data-key]")) {
    const wanted = state.get(radio.dataset.key);
    if (wanted ? radio.value === wanted : radio.defaultChecked) radio.checked = true;
  }
  const query = parseQuery(state.get("q"));
  document.getElementById("found").textContent = filterPage(query);
}

function bindFilter(input) {
  let timer;
  input.addEventListener("input", () => {
    clearTimeout(timer);
    timer = setTimeout(() => state.set("q", input.value.trim()), 120);
  });
}

function bindControls() {
  for (const radio of document.querySelectorAll("input[data-key]")) {
    radio.addEventListener("change", () => {
      state.set(radio.dataset.key, radio.defaultChecked ? "" : radio.value);
    });
  }
}

function shortcut(event) {
  if (event.target.matches("input, textarea, select") || event.ctrlKey || event.metaKey) return;
  if (event.altKey) return;
  if (event.key === "/") {
    event.preventDefault();
    document.getElementById("q").focus();
  } else if (event.key === "t") {
    theme.toggle();
  }
}

// Links between pages take the filter along, those within a page everything that was chosen.
function keepFilter(event) {
  const link = event.target.closest("a[href]");
  if (!link || event.defaultPrevented) return;
  const href = link.getAttribute("href");
  const match = /^([a-z]*\.html)?(?:#([a-z0-9-]*))?$/.exec(href);
  if (!match) return;
  if (match[1]) {
    const given = new Map(state.shared());
    if (match[2] && given.size) given.set("at", match[2]);
    if (given.size) link.href = `${match[1]}#${state.text(given)}`;
  } else if (match[2] && state.chosen()) {
    event.preventDefault();
    state.set("at", match[2]);
    state.jump();
  }
}
