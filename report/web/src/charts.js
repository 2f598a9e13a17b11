// charts.js: draws the charts of a page, each when it comes into view.

import { Card } from "./card.js";

const { state, theme, charts } = window.faultline;
const cards = [];

const observer = new IntersectionObserver(
  (entries) => {
    for (const entry of entries) {
      if (entry.isIntersecting) entry.target.card.draw();
    }
  },
  { rootMargin: "200px" },
);

for (const element of document.querySelectorAll("[data-chart]")) {
  const spec = charts[element.dataset.chart];
  if (!spec) continue;
  const card = new Card(element, spec);
  element.card = card;
  cards.push(card);
  observer.observe(element);
}

state.watch(() => cards.forEach((card) => card.update()));
theme.watch(() => cards.forEach((card) => card.update()));
window.addEventListener("beforeprint", () => cards.forEach((card) => card.draw()));
