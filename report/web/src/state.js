// state.js: what the reader chose, kept in the address: #q=design:rwsem&y=ns&at=ID.
// An address with a plain #ID, as any link has, means at=ID.

const watchers = [];
let values = read();

function read() {
  const hash = location.hash.slice(1);
  if (!hash) return new Map();
  if (!hash.includes("=")) return new Map([["at", safeDecode(hash)]]);
  return new Map(
    hash.split("&").map((part) => {
      const [key, ...rest] = part.split("=");
      return [safeDecode(key), safeDecode(rest.join("="))];
    }),
  );
}

function safeDecode(text) {
  try {
    return decodeURIComponent(text.replaceAll("+", " "));
  } catch {
    return text;
  }
}

// Readable where an address may be: blanks as +, and : , > < = ( ) as they are.
function encode(text) {
  return encodeURIComponent(text)
    .replaceAll("%20", "+").replaceAll("%3A", ":").replaceAll("%2C", ",")
    .replaceAll("%3E", ">").replaceAll("%3C", "<").replaceAll("%3D", "=");
}

function tell() {
  for (const watcher of watchers) watcher();
}

export const state = {
  get: (key) => values.get(key) ?? "",
  set(key, value) {
    if (value) values.set(key, value);
    else values.delete(key);
    const hash = state.text(values);
    history.replaceState(null, "", hash ? `#${hash}` : location.pathname + location.search);
    tell();
  },
  text: (map) => [...map].map(([key, value]) => `${encode(key)}=${encode(value)}`).join("&"),
  // What another page understands as well.
  shared: () => [...values].filter(([key]) => key === "q" || key === "off"),
  // Whether the address holds more than a place to go to.
  chosen: () => [...values.keys()].some((key) => key !== "at"),
  watch: (watcher) => watchers.push(watcher),
  // Goes to the element that the address names.
  jump() {
    const target = document.getElementById(state.get("at"));
    if (target) target.scrollIntoView({ block: "start" });
  },
};

window.addEventListener("hashchange", () => {
  values = read();
  tell();
  state.jump();
});
document.addEventListener("DOMContentLoaded", () => {
  if (location.hash.includes("=")) requestAnimationFrame(state.jump);
});
