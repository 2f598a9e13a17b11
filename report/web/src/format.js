// format.js: numbers as the tables show them, and axes.

// Three digits and a prefix: 1.23M, 45.6k, 789, 0.012.
export function compact(value) {
  if (value === null || value === undefined || Number.isNaN(value)) return "-";
  if (value !== 0 && Math.abs(value) < 0.9995) return String(Number(value.toPrecision(3)));
  const prefixes = ["", "k", "M", "G", "T"];
  let i = 0;
  let rest = value;
  while (Math.abs(rest) >= 999.5 && i < prefixes.length - 1) {
    rest /= 1000;
    i += 1;
  }
  const size = Math.abs(rest);
  const digits = size >= 99.95 || size === 0 ? 0 : size >= 9.995 ? 1 : 2;
  return rest.toFixed(digits) + prefixes[i];
}

// For ticks: no zeros behind the point.
export function short(value) {
  return compact(value).replace(/\.0+(?=\D|$)|(\.\d*?)0+(?=\D|$)/, "$1");
}

export function nanoseconds(value) {
  for (const [limit, scale, unit] of [[999.5, 1, "ns"], [999.5e3, 1e3, "us"], [999.5e6, 1e6, "ms"]]) {
    if (value < limit) return `${short(value / scale)} ${unit}`;
  }
  return `${short(value / 1e9)} s`;
}

export const percent = (value) => `${value > 0 ? "+" : ""}${Number((100 * value).toPrecision(3))}%`;

export const escapeHtml = (text) =>
  String(text).replace(/[&<>"']/g, (c) => `&#${c.charCodeAt(0)};`);

// Ticks 1, 2, 5 of every decade that the axis shows; powers of ten alone where that is too many.
export function logTicks(low, high) {
  const ticks = [];
  const wide = Math.log10(high / low) > 3.2;
  for (let power = Math.floor(Math.log10(low)); power <= Math.log10(high); power += 1) {
    for (const digit of wide ? [1] : [1, 2, 5]) {
      const tick = Number((digit * 10 ** power).toPrecision(6));
      if (tick >= low && tick <= high) ticks.push(tick);
    }
  }
  return ticks;
}

// The counts that get a label: as many as fit, powers of two first.
export function thinned(counts, width) {
  const placed = [];
  const perOctave = width / Math.max(1, Math.log2(counts[counts.length - 1] / counts[0]) + 0.6);
  const power = (n) => (Number.isInteger(Math.log2(n)) ? 0 : 1);
  for (const count of [...counts].sort((a, b) => power(a) - power(b) || a - b)) {
    const room = placed.every((other) => Math.abs(Math.log2(count / other)) * perOctave >
      5 + 3.6 * (String(count).length + String(other).length));
    if (room) placed.push(count);
  }
  return placed.sort((a, b) => a - b);
}
