"""The page in a browser: no errors, controls that work by keyboard, the numbers of its JSON."""

from __future__ import annotations

import pytest

pytestmark = pytest.mark.slow

# Numbers told on the page that differ from the JSON at their place.
WRONG = """
const content = JSON.parse(document.getElementById("content").textContent);
const key = (word) => word.replaceAll("~1", "/").replaceAll("~0", "~");
const found = (at) => at.split("/").slice(1).reduce((held, word) => held[key(word)], content);
const told = [...document.querySelectorAll("data")];
const wrong = told.filter((data) => JSON.parse(data.value) !== found(data.dataset.at));
return [told.length, wrong.map((data) => data.dataset.at)];
"""
TOO_WIDE = "const page = document.documentElement; return page.scrollWidth - page.clientWidth"
POINTS = """
const plot = document.querySelector(arguments[0] + " .plot");
return plot.data.map((trace) => [trace.name, (trace.x || []).length]);
"""


# Titles of axes that cover a tick, or that reach beyond their figure.
MISPLACED = """
const box = (element) => element.getBoundingClientRect();
const apart = (a, b) =>
  a.right <= b.left || b.right <= a.left || a.bottom <= b.top || b.bottom <= a.top;
const within = (a, b) =>
  a.left >= b.left - 1 && a.right <= b.right + 1 && a.top >= b.top - 1 && a.bottom <= b.bottom + 1;
return [...document.querySelectorAll(".plot")].flatMap((plot) => {
  const ticks = [...plot.querySelectorAll(".xtick text, .ytick text")].map(box);
  const titles = [...plot.querySelectorAll(".xtitle, .ytitle")];
  const wrong = titles.filter((title) =>
    !within(box(title), box(plot)) || ticks.some((tick) => !apart(box(title), tick)));
  return wrong.map((title) => title.textContent);
});
"""

CAPTIONS = """
const boxes = [...document.querySelectorAll("caption")].map((one) => one.getBoundingClientRect());
return [Math.max(...boxes.map((box) => box.right)), document.documentElement.clientWidth];
"""
# The share of its height that a drawing of fixed proportions fills.
FILLED = """
const [bottom, top] = document.querySelector(arguments[0] + " .plot")._fullLayout.yaxis.domain;
return top - bottom;
"""


@pytest.fixture(scope="module")
def browser(open_page, cycle_page):
    return open_page(cycle_page)


def _log(driver):
    return [entry["message"] for entry in driver.get_log("browser")]


def _choose(driver, figure, number, value):
    from selenium.webdriver.support.ui import Select

    Select(driver.find_element("id", f"{figure}-choice-{number}")).select_by_value(value)


def _wrong(driver):
    count, wrong = driver.execute_script(WRONG)
    assert count > 60
    return wrong


def test_it_loads_without_a_complaint_and_says_its_json(browser):
    assert _log(browser) == []
    assert _wrong(browser) == []


def test_every_figure_is_drawn_within_its_place(browser, cycle_page):
    for name in cycle_page.block("figures"):
        element = browser.find_element("css selector", f"#{name} .plot")
        assert element.find_elements("css selector", "svg.main-svg"), name
        assert element.size["width"] > 900
    assert browser.execute_script(TOO_WIDE) == 0
    assert browser.execute_script(MISPLACED) == []


def test_samples_and_layers_can_be_chosen(browser, cycle_page):
    record = cycle_page.block("content")["record"]
    for number, sample in enumerate(record["samples"]):
        for layer, held in sample["populations"].items():
            _choose(browser, "raster", 0, str(number))
            _choose(browser, "raster", 1, layer)
            points = browser.execute_script(POINTS, "#raster")
            on_chip = sum(count for name, count in points if "software only" not in name)
            assert on_chip == len(held["hardware"]["step"])
            assert layer in browser.find_element("css selector", "#raster .says").text
            assert _wrong(browser) == []


def test_the_scale_is_switched_by_keyboard(browser):
    from selenium.webdriver.common.keys import Keys

    button = browser.find_element("css selector", "#latency button.log")
    kind = "return document.querySelector('#latency .plot')._fullLayout.yaxis.type"
    for pressed, scale in (("true", "log"), ("false", "linear")):
        button.send_keys(Keys.SPACE)
        assert button.get_attribute("aria-pressed") == pressed
        assert browser.execute_script(kind) == scale
    select = browser.find_element("id", "energy-choice-1")
    select.send_keys(Keys.ARROW_DOWN)
    kind = "return document.querySelector('#energy .plot').layout.yaxis.type"
    assert browser.execute_script(kind) == "log"
    select.send_keys(Keys.ARROW_UP)


def test_loads_of_cores_are_those_of_the_json(browser, cycle_page):
    cores = cycle_page.block("content")["record"]["cores"]
    for load, component in (("operations", "synapse"), ("spikes", "spike")):
        _choose(browser, "floor-plan", 0, load)
        cells = browser.execute_script(
            "return document.querySelector('#floor-plan .plot').data"
            ".filter((t) => t.type === 'heatmap')[1].z.flat().filter((v) => v !== null)"
        )
        told = [c["events_per_inference"][component] for c in cores if c["core"] is not None]
        assert sorted(cells) == pytest.approx(sorted(told))
    _choose(browser, "floor-plan", 1, "whole")
    assert _log(browser) == []


def test_nothing_uploads_a_figure(browser):
    titles = browser.execute_script(
        "return [...document.querySelectorAll('.modebar-btn')].map((b) => b.dataset.title)"
    )
    assert titles
    assert not [title for title in titles if "hare" in title or "loud" in title]
    fetched = browser.execute_script("return performance.getEntriesByType('resource').length")
    assert fetched == 0


def test_every_control_has_a_name(browser):
    unnamed = browser.execute_script(
        "return [...document.querySelectorAll('select, main button')]"
        ".filter((c) => !(c.labels?.[0]?.textContent || c.textContent || c.ariaLabel)).length"
    )
    assert unnamed == 0


def test_narrow_screens_do_not_scroll_sideways(open_page, analytic_page):
    driver = open_page(analytic_page, width=390)
    assert _log(driver) == []
    assert driver.execute_script(TOO_WIDE) == 0
    assert driver.execute_script(MISPLACED) == []
    assert _wrong(driver) == []


def test_narrow_screens_show_whole_captions_and_leave_no_empty_space(open_page, analytic_page):
    driver = open_page(analytic_page, width=390)
    widest, seen = driver.execute_script(CAPTIONS)
    assert 0 < widest <= seen
    assert driver.execute_script(FILLED, "#floor-plan") > 0.6


def test_it_prints_with_everything_unfolded(browser):
    assert len(browser.execute_cdp_cmd("Page.printToPDF", {})["data"]) > 50_000
    folded = "return document.querySelectorAll('details:not([open])').length"
    assert browser.execute_script(folded) == 0
    assert _log(browser) == []
