"""test_dashboard_browser.py: the pages in a headless Chromium."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from browser import Page

PAGES = ("index", "scaling", "latency", "fairness", "compare", "history", "proofs", "machines",
         "method")
WITH_CHARTS = ("scaling", "latency", "fairness", "compare", "history")
AXE = Path(__file__).parent / "vendor" / "axe.min.js"

# Draws every chart at once, as printing does, and counts what each consists of.
DRAW_ALL = """(() => {
  const cards = [...document.querySelectorAll('[data-chart]')];
  cards.forEach((one) => one.card.draw());
  return cards.map((one) => ({
    title: one.querySelector('h2').textContent,
    marks: one.querySelectorAll('.canvas svg path, .canvas svg circle, .canvas svg polygon,' +
      ' .canvas svg polyline').length,
    points: one.card.made.lines.flat().length,
    rows: one.querySelectorAll('tbody tr').length,
  }));
})()"""
SHOWN = "[...document.querySelectorAll('tr[data-labels]')].filter((row) => !row.hidden).length"
DRAWN = "document.querySelector('[data-chart]:not([hidden]) .canvas svg path') !== null"


def quiet(page: Page, folder: Path) -> None:
    """Nothing was said on the console, nothing was asked for outside of the dashboard."""
    assert page.problems == []
    outside = [one for one in page.requests if not one.startswith((folder.as_uri(), "data:"))]
    assert outside == ["about:blank"][: len(outside)]


@pytest.mark.parametrize("name", PAGES)
def test_a_page_renders_quietly(page: Page, dashboard: Path, name: str) -> None:
    page.open(dashboard / f"{name}.html")
    assert page.value("document.querySelector('main h1').textContent.length") > 3
    assert page.value("document.querySelectorAll('nav a[aria-current]').length") == 1
    assert page.value("document.querySelectorAll('nav a').length") == len(PAGES)
    assert page.value("document.documentElement.scrollWidth") == 1280
    quiet(page, dashboard)


@pytest.mark.parametrize("name", WITH_CHARTS)
def test_every_chart_has_data(page: Page, dashboard: Path, name: str) -> None:
    page.open(dashboard / f"{name}.html")
    charts = page.value(DRAW_ALL)
    assert len(charts) >= 2
    for chart in charts:
        assert chart["points"] >= 2 and chart["rows"] >= 1, chart
        assert chart["marks"] >= chart["points"], chart
    quiet(page, dashboard)


def test_bands_borders_and_shared_cpus(page: Page, dashboard: Path) -> None:
    page.open(dashboard / "scaling.html", "q=workload:pf_shared")
    page.value(DRAW_ALL)
    drawn = page.value("""[...document.querySelectorAll('.card:not([hidden])')].map((card) => ({
      title: card.querySelector('h2').textContent,
      bands: card.querySelectorAll('.canvas svg path[fill-opacity="0.14"]').length,
      words: card.querySelector('.canvas svg').textContent,
    }))""")
    assert [one["bands"] for one in drawn] == [0, 0, 3]  # hosts have whiskers: three counts
    host, _, toy = drawn
    assert "more threads than CPUs" in host["words"] and "socket" not in host["words"]
    assert "socket 2" in toy["words"] and "SMT siblings" in toy["words"]
    assert "more threads" not in toy["words"]


def test_the_zone_of_shared_cpus_is_wider(page: Page, dashboard: Path) -> None:
    page.open(dashboard / "compare.html", "q=file:monday+workload:pf_shared+metric:throughput")
    page.value(DRAW_ALL)
    zones = page.value("""(() => { const card = document.querySelector('.card:not([hidden])');
      return [...card.querySelectorAll('.canvas svg path[fill-opacity="0.13"]')]
        .map((one) => one.getBBox().width); })()""")
    assert len(zones) == 9  # three contenders at 1, 2 and 3 threads, on two CPUs
    assert max(zones[:6]) * 4 < min(zones[6:])


def test_a_history_is_not_joined_across_epochs(page: Page, dashboard: Path) -> None:
    page.open(dashboard / "history.html", "q=workload:pf_shared")
    page.value(DRAW_ALL)
    card = "document.querySelector('.card:not([hidden]) .canvas svg')"
    assert "new epoch" in page.value(f"{card}.textContent")
    length = (f"[...{card}.querySelectorAll('path[stroke-width=\"0.5\"]')]"
              ".reduce((sum, one) => sum + one.getTotalLength(), 0)")
    assert page.value(length) == 0
    page.value("(() => { const one = document.querySelector('.card:not([hidden])').card;"
               " one.spec.epochs = []; one.draw(); })()")
    assert page.value(length) > 100
    page.value("(() => { const one = document.querySelector('.card:not([hidden])').card;"
               " one.spec.suspect = -1; one.draw(); })()")
    assert page.value("document.querySelector('.card:not([hidden]) .readout').textContent"
                      ).startswith("SUSPECT: the two newest sessions are lower (worse)")


def test_charts_are_drawn_when_they_come_into_view(page: Page, dashboard: Path) -> None:
    page.open(dashboard / "compare.html")
    page.wait_for(DRAWN)
    drawn = "document.querySelectorAll('.canvas svg').length"
    first = page.value(drawn)
    every = page.value("document.querySelectorAll('[data-chart]').length")
    assert 0 < first < every
    page.value("document.querySelectorAll('[data-chart]')[%d].scrollIntoView()" % (every - 1))
    page.wait_for(f"{drawn} > {first}")


def test_a_filter_of_the_address_hides_rows_and_lines(page: Page, dashboard: Path) -> None:
    page.open(dashboard / "scaling.html")
    every = page.value(SHOWN)
    lines = page.value(DRAW_ALL)
    page.open(dashboard / "scaling.html", "q=design:refcount+threads:>=2+-workload:fork_storm")
    assert page.value("document.getElementById('q').value") == (
        "design:refcount threads:>=2 -workload:fork_storm")
    filtered = page.value(SHOWN)
    assert 0 < filtered < every / 4
    assert page.value("document.getElementById('found').textContent") == (
        f"{filtered} of {every} rows")
    titles = page.value("[...document.querySelectorAll('.card:not([hidden]) h2')]"
                        ".map((one) => one.textContent)")
    assert titles and not any("fork_storm" in title for title in titles)
    left = [one for one in page.value(DRAW_ALL) if "fork_storm" not in one["title"]]
    assert sum(one["points"] for one in left) < sum(one["points"] for one in lines) / 4
    assert all(one["points"] >= 1 for one in left)


def test_a_typed_filter_goes_into_the_address(page: Page, dashboard: Path) -> None:
    page.open(dashboard / "index.html")
    page.press("/")
    assert page.value("document.activeElement.id") == "q"
    page.call("Input.insertText", text="verdict:WORSE design:mmap_lock,rwsem")
    page.wait_for("location.hash.length > 1")
    assert page.value("location.hash") == "#q=verdict:WORSE+design:mmap_lock,rwsem"
    shown = page.value("[...document.querySelectorAll('tr[data-labels]')]"
                       ".filter((row) => !row.hidden).map((row) => row.textContent)")
    assert shown and not any("BETTER" in row or "INCONCLUSIVE" in row for row in shown)
    page.value("document.querySelector('nav a[data-page=scaling]').click()")
    page.wait_for("location.pathname.endsWith('scaling.html')")
    assert "q=verdict:WORSE" in page.value("location.hash")


def test_a_wrong_key_is_told(page: Page, dashboard: Path) -> None:
    page.open(dashboard / "index.html", "q=desing:refcount")
    assert page.value("document.getElementById('found').textContent").startswith('no key "desing"')
    page.open(dashboard / "index.html", "q=threads:(2+OR+3)")
    kept = page.value("[...document.querySelectorAll('tr[data-labels]')].filter((r) => !r.hidden)"
                      ".map((r) => JSON.parse(r.dataset.labels).threads).filter((t) => t)")
    assert set(kept) == {2, 3}


@pytest.mark.parametrize("choice, unit", [
    ("ns", "ns/fault of a thread"), ("efficiency", "% of a single thread's rate"),
    ("cpu", "fault/CPU-s"),
])
def test_what_is_shown_can_be_chosen(
    page: Page, dashboard: Path, choice: str, unit: str
) -> None:
    page.open(dashboard / "scaling.html")
    page.wait_for(DRAWN)
    page.value(f"document.querySelector('input[data-key=y][value={choice}]').click()")
    assert page.value("location.hash") == f"#y={choice}"
    assert unit in page.value("document.querySelector('.canvas svg').textContent")
    page.value("document.querySelector('input[data-key=s][value=log]').click()")
    assert page.value("location.hash") == f"#y={choice}&s=log"
    assert page.value(DRAW_ALL)[0]["points"] == 12
    quiet(page, dashboard)


def test_numbers_of_threads_can_be_chosen(page: Page, dashboard: Path) -> None:
    page.open(dashboard / "latency.html", "n=2&q=bench:sim")
    page.wait_for(DRAWN)
    assert "at 2 CPUs" in page.value("document.querySelector('.card:not([hidden]) .canvas svg')"
                                     ".textContent")
    page.open(dashboard / "compare.html", "n=2")
    page.value(DRAW_ALL)
    assert "at 2 threads" in page.value("document.querySelector('.rounds svg').textContent")


def test_the_legend_leaves_a_line_out(page: Page, dashboard: Path) -> None:
    page.open(dashboard / "scaling.html")
    page.wait_for(DRAWN)
    before = page.value(DRAW_ALL)[0]["points"]
    page.value("document.querySelector('.legend button').click()")
    assert page.value(DRAW_ALL)[0]["points"] == before * 3 / 4
    assert page.value("location.hash").startswith("#off=")
    pressed = "document.querySelector('.legend button').getAttribute('aria-pressed')"
    assert page.value(pressed) == "false"


def test_keys_move_from_point_to_point(page: Page, dashboard: Path) -> None:
    page.open(dashboard / "scaling.html")
    page.wait_for(DRAWN)
    page.value("document.querySelector('.plot').focus()")
    said = []
    for key in ("ArrowRight", "ArrowRight", "ArrowDown", "End", "Home"):
        page.press(key)
        said.append(page.value("document.querySelector('.readout').textContent"))
    names = [words.split(",")[0] for words in said]
    assert [words.split(" threads")[0][-1] for words in said] == ["1", "2", "2", "3", "1"]
    assert names[0] == names[1] != names[2] == names[3] == names[4]
    assert all("fault/s" in words and "n = 6" in words for words in said)
    live = "document.querySelector('.readout').getAttribute('aria-live')"
    assert page.value(live) == "polite"


def test_deep_links(page: Page, dashboard: Path) -> None:
    page.open(dashboard / "index.html")
    target = page.value("document.querySelector('a[href^=\"scaling.html#\"]').getAttribute('href')")
    name, _, identity = target.partition("#")
    page.resize(1280, 500)
    last = page.value("[...document.querySelectorAll('a[href^=\"scaling.html#\"]')].at(-1)"
                      ".getAttribute('href')").partition("#")[2]
    for fragment in (last, f"y=ns&at={last}"):
        page.open(dashboard / name, fragment)
        page.wait_for(f"Math.abs(document.getElementById('{last}').getBoundingClientRect().top)"
                      " < 480")
    assert identity != last


def test_links_keep_what_was_chosen(page: Page, dashboard: Path) -> None:
    page.open(dashboard / "scaling.html", "y=ns&q=design:rwsem")
    page.value("document.querySelector('.deep').click()")
    identity = page.value("document.querySelector('[data-chart]').id")
    assert page.value("location.hash") == f"#y=ns&q=design:rwsem&at={identity}"
    page.value("document.querySelector('nav a[data-page=latency]').click()")
    page.wait_for("location.pathname.endsWith('latency.html')")
    assert page.value("location.hash") == "#q=design:rwsem"


def test_designs_are_columns_of_the_proofs(page: Page, dashboard: Path) -> None:
    page.open(dashboard / "proofs.html", "q=design:refcount+scenario:tree_walk")
    heads = ("[...document.querySelectorAll('thead th')].filter((one) => !one.hidden)"
             ".map((one) => one.textContent)")
    assert page.value(heads) == ["scenario", "threads", "refcount/separate", "refcount/embedded"]
    cells = "[...document.querySelectorAll('tbody tr:not([hidden])')].map((row) => " \
            "[...row.cells].filter((one) => !one.hidden).length)"
    assert page.value(cells) == [4]
    page.value("(() => { const q = document.getElementById('q'); q.value = '';"
               " q.dispatchEvent(new Event('input')); })()")
    page.wait_for("location.hash === ''")
    assert len(page.value(heads)) == 8


def test_light_and_dark(page: Page, dashboard: Path) -> None:
    background = "getComputedStyle(document.body).backgroundColor"
    page.media("dark")
    page.open(dashboard / "scaling.html")
    dark = page.value(background)
    page.wait_for(DRAWN)
    line = "document.querySelector('.canvas svg path[stroke-dasharray]').getAttribute('stroke')"
    dark_line = page.value(line)
    page.press("t")
    light = page.value(background)
    assert dark == "rgb(20, 24, 28)" and light == "rgb(255, 255, 255)"
    assert page.value(line) != dark_line
    page.open(dashboard / "index.html")  # the choice holds on every page, whatever the system says
    assert page.value(background) == light
    page.value("localStorage.clear()")


def test_csv_and_svg(page: Page, dashboard: Path) -> None:
    page.open(dashboard / "scaling.html", "q=design:refcount")
    page.value("""(() => {
      window.given = [];
      const make = URL.createObjectURL;
      URL.createObjectURL = (blob) => { given.push(blob); return make(blob); };
      HTMLAnchorElement.prototype.click = function () { given.push(this.download); };
      document.querySelectorAll('.tools button')[0].click();
      document.querySelectorAll('.tools button')[1].click();
    })()""")
    csv = page.value("given[0].text()")
    lines = csv.split("\r\n")
    assert lines[0].startswith("design,threads,fault/s,lowest,highest")
    assert len(lines) == 5 and lines[1].startswith('"refcount, embedded",1,')
    assert float(lines[1].split(",")[3]) > 1e6
    assert page.value("given[1]") == "pf-shared-synthetic-cpu-9000.csv"
    svg = page.value("given[2].text()")
    assert svg.startswith("<svg") and 'xmlns="http://www.w3.org/2000/svg"' in svg
    well = "new DOMParser().parseFromString(%s, 'image/svg+xml').querySelector('parsererror')"
    assert page.value(well % json.dumps(svg)) is None


def test_tables_sort(page: Page, dashboard: Path) -> None:
    page.open(dashboard / "index.html")
    values = ("[...document.querySelectorAll('.verdicts table')[0].tBodies[0].rows]"
              ".map((row) => Number(row.cells[6].dataset.v))")
    head = "document.querySelectorAll('.verdicts table')[0].tHead.rows[0].cells[6]"
    page.value(f"{head}.querySelector('button').click()")
    assert page.value(values) == sorted(page.value(values))
    page.value(f"{head}.querySelector('button').click()")
    assert page.value(values) == sorted(page.value(values), reverse=True)
    assert page.value(f"{head}.getAttribute('aria-sort')") == "descending"


@pytest.mark.parametrize("name", PAGES)
def test_without_scripts_the_tables_are_there(page: Page, dashboard: Path, name: str) -> None:
    page.scripts(False)
    page.open(dashboard / f"{name}.html")
    page.scripts(True)
    shown = page.value("""[...document.querySelectorAll('[data-chart]')].map((card) =>
      card.querySelector('table').getBoundingClientRect().height > 20 &&
      card.querySelector('.plot').getBoundingClientRect().height === 0)""")
    assert len(shown) >= (2 if name in WITH_CHARTS else 0) and all(shown)
    assert page.value("document.querySelector('html.js')") is None
    assert page.value("document.querySelector('#q').getBoundingClientRect().height") == 0
    if name == "index":
        assert page.value("document.querySelectorAll('svg.spark path').length") >= 8


def violations(page: Page, options: str) -> list[str]:
    """What axe-core finds that is serious or critical."""
    found = page.value("axe.run(document, {resultTypes: ['violations'], %s}).then((done) => ({"
                       "rules: done.passes.length, bad: done.violations"
                       ".filter((one) => ['serious', 'critical'].includes(one.impact))"
                       ".map((one) => one.id + ': ' + one.nodes.slice(0, 3).map((n) => n.html)"
                       ".join(' | '))}))" % options)
    assert found["rules"] >= 1
    return list(found["bad"])


@pytest.mark.parametrize("name", PAGES)
def test_accessible(page: Page, dashboard: Path, name: str) -> None:
    page.open(dashboard / f"{name}.html")
    if name in WITH_CHARTS:
        page.value("document.querySelectorAll('[data-chart]').forEach((one, i) => "
                   "{ if (i < 3) one.card.draw(); })")
        page.value("document.querySelector('details').open = true")
    # The rows of a table are alike; axe-core looks at each for long.
    page.value("document.querySelectorAll('tbody tr:nth-child(n+9)').forEach((r) => r.remove())")
    page.value(AXE.read_text(encoding="utf-8") + ";1")
    assert violations(page, "rules: {}") == []
    page.press("t")
    assert page.value("document.documentElement.dataset.theme") == "dark"
    assert violations(page, "runOnly: ['color-contrast']") == []
    page.value("localStorage.clear()")


def test_what_is_not_accessible_is_found(page: Page, dashboard: Path) -> None:
    page.open(dashboard / "method.html")
    page.value("document.querySelector('main').insertAdjacentHTML('beforeend', "
               "'<button></button><p style=\"color:#ddd;background:#fff\">faint</p>')")
    page.value(AXE.read_text(encoding="utf-8") + ";1")
    assert [one.split(":")[0] for one in violations(page, "rules: {}")] == [
        "button-name", "color-contrast"]


def test_on_paper(page: Page, dashboard: Path) -> None:
    page.media("dark")
    page.open(dashboard / "scaling.html")
    page.value("window.dispatchEvent(new Event('beforeprint'))")
    page.media("dark", "print")
    assert page.value("getComputedStyle(document.body).backgroundColor") == "rgb(255, 255, 255)"
    assert page.value("getComputedStyle(document.querySelector('.tools')).display") == "none"
    every = page.value("document.querySelectorAll('[data-chart]').length")
    assert page.value("document.querySelectorAll('.canvas svg').length") == every


def test_on_a_phone(page: Page, dashboard: Path) -> None:
    page.resize(390, 800)
    for name in PAGES:
        page.open(dashboard / f"{name}.html")
        assert page.value("document.documentElement.scrollWidth") <= 390, name


def test_one_file(page: Page, single: Path) -> None:
    page.open(single)
    visible = "[...document.querySelectorAll('section.page')].filter((one) => !one.hidden)"
    assert page.value(f"{visible}.map((one) => one.dataset.page)") == ["index"]
    page.value("document.querySelector('nav a[data-page=scaling]').click()")
    page.wait_for(f"{visible}[0].dataset.page === 'scaling'")
    page.wait_for("document.querySelector('#page-scaling .canvas svg path') !== null")
    page.value("document.querySelector('input[data-key=y][value=ns]').click()")
    assert "ns/fault" in page.value("document.querySelector('.canvas svg').textContent")
    assert page.value(f"{visible}.map((one) => one.dataset.page)") == ["scaling"]
    assert page.value("new Set([...document.querySelectorAll('[id]')].map((one) => one.id)).size"
                      " === document.querySelectorAll('[id]').length")
    page.value("document.querySelector('nav a[data-page=index]').click()")
    page.wait_for(f"{visible}[0].dataset.page === 'index'")
    page.value("document.querySelector('#page-index td a, #page-index th a').click()")
    page.wait_for(f"{visible}[0].dataset.page === 'scaling'")
    quiet(page, single.parent)
    assert {one.split("#")[0] for one in page.requests} <= {single.as_uri(), "about:blank"}


def test_one_file_without_scripts(page: Page, single: Path) -> None:
    page.scripts(False)
    page.open(single)
    page.scripts(True)
    heights = page.value("[...document.querySelectorAll('section.page')]"
                         ".map((one) => one.getBoundingClientRect().height)")
    assert len(heights) == len(PAGES) and min(heights) > 50


@pytest.mark.parametrize("name", PAGES)
def test_what_a_file_says_is_never_run(page: Page, attacked: Path, name: str) -> None:
    page.open(attacked / "out" / f"{name}.html")
    if name in WITH_CHARTS and name != "history":
        assert len(page.value(DRAW_ALL)) >= 1
        page.value("document.querySelectorAll('.plot').forEach((one) => one.focus())")
        page.press("ArrowRight")
    assert page.value("window.hacked") is None
    assert page.value("document.querySelectorAll('img, iframe, object').length") == 0
    quiet(page, attacked / "out")


def test_what_a_file_says_is_never_run_in_one_file(page: Page, attacked: Path) -> None:
    page.open(attacked / "one.html", "at=page-scaling")
    page.value(DRAW_ALL)
    page.value("document.querySelector('.plot').focus()")
    page.press("ArrowRight")
    assert page.value("window.hacked") is None
    assert page.value("document.querySelectorAll('img').length") == 0
    quiet(page, attacked)


def test_the_policy_stops_scripts(page: Page, dashboard: Path) -> None:
    page.open(dashboard / "index.html")
    page.value("""(() => { const one = document.createElement('script');
      one.textContent = 'window.hacked = 1'; document.body.append(one);
      const two = document.createElement('div'); document.body.append(two);
      two.innerHTML = '<img src=x onerror="window.hacked = 1">'; })()""")
    page.value("new Promise((done) => setTimeout(done, 50))")
    assert page.value("window.hacked") is None
    assert any("Content Security Policy" in one for one in page.problems)
