// single.js: the pages of a dashboard in one file: one is shown at a time.

import { state } from "./state.js";

export function showPages() {
  const pages = [...document.querySelectorAll("section.page")];
  if (!pages.length) return;
  document.body.classList.add("single");
  const show = () => {
    const target = document.getElementById(state.get("at"));
    const one = target?.closest("section.page") ??
      pages.find((page) => page.dataset.shown) ?? pages[0];
    for (const page of pages) {
      page.hidden = page !== one;
      if (page === one) page.dataset.shown = "yes";
      else delete page.dataset.shown;
    }
    for (const link of document.querySelectorAll("nav a")) {
      if (link.dataset.page === one.dataset.page) link.setAttribute("aria-current", "page");
      else link.removeAttribute("aria-current");
    }
    document.dispatchEvent(new Event("pageshown"));
  };
  state.watch(show);
  show();
}
