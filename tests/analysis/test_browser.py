"""The report page in a browser: no errors, every image loads, tables sort, every width fits."""

from __future__ import annotations

import base64
import json
import os
import select
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from seqmem import analysis
from tests.analysis.claim_records import timings
from tests.waiting import PATIENCE_SECONDS

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")
PHONE = (390, 844)
DESKTOP = (1280, 900)
FLAGS = (
    "--headless --no-sandbox --disable-gpu --disable-quic --no-first-run"
    " --disable-background-networking --disable-component-update --disable-sync"
    " --disable-dev-shm-usage --hide-scrollbars --remote-debugging-pipe"
).split()

pytestmark = pytest.mark.skipif(
    CHROMIUM is None, reason="chromium is not installed (Debian: apt install chromium)"
)


class Browser:
    """A headless Chromium with one open page, controlled over two pipes (DevTools protocol)."""

    def __init__(self, profile: Path) -> None:
        theirs_in, self._out = os.pipe()
        self._in, theirs_out = os.pipe()
        assert CHROMIUM is not None
        # The protocol uses the descriptors 3 and 4.
        shell = f'exec "$0" "$@" 3<&{theirs_in} 4>&{theirs_out}'
        self._process = subprocess.Popen(
            ["/bin/bash", "-c", shell, CHROMIUM, *FLAGS, f"--user-data-dir={profile}"],
            pass_fds=(theirs_in, theirs_out),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        os.close(theirs_in)
        os.close(theirs_out)
        self._buffer = b""
        self._sent = 0
        self._session = None
        self.events: list[dict[str, Any]] = []
        target = self.call("Target.createTarget", url="about:blank")["targetId"]
        self._session = self.call("Target.attachToTarget", targetId=target, flatten=True)[
            "sessionId"
        ]
        for domain in ("Page", "Runtime", "Log", "Network"):
            self.call(f"{domain}.enable")

    def call(self, method: str, **parameters: Any) -> dict[str, Any]:
        """Send a command and return its result; events that arrive meanwhile are kept."""
        self._sent += 1
        message = {"id": self._sent, "method": method, "params": parameters}
        if self._session is not None:
            message["sessionId"] = self._session
        os.write(self._out, json.dumps(message).encode() + b"\0")
        while True:
            answer = self._receive()
            if answer.get("id") == self._sent:
                assert "error" not in answer, answer
                return answer["result"]

    def open(self, page: Path, size: tuple[int, int]) -> None:
        """Load a page at a width and a height."""
        width, height = size
        self.events.clear()
        self.call(
            "Emulation.setDeviceMetricsOverride",
            width=width,
            height=height,
            deviceScaleFactor=1,
            mobile=width < 600,
        )
        self.call("Page.navigate", url=page.as_uri())
        while not any(event["method"] == "Page.loadEventFired" for event in self.events):
            self._receive()

    def evaluate(self, expression: str) -> Any:
        """Return the value of a JavaScript expression."""
        answer = self.call(
            "Runtime.evaluate", expression=expression, returnByValue=True, awaitPromise=True
        )
        assert "exceptionDetails" not in answer, answer
        return answer["result"].get("value")

    def screenshot(self, path: Path) -> Path:
        """Write what the page shows, all of its length, as PNG."""
        answer = self.call("Page.captureScreenshot", captureBeyondViewport=True)
        path.write_bytes(base64.b64decode(answer["data"]))
        return path

    def close(self) -> None:
        """End the browser."""
        self._session = None
        self.call("Browser.close")
        os.close(self._out)
        os.close(self._in)
        self._process.wait(PATIENCE_SECONDS)

    def kill(self) -> None:
        """End the browser that did not end by itself."""
        if self._process.poll() is None:
            self._process.kill()
            self._process.wait()

    def _receive(self) -> dict[str, Any]:
        """Return the next message, and keep it if it is an event."""
        while b"\0" not in self._buffer:
            ready, _, _ = select.select([self._in], [], [], PATIENCE_SECONDS)
            piece = os.read(self._in, 1 << 20) if ready else b""
            assert piece, "the browser does not answer"
            self._buffer += piece
        message, _, self._buffer = self._buffer.partition(b"\0")
        answer: dict[str, Any] = json.loads(message)
        if "method" in answer:
            self.events.append(answer)
        return answer


@pytest.fixture(scope="module")
def browser(tmp_path_factory) -> Iterator[Browser]:
    running = Browser(tmp_path_factory.mktemp("browser"))
    try:
        yield running
        running.close()
    finally:
        running.kill()


@pytest.fixture(scope="module")
def page(make_frame, write_sweep, tmp_path_factory) -> Path:
    folder = write_sweep(make_frame(), tmp_path_factory.mktemp("report") / "sweep")
    timings(0.75).to_csv(folder / "timings.csv", index=False)
    return analysis.build_report(folder)


@pytest.fixture(params=[PHONE, DESKTOP], ids=["phone", "desktop"])
def opened(request, browser, page) -> Browser:
    browser.open(page, request.param)
    return browser


def test_nothing_fails_and_nothing_is_fetched(opened, page):
    opened.evaluate("Promise.all([...document.images].map((image) => image.decode()))")
    failures = [
        event
        for event in opened.events
        if event["method"] == "Runtime.exceptionThrown"
        or (
            event["method"] == "Runtime.consoleAPICalled"
            and event["params"]["type"] in ("error", "warning")
        )
        or (
            event["method"] == "Log.entryAdded"
            and event["params"]["entry"]["level"] in ("error", "warning")
        )
    ]
    assert not failures
    fetched = [
        e["params"]["request"]["url"]
        for e in opened.events
        if e["method"] == "Network.requestWillBeSent"
    ]
    assert [url for url in fetched if not url.startswith("data:")] == [page.as_uri()]


def test_every_image_loads(opened):
    sizes = opened.evaluate(
        "[...document.images].map((image) => [image.complete, image.naturalWidth, image.alt])"
    )
    assert len(sizes) == 7
    assert all(complete and width > 100 and alt for complete, width, alt in sizes)


def test_the_page_is_not_wider_than_the_screen(opened, tmp_path):
    opened.evaluate(OPEN_ALL)
    wide = """[...document.body.querySelectorAll('*')]
        .filter((part) => part.closest('.scroll') === null)
        .filter((part) => part.getBoundingClientRect().right > innerWidth + 1)
        .map((part) => part.outerHTML)"""
    assert opened.evaluate(wide) == []
    assert opened.evaluate(
        "document.documentElement.scrollWidth <= document.documentElement.clientWidth"
    )
    assert opened.screenshot(tmp_path / "page.png").stat().st_size > 10_000


def test_cells_of_a_verdict_are_labelled_where_the_headings_are_hidden(browser, page):
    browser.open(page, PHONE)
    browser.evaluate(OPEN_ALL)
    rows = "[...document.querySelectorAll('#verdicts tbody tr')]"
    cells = (
        f"{rows}.flatMap((row) => [...row.cells].slice(2)).filter((cell) => cell.offsetHeight > 0)"
    )
    shown = browser.evaluate(
        f"{cells}.map((cell) => [getComputedStyle(cell, '::before').content, cell.innerText])"
    )
    assert shown
    assert {label.split('"')[1] for label, _ in shown} == {"effect: ", "holds for: "}
    assert all(text.strip() not in ("", "–") for _, text in shown)


def test_what_is_cut_at_the_side_shows_a_shadow(browser, page):
    browser.open(page, PHONE)
    browser.evaluate(OPEN_ALL)
    parts = "[...document.querySelectorAll('*')].filter((part) => part.tagName !== 'PRE')"
    wide = f"{parts}.filter((part) => part.scrollWidth > part.clientWidth + 1)"
    scrolled = f"{wide}.filter((part) => getComputedStyle(part).overflowX === 'auto')"
    backgrounds = browser.evaluate(
        f"{scrolled}.map((part) => getComputedStyle(part).backgroundAttachment)"
    )
    assert len(backgrounds) > 3
    assert set(backgrounds) == {"local, local, scroll, scroll"}


def test_tables_sort_by_number_and_by_word_both_ways(opened):
    def column(index: int) -> list[str]:
        rows = "[...document.querySelector('#table-levels tbody').rows]"
        return opened.evaluate(f"{rows}.map((row) => row.cells[{index}].textContent)")

    def click(index: int) -> str:
        opened.evaluate(f"{HEADING.format(index)}.querySelector('button').click()")
        return opened.evaluate(f"{HEADING.format(index)}.getAttribute('aria-sort')")

    names = opened.evaluate(
        "[...document.querySelectorAll('#table-levels th')].map((heading) => heading.textContent)"
    )
    level = names.index("level")
    cell = names.index("cell")
    as_built = column(level)
    assert click(level) == "ascending"
    assert column(level) == sorted(as_built, key=float)
    assert click(level) == "descending"
    assert column(level) == sorted(as_built, key=float, reverse=True)
    assert click(cell) == "ascending"
    assert column(cell) == sorted(column(cell))
    assert opened.evaluate("document.querySelectorAll('#table-levels th[aria-sort]').length") == 1


def test_contents_are_open_beside_the_page_and_folded_above_it(browser, page):
    def shown() -> bool:
        return browser.evaluate(
            "document.querySelector('.contents ul').checkVisibility({contentVisibilityAuto: true})"
        )

    browser.open(page, DESKTOP)
    assert shown()
    assert browser.evaluate("getComputedStyle(document.querySelector('nav')).position") == "sticky"
    browser.open(page, PHONE)
    assert not shown()


def test_dark_pages_are_dark_and_their_figures_stay_on_a_light_card(browser, page):
    def background(selector: str) -> str:
        part = f"document.querySelector('{selector}')"
        return browser.evaluate(f"getComputedStyle({part}).backgroundColor")

    dark = {"name": "prefers-color-scheme", "value": "dark"}
    browser.open(page, DESKTOP)
    assert background("body") == "rgb(255, 255, 255)"
    browser.call("Emulation.setEmulatedMedia", features=[dark])
    try:
        assert background("body") == "rgb(20, 24, 31)"
        assert background("figure .card") == "rgb(255, 255, 255)"
        # Paper is white.
        browser.call("Emulation.setEmulatedMedia", media="print", features=[dark])
        assert background("body") == "rgb(255, 255, 255)"
    finally:
        browser.call("Emulation.setEmulatedMedia")


def test_printing_shows_folded_texts_but_no_navigation_and_no_long_tables(browser, page):
    def height(selector: str) -> float:
        part = f"document.querySelector('{selector}')"
        return browser.evaluate(f"{part}.getBoundingClientRect().height")

    browser.open(page, DESKTOP)
    browser.call("Emulation.setEmulatedMedia", media="print")
    try:
        assert height("#values table") > 50
        assert height("figcaption details p") > 10
        assert height("nav") == 0
        assert height("#table-levels table") == 0
        assert height("#table-levels summary") > 10
    finally:
        browser.call("Emulation.setEmulatedMedia")


def test_the_page_is_whole_without_its_script(page):
    """The script only adds sorting."""
    text = page.read_text(encoding="utf-8")
    without = text[: text.index("<script>")]
    for piece in ("<h2>Verdicts", "table-levels", "<h2>Provenance", "figures/anytime.pdf"):
        assert piece in without


OPEN_ALL = "document.querySelectorAll('details').forEach((part) => { part.open = true })"
HEADING = "document.querySelectorAll('#table-levels th')[{}]"
