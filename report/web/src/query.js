// query.js: the language of the filter: words, key:value, key:>=16, key:a,b, key:(a OR b), -term.

// What a label may be called; a term with another key is a mistake that the reader is told.
export const keys = [
  "workload", "design", "placement", "threads", "cpus", "metric", "verdict", "base", "bench",
  "machine", "file", "scenario", "subject",
];

// Returns {terms, problems, matches(labels, text)}.
export function parseQuery(text) {
  const terms = [];
  const problems = [];
  for (const [, minus, key, group, quoted, plain] of text.matchAll(
    /(-)?(?:([a-z]+):)?(?:\(([^)]*)\)|"([^"]*)"|([^\s"]+))/gi,
  )) {
    const not = Boolean(minus);
    const values = group !== undefined ? group.split(/\s+OR\s+/) : (quoted ?? plain).split(",");
    if (key === undefined && /^[a-z]+:$/i.test(plain ?? "")) continue; // the value is yet to come
    if (key === undefined) {
      terms.push({ not, word: (group ?? quoted ?? plain).toLowerCase() });
    } else if (keys.includes(key.toLowerCase())) {
      const tests = values.map((value) => value.trim()).filter(Boolean).map(testOf);
      if (tests.length) terms.push({ not, key: key.toLowerCase(), tests });
    } else {
      problems.push(`no key "${key}"; there are ${keys.join(", ")}`);
    }
  }
  return { terms, problems, matches: (labels, words) => matches(terms, labels, words) };
}

// One value of a term as a test of a label.
function testOf(value) {
  const compared = /^(>=|<=|>|<)(-?[\d.]+)$/.exec(value);
  if (compared) {
    const limit = Number(compared[2]);
    return {
      ">=": (label) => Number(label) >= limit, "<=": (label) => Number(label) <= limit,
      ">": (label) => Number(label) > limit, "<": (label) => Number(label) < limit,
    }[compared[1]];
  }
  const range = /^(\d+)\.\.(\d+)$/.exec(value);
  if (range) return (label) => label >= Number(range[1]) && label <= Number(range[2]);
  const wanted = value.toLowerCase();
  return (label) => String(label).toLowerCase() === wanted;
}

// A term about a key that something does not have says nothing about it. words: its text, lower
// case; null: words of the filter are not looked for in it.
function matches(terms, labels, words) {
  return terms.every((term) => {
    if (term.word !== undefined) {
      if (words === null) return true;
      const found = words.includes(term.word) ||
        Object.values(labels).some((label) => String(label).toLowerCase().includes(term.word));
      return found !== term.not;
    }
    if (!(term.key in labels)) return true;
    return term.tests.some((test) => test(labels[term.key])) !== term.not;
  });
}
