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

// A ratio as a change: 1.05 is "+5%"; beyond tenfold as a factor.
export function change(ratio) {
  if (ratio > 10) return `x${Number(ratio.toPrecision(3))}`;
  const value = 100 * (ratio - 1);
  return `${value > 0 ? "+" : ""}${Number(value.toFixed(Math.abs(value) < 10 ? 1 : 0))}%`;
}

export const escapeHtml = (text) =>
  String(text).replace(/[&<>"']/g, (c) => `&#${c.charCodeAt(0)};`);

// Ticks of an axis from 0 to a little beyond `high`, at round numbers.
export function ticksFrom0(high) {
  const power = 10 ** Math.floor(Math.log10(high));
  const step = [0.1, 0.2, 0.25, 0.5, 1, 2, 2.5].map((digit) => digit * power)
    .find((one) => high / one <= 6);
  return Array.from({ length: Math.ceil((1.01 * high) / step) + 1 },
    (_, i) => Number((i * step).toPrecision(6)));
}

// Ticks of an axis of shares up to 1 that holds `low`.
export function shareTicks(low) {
  const start = low > 0.9 ? 0.9 : low > 0.5 ? 0.5 : 0;
  return Array.from({ length: 6 }, (_, i) => Number((start + (i * (1 - start)) / 5).toFixed(3)));
}

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
