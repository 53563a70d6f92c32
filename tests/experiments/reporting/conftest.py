"""A page made by the command line, once."""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

TRIALS = {
    "objectives": [
        {"name": "energy_J", "unit": "J", "direction": "minimize", "meaning": "energy"},
        "accuracy",
    ],
    "trials": [
        {"params": {"bits": 8}, "values": {"energy_J": 3e-6, "accuracy": 0.9}, "feasible": True},
        {"params": {"bits": 6}, "values": {"energy_J": 2e-6, "accuracy": 0.8}, "feasible": True},
        {"params": {"bits": 4}, "values": {"energy_J": 4e-6, "accuracy": 0.8}, "feasible": True},
        {"params": {"bits": 1}, "values": {}, "feasible": False},
    ],
}


@dataclass(frozen=True)
class Made:
    """What one call of `polychrony cosim` leaves behind."""

    page: Path
    numbers: Path
    figures: Path

    @property
    def text(self) -> str:
        """The page."""
        return self.page.read_text(encoding="utf-8")

    def block(self, name: str) -> Any:
        """JSON that the page embeds."""
        begin = f'<script type="application/json" id="{name}">'
        return json.loads(self.text.split(begin)[1].split("</script>")[0])


@pytest.fixture(scope="session")
def make_page(
    finished: Path,
    train: Callable[[list[str]], None],
    tmp_path_factory: pytest.TempPathFactory,
) -> Callable[..., Made]:
    """Makes a page of the tiny run."""
    pytest.importorskip("plotly", reason="the page needs plotly")

    def make(*options: str) -> Made:
        folder = tmp_path_factory.mktemp("page")
        made = Made(folder / "page.html", folder / "numbers.json", folder / "figures")
        places = {"--report": made.page, "--json": made.numbers, "--figures": made.figures}
        words = [str(word) for pair in places.items() for word in pair]
        train(["cosim", str(finished), *options, *words])
        return made

    return make


@pytest.fixture(scope="session")
def cycle_page(make_page: Callable[..., Made], tmp_path_factory: pytest.TempPathFactory) -> Made:
    """TrueNorth flit by flit, with trials of a design space."""
    trials = tmp_path_factory.mktemp("trials") / "pareto.json"
    trials.write_text(json.dumps(TRIALS))
    return make_page("--chip", "truenorth", "--noc", "cycle", "--trials", str(trials))


@pytest.fixture(scope="session")
def analytic_page(make_page: Callable[..., Made]) -> Made:
    """Loihi with sums of hops, and what learning would take."""
    return make_page("--samples", "5", "--learning", "tess")


def _chromium(width: int) -> Any:
    """A driver of Chromium without a window; skips where there is none."""
    webdriver = pytest.importorskip("selenium.webdriver", reason="needs selenium")
    program, driver = shutil.which("chromium"), shutil.which("chromedriver")
    if program is None or driver is None:
        pytest.skip("needs chromium and chromedriver (Debian: chromium, chromium-driver)")
    options = webdriver.ChromeOptions()
    options.binary_location = program
    for argument in ("--headless=new", "--disable-gpu", "--disable-dev-shm-usage"):
        options.add_argument(argument)
    if os.geteuid() == 0:
        options.add_argument("--no-sandbox")  # root has no sandbox to run in
    options.set_capability("goog:loggingPrefs", {"browser": "ALL"})
    started = webdriver.Chrome(options=options, service=webdriver.ChromeService(driver))
    size = {"width": width, "height": 900, "deviceScaleFactor": 1, "mobile": False}
    started.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", size)
    return started


@pytest.fixture(scope="module")
def open_page() -> Iterator[Callable[..., Any]]:
    """Opens a page in Chromium, waits until its figures are drawn, and returns the driver."""
    drivers: list[Any] = []

    def show(made: Made, width: int = 1280) -> Any:
        driver = _chromium(width)
        drivers.append(driver)
        from selenium.webdriver.support.ui import WebDriverWait

        driver.get(made.page.as_uri())
        drawn = "return document.documentElement.dataset.drawn === 'yes'"
        WebDriverWait(driver, 60).until(lambda d: d.execute_script(drawn))
        return driver

    yield show
    for driver in drivers:
        driver.quit()
