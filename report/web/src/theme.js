// theme.js: light or dark: what the system prefers, until the reader chooses; kept for next time.

const key = "faultline-theme";
const system = window.matchMedia("(prefers-color-scheme: dark)");
const watchers = [];
let printing = false;

function stored() {
  try {
    return localStorage.getItem(key);
  } catch {
    return null; // a browser that keeps nothing for files
  }
}

export const theme = {
  chosen: null,
  get dark() {
    if (printing) return false;
    return (theme.chosen ?? (system.matches ? "dark" : "light")) === "dark";
  },
  apply() {
    theme.chosen ??= ["dark", "light"].find((name) => name === stored()) ?? null;
    document.documentElement.dataset.theme = theme.dark ? "dark" : "light";
    const button = document.getElementById("theme");
    if (button) button.textContent = theme.dark ? "light" : "dark";
    for (const watcher of watchers) watcher();
  },
  toggle() {
    theme.chosen = theme.dark ? "light" : "dark";
    try {
      localStorage.setItem(key, theme.chosen);
    } catch {
      // nothing to keep it in: it holds for this page
    }
    theme.apply();
  },
  bindButton(button) {
    button.addEventListener("click", theme.toggle);
    button.setAttribute("aria-label", "switch between light and dark");
    theme.apply();
  },
  watch: (watcher) => watchers.push(watcher),
};

system.addEventListener("change", () => theme.apply());
// Paper is white.
window.addEventListener("beforeprint", () => {
  printing = true;
  theme.apply();
});
window.addEventListener("afterprint", () => {
  printing = false;
  theme.apply();
});
