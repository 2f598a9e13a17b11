// html.cpp: a counterexample as a page. See html.hpp.
#include "checker/html.hpp"

#include <fmt/format.h>

#include "checker/text.hpp"

namespace faultline::checker {

namespace {

constexpr const char* style = R"(
:root { color-scheme: light dark;
  --line: #d0d7de; --dim: #59636e; --mark: #fff3c4; --bad: #b42318; }
@media (prefers-color-scheme: dark) {
  :root { --line: #3d444d; --dim: #9198a1; --mark: #4a3d00; --bad: #ff9b8f; }
}
body { font: 15px/1.5 system-ui, sans-serif; max-width: 80rem; margin: 2rem auto; padding: 0 1rem; }
h1 { font-size: 1.3rem; margin-bottom: .2rem; }
h1, p { overflow-wrap: anywhere; }
.bad { color: var(--bad); font-weight: 600; }
.dim, .where { color: var(--dim); }
.scroll { overflow-x: auto; }
table { border-collapse: collapse; font: 13px/1.45 ui-monospace, monospace; }
th, td { text-align: left; padding: .15rem .7rem; border-bottom: 1px solid var(--line);
  white-space: nowrap; }
th { position: sticky; top: 0; background: Canvas; }
td:first-child { text-align: right; color: var(--dim); }
tr.source td, tr:hover td { background: var(--mark); }
tr:last-child td { color: var(--bad); font-weight: 600; }
pre { white-space: pre-wrap; overflow-wrap: anywhere; border: 1px solid var(--line);
  padding: .6rem; border-radius: .4rem; }
@media (max-width: 45rem) {
  body { margin: 1rem auto; padding: 0 .5rem; }
  table { font-size: 11px; }
  th, td { padding: .15rem .3rem; vertical-align: top; }
  td:nth-child(n + 2) { white-space: normal; overflow-wrap: anywhere; min-width: 5.5rem; }
}
)";

// Marks the row that the row under the pointer reads from.
constexpr const char* script = R"(
for (const row of document.querySelectorAll('tr[data-from]')) {
  const source = document.getElementById('r' + row.dataset.from);
  if (!source) continue;
  row.onmouseenter = () => source.classList.add('source');
  row.onmouseleave = () => source.classList.remove('source');
}
)";

std::string escaped(const std::string& text) {
  std::string safe;
  for (const char c : text) {
    switch (c) {
      case '&':
        safe += "&amp;";
        break;
      case '<':
        safe += "&lt;";
        break;
      case '>':
        safe += "&gt;";
        break;
      case '"':
        safe += "&quot;";
        break;
      case '\'':
        safe += "&#39;";
        break;
      default:
        safe += c;
    }
  }
  return safe;
}

}  // namespace

std::string as_html(const Counterexample& found, unsigned threads, const std::string& title,
                    const std::string& replay) {
  std::string page = fmt::format(
      "<!doctype html>\n<html lang=\"en\"><head><meta charset=\"utf-8\">\n"
      "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n"
      "<title>{0}</title><style>{1}</style></head><body>\n<h1>{0}</h1>\n",
      escaped(title), style);
  const char* kind = "bad";
  for (const std::string& line : headline(found)) {
    page += fmt::format("<p class=\"{}\">{}</p>\n", kind, escaped(line));
    kind = "dim";
  }
  page += "<div class=\"scroll\"><table><thead><tr><th>#</th>";
  for (unsigned i = 0; i < threads; ++i) page += fmt::format("<th>T{}</th>", i);
  page += "<th>where</th></tr></thead><tbody>\n";
  for (const Told& row : tell(found)) {
    page += fmt::format("<tr id=\"r{}\"", row.number);
    if (row.reads_from != 0) page += fmt::format(" data-from=\"{}\"", row.reads_from);
    page += fmt::format("><td>{}</td>", row.number);
    for (unsigned i = 0; i < threads; ++i) {
      page += "<td>" + (i == row.thread ? escaped(row.action) : std::string()) + "</td>";
    }
    page += fmt::format("<td class=\"where\">{}</td></tr>\n", escaped(row.place));
  }
  page += fmt::format(
      "</tbody></table></div>\n<p class=\"dim\">Point at a row to see where its value was written. "
      "Model-checked, not measured: RC11 without load buffering. Once more:</p>\n"
      "<pre>faultline check --replay '{}'</pre>\n<script>{}</script></body></html>\n",
      escaped(replay), script);
  return page;
}

}  // namespace faultline::checker
