"""The report page in a browser: no errors, every image loads, tables sort, every width fits."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.browser import DESKTOP, PHONE, Browser, needs_chromium

pytestmark = [needs_chromium, pytest.mark.slow]


@pytest.fixture(scope="module")
def browser(tmp_path_factory) -> Iterator[Browser]:
    running = Browser(tmp_path_factory.mktemp("browser"))
    try:
        yield running
        running.close()
    finally:
        running.kill()


@pytest.fixture(scope="module")
def page(reported) -> Path:
    return reported / "report" / "report.html"


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
    assert len(sizes) == 9
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
