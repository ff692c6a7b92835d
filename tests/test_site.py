"""The documentation site: all that is public is on it, and nothing on it leads nowhere.

The tests marked `site` check what `make docs` has built; the others need no build.
"""

from __future__ import annotations

import functools
import re
import sys
import zlib
from collections.abc import Iterator
from html.parser import HTMLParser
from importlib import import_module
from pathlib import Path
from types import ModuleType
from typing import Any
from urllib.parse import unquote, urlsplit

import pytest

from seqmem.analysis.figures.parts.figure import Figure
from seqmem.cli.app import COMMANDS, build_app
from tests.browser import DESKTOP, PHONE, Browser, needs_chromium
from tests.pages import LANGUAGES, ROOT, blocks_of, check_command, commands_of, run_page

SITE = ROOT / "build" / "site"
PACKAGES = ("seqmem", "seqmem.generators", "seqmem.study", "seqmem.sweeps", "seqmem.analysis")
PUBLIC = [f"{package}.{name}" for package in PACKAGES for name in import_module(package).__all__]
# Elements that load something, with the attribute that says what.
LOADING = {"img": "src", "script": "src", "link": "href", "iframe": "src", "source": "src"}


def maker(name: str) -> ModuleType:
    """Return a module of `docs` that makes pages."""
    sys.path.insert(0, str(ROOT / "docs"))
    try:
        return import_module(name)
    finally:
        sys.path.remove(str(ROOT / "docs"))


@pytest.fixture(scope="module")
def reference() -> ModuleType:
    return maker("make_reference")


@pytest.fixture(scope="module")
def figures() -> dict[str, Figure]:
    groups: dict[str, dict[str, Figure]] = maker("make_gallery").GROUPS
    return {name: figure for group in groups.values() for name, figure in group.items()}


@pytest.fixture(scope="module")
def gallery(figures: dict[str, Figure], tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder with the pages of all figures, without pictures."""
    folder = tmp_path_factory.mktemp("gallery")
    for name, figure in figures.items():
        page = maker("make_gallery").page_of(figure, "Caption.")
        (folder / f"{name}.md").write_text(page, encoding="utf-8")
    return folder


def test_every_public_name_has_a_page_and_a_row(reference: ModuleType) -> None:
    pages = reference.pages()
    for full in PUBLIC:
        home = reference.homes_by_name().get(full, full)
        assert f"{home}.rst" in pages, full
        assert f":py:obj:`~{home}`" in pages[f"{full.rpartition('.')[0]}.rst"], full


def test_every_object_of_the_reference_has_a_summary(reference: ModuleType) -> None:
    tables = "".join(reference.pages().values())
    rows = re.findall(r"\* - :py:obj:`~([\w.]+)`\n     - (.*)", tables)
    assert len(rows) > len(PUBLIC)
    assert [name for name, summary in rows if not summary.endswith((".", ":"))] == []


def test_every_figure_is_in_the_gallery(figures: dict[str, Figure], gallery: Path) -> None:
    assert figures.keys() == maker("gallery_examples").EXAMPLES.keys()
    index = maker("make_gallery").index_page()
    assert all(f":link: {name}\n" in index for name in figures)
    for name in figures:
        blocks = blocks_of(gallery / f"{name}.md")
        assert {block.language for block in blocks} <= set(LANGUAGES)
        assert not [block for block in blocks if block.note]
        compile(blocks[0].text, name, "exec")
        for arguments in [line for block in blocks[1:] for line in commands_of(block)]:
            check_command(arguments, build_app(), set(), name)


def test_every_how_to_is_in_the_list_of_its_folder() -> None:
    folder = ROOT / "docs" / "how-to"
    linked = re.findall(r"\]\(([\w-]+\.md)\)", (folder / "README.md").read_text(encoding="utf-8"))
    assert sorted(linked) == sorted(path.name for path in folder.glob("[!R]*.md"))


def test_every_notebook_is_in_the_list_of_its_folder() -> None:
    folder = ROOT / "analysis" / "notebooks"
    linked = re.findall(r"\]\((\w+\.ipynb)\)", (folder / "README.md").read_text(encoding="utf-8"))
    assert linked == sorted(path.name for path in folder.glob("*.ipynb"))


def test_every_command_is_in_the_reference() -> None:
    page = (ROOT / "docs" / "commands.md").read_text(encoding="utf-8")
    assert COMMANDS.keys() <= set(re.findall(r"^## (.+)$", page, re.M))


# What follows checks the built site.


class Html(HTMLParser):
    """The ids, links and loaded files of one page."""

    def __init__(self, path: Path) -> None:
        super().__init__()
        self.ids: set[str] = set()
        self.links: list[str] = []
        self.loads: list[str] = []
        self.feed(path.read_text(encoding="utf-8"))

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {key: value or "" for key, value in attrs}
        self.ids |= {given[key] for key in ("id", "name") if given.get(key)}
        if tag == "a" and "href" in given:
            self.links.append(given["href"])
        if given.get(LOADING.get(tag, "")):
            self.loads.append(given[LOADING[tag]])


@functools.cache
def html(path: Path) -> Html:
    return Html(path)


@pytest.fixture(scope="module")
def pages() -> list[Path]:
    built = sorted(set(SITE.rglob("*.html")) - set((SITE / "_static").rglob("*.html")))
    assert built, "run make docs"
    return built


@pytest.mark.site
def test_no_link_is_dead(pages: list[Path]) -> None:
    dead = []
    count = 0
    for page in pages:
        for link in html(page).links + html(page).loads:
            parts = urlsplit(link)
            if parts.scheme or parts.netloc:
                continue
            count += 1
            target = (page.parent / unquote(parts.path)).resolve() if parts.path else page
            if not target.is_file() or (
                parts.fragment
                and target.suffix == ".html"
                and unquote(parts.fragment) not in html(target).ids
            ):
                dead.append((str(page.relative_to(SITE)), link))
    assert dead == []
    assert count > 10_000


@pytest.mark.site
def test_options_keep_their_two_hyphens(pages: list[Path]) -> None:
    """Texts that are no code, such as help texts, are copied to a terminal too."""
    for page in pages:
        text = page.read_text(encoding="utf-8")
        assert not re.search(r"[ >`]–[a-z]", text), page
        assert "--extend" in text or page.name != "commands.html"


@pytest.mark.site
def test_no_page_loads_from_another_site(pages: list[Path]) -> None:
    loads = {(page.name, load) for page in pages for load in html(page).loads}
    assert [load for load in loads if urlsplit(load[1]).netloc] == []
    styles = [path.read_text(encoding="utf-8") for path in SITE.rglob("*.css")]
    assert not [
        style for style in styles if re.search(r"(url\(|@import)\s*['\"]?(https?:)?//", style)
    ]


@pytest.mark.site
def test_every_public_name_can_be_linked(reference: ModuleType) -> None:
    inventory = (SITE / "objects.inv").read_bytes().split(b"\n", 4)[4]
    names = {line.split()[0] for line in zlib.decompress(inventory).decode().splitlines()}
    assert {reference.homes_by_name().get(full, full) for full in PUBLIC} <= names


@pytest.mark.site
def test_nothing_on_the_site_tells_when_or_where_it_was_built(pages: list[Path]) -> None:
    for page in pages:
        text = page.read_text(encoding="utf-8")
        assert str(ROOT) not in text, page


@pytest.mark.site
@pytest.mark.parametrize("name", maker("gallery_examples").EXAMPLES)
def test_the_commands_of_the_gallery_run(
    name: str, gallery: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The Python code of these pages has been run by the build."""
    monkeypatch.chdir(tmp_path)
    for folder in maker("gallery_examples").READ:
        Path(folder).symlink_to(ROOT / folder)
    run_page(gallery / f"{name}.md", languages=("bash",))


@pytest.fixture(scope="module")
def browser(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Browser]:
    running = Browser(tmp_path_factory.mktemp("browser"))
    try:
        yield running
        running.close()
    finally:
        running.kill()


def failures(browser: Browser) -> list[dict[str, Any]]:
    """Return the errors and warnings of the page that is open."""
    return [
        event
        for event in browser.events
        if event["method"] == "Runtime.exceptionThrown"
        or event["params"].get("entry", {}).get("level") in ("error", "warning")
    ]


@pytest.mark.site
@needs_chromium
@pytest.mark.parametrize("size", [PHONE, DESKTOP], ids=["phone", "desktop"])
def test_pages_fit_fetch_nothing_and_fail_nowhere(
    size: tuple[int, int], pages: list[Path], browser: Browser
) -> None:
    """Every page at the width of a phone; on a desktop, the first of each folder."""
    firsts = {page.parent: page for page in reversed(pages)}
    for page in pages if size == PHONE else firsts.values():
        if page.name == "report.html":
            continue
        browser.open(page, size)
        browser.evaluate("Promise.all([...document.images].map((image) => image.decode()))")
        assert failures(browser) == [], page
        fetched = [
            event["params"]["request"]["url"]
            for event in browser.events
            if event["method"] == "Network.requestWillBeSent"
        ]
        inside = (SITE.as_uri(), "data:", "blob:")
        assert [url for url in fetched if not url.startswith(inside)] == [], page
        root = "document.documentElement"
        assert browser.evaluate(f"{root}.scrollWidth <= {root}.clientWidth"), page


@pytest.mark.site
@needs_chromium
def test_search_works_without_a_server(browser: Browser) -> None:
    browser.open(SITE / "search.html", DESKTOP, "?q=capacity_table")
    found = "document.querySelectorAll('#search-results li a').length"
    waiting = f"""new Promise((resolve) => {{
        const look = () => {found} > 0 ? resolve({found}) : setTimeout(look, 20)
        look()
    }})"""
    assert browser.evaluate(waiting) > 0
    assert failures(browser) == []
