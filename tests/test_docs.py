"""The pages: examples run or are at least parsed, links lead somewhere, tables are current."""

import hashlib
import importlib.util
import re
import shlex
import shutil
import subprocess
import sys
import tomllib
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import tomli_w

from seqmem.cli.app import COMMANDS, build_app, main
from seqmem.core.exit_codes import DONE
from seqmem.core.marked_pages import with_parts
from seqmem.sweeps.config.sweep_file import load_configs
from tests.pages import (
    LANGUAGES,
    LANGUAGES_RUN,
    ROOT,
    anchors,
    blocks_of,
    check_command,
    commands_of,
    is_runnable,
    make_targets,
    makefile,
    run_page,
)

PREREGISTRATION = ROOT / "docs" / "preregistration"
# The folder of the gallery is written when the site is built (tests/test_site.py).
PAGES = [
    ROOT / "README.md",
    ROOT / "CHANGELOG.md",
    ROOT / "CONTRIBUTING.md",
    ROOT / "RESULTS.md",
    ROOT / "analysis" / "notebooks" / "README.md",
    ROOT / "results" / "README.md",
    ROOT / "results" / "study-1" / "discussion.md",
    *sorted(set((ROOT / "docs").rglob("*.md")) - set((ROOT / "docs" / "gallery").rglob("*.md"))),
]
NAMES = [path.relative_to(ROOT).as_posix() for path in PAGES]
# The rules as they were before any data; what comes after them is under this heading.
APPENDED = "\n## Deviations and later changes\n"
RULES_SHA256 = {
    "study-1.md": "65b294902f059c02202a6948c17aeb8479c16ed68d7223678fd74294bb4da09e",
    "study-2.md": "019c2f572ad8297a191281dde8e21c0a81701ba4f1311d2600aa4134e7560fd5",
}

# Words of commands that a test replaces, because what the page shows takes minutes.
SHORTER = {"docs/how-to/two-layers-or-one.md": {"search.searches=6": "search.searches=2"}}
# Folders that pages read as if a sweep had been run into them.
SWEPT = ("runs/quick", "runs/wide", "runs/my")


@pytest.fixture(scope="module")
def prepared(tmp_path_factory: pytest.TempPathFactory, small_sweep: Path) -> Callable[[Path], None]:
    """Return what fills a folder with the files and sweeps that the pages read."""
    files = tmp_path_factory.mktemp("pages")
    rng = np.random.default_rng(1)
    letters = "".join(rng.choice(list("acgt"), 4000))
    numbers = np.round(np.sin(np.arange(1200) / 5) + rng.normal(0, 0.3, 1200), 3)
    (files / "genome.fasta").write_text(f">one\n{letters}\n", encoding="utf-8")
    (files / "notes.txt").write_text(f"{letters} {letters[::-1]}\n", encoding="utf-8")
    (files / "series.csv").write_text(
        "load\n" + "\n".join(map(str, numbers)) + "\n", encoding="utf-8"
    )
    preset = (ROOT / "sweeps" / "presets" / "quick.toml").read_text(encoding="utf-8")
    mine = preset.replace('name = "quick"', 'name = "mine"')
    (files / "my.toml").write_text(mine, encoding="utf-8")
    for name in SWEPT:
        shutil.copytree(small_sweep, files / name)

    def fill(folder: Path) -> None:
        shutil.copytree(files, folder, dirs_exist_ok=True)

    return fill


@pytest.fixture
def page_folder(
    tmp_path: Path, prepared: Callable[[Path], None], monkeypatch: pytest.MonkeyPatch
) -> Iterator[Path]:
    """Yield a folder with all that the pages read, which is the current one."""
    prepared(tmp_path)
    monkeypatch.chdir(tmp_path)
    yield tmp_path
    if "matplotlib.pyplot" in sys.modules:
        sys.modules["matplotlib.pyplot"].close("all")


def pages_that_run() -> list[str]:
    """Return the pages with at least one block that is run."""
    return [
        name
        for name, path in zip(NAMES, PAGES, strict=True)
        if any(
            block.language in LANGUAGES_RUN and not block.is_never_run for block in blocks_of(path)
        )
    ]


@pytest.mark.slow
@pytest.mark.parametrize("name", pages_that_run())
def test_examples_run(name: str, page_folder: Path) -> None:
    run_page(ROOT / name, shorter=SHORTER.get(name, {}))


@pytest.mark.parametrize("name", NAMES)
def test_no_line_of_text_is_taken_for_a_comment(name: str) -> None:
    """The site leaves out a line that begins with a percent sign."""
    text = re.sub(r"^```.*?^```", "", (ROOT / name).read_text(encoding="utf-8"), flags=re.M | re.S)
    assert not re.findall(r"^\s*%.*", text, re.M)


@pytest.mark.parametrize("name", NAMES)
def test_every_block_has_a_language_and_every_note_a_reason(name: str) -> None:
    page = (ROOT / name).read_text(encoding="utf-8")
    blocks = blocks_of(ROOT / name)
    assert len(blocks) == len(re.findall(r"^```", page, re.M)) / 2
    for block in blocks:
        assert block.language in LANGUAGES, f"{name}:{block.line}"
    notes = re.findall(r"^<!-- not run: (\S.*?) -->\n```", page, re.M)
    assert len(notes) == len(re.findall(r"^<!-- not run", page, re.M)), name


@pytest.mark.parametrize("name", NAMES)
def test_commands_have_these_options(name: str) -> None:
    app = build_app()
    targets = make_targets()
    for block in blocks_of(ROOT / name):
        if block.language != "bash":
            continue
        for arguments in commands_of(block):
            check_command(arguments, app, targets, f"{name}:{block.line}: {shlex.join(arguments)}")


def test_the_makefile_runs_modules_that_exist() -> None:
    modules = re.findall(r"bin/python -m ([\w.]+)|\(BIN\)/python -m ([\w.]+)", makefile())
    names = {name for pair in modules for name in pair if name and name != "nanobind"}
    assert "seqmem.cli.paper" in names
    assert [name for name in names if not is_runnable(name)] == []


@pytest.mark.parametrize("name", NAMES)
def test_commands_in_sentences_exist(name: str) -> None:
    page = re.sub(r"```.*?^```", "", (ROOT / name).read_text(encoding="utf-8"), flags=re.S | re.M)
    targets = make_targets()
    for command in re.findall(r"`seqmem ([a-z]+)", page):
        assert command in COMMANDS, command
    for target in re.findall(r"`make ([a-z-]+)", page):
        assert target in targets, target


@pytest.mark.parametrize("name", NAMES)
def test_sweep_files_are_valid(name: str, page_folder: Path) -> None:
    for block in blocks_of(ROOT / name):
        if block.language != "toml" or block.is_never_run:
            continue
        content = completed(tomllib.loads(block.text))
        Path("block.toml").write_text(tomli_w.dumps(content), encoding="utf-8")
        assert load_configs("block.toml"), f"{name}:{block.line}"


def completed(fragment: dict[str, Any]) -> dict[str, Any]:
    """Return a sweep file: `quick` with the keys of a fragment, whose ``[search]`` replaces all."""
    quick = ROOT / "sweeps" / "presets" / "quick.toml"
    content = tomllib.loads(quick.read_text(encoding="utf-8"))
    if "search" in fragment:
        content["search"] = {}
    for key, value in fragment.items():
        content[key] = {**content[key], **value} if isinstance(value, dict) else value
    return content


@pytest.mark.parametrize("name", NAMES)
def test_links_lead_somewhere(name: str) -> None:
    page = re.sub(r"```.*?^```", "", (ROOT / name).read_text(encoding="utf-8"), flags=re.S | re.M)
    for link in re.findall(r"\]\(([^)\s]+)\)", page):
        if link.startswith(("http://", "https://")):
            continue
        file, _, anchor = link.partition("#")
        target = (ROOT / name).parent / file if file else ROOT / name
        assert target.exists(), f"{name}: {link}"
        if anchor:
            assert anchor in anchors(target.read_text(encoding="utf-8")), f"{name}: {link}"


def test_pages_cite_no_document_that_readers_lack() -> None:
    for path in PAGES:
        if path.name not in RULES_SHA256:
            page = path.read_text(encoding="utf-8")
            assert not re.search(r"\b(METHODS2?|DESIGN|STYLE|TRAPS)\b", page), path


def test_the_code_cites_no_document_that_readers_lack() -> None:
    listing = ["git", "ls-files", "*.py", "*.toml", "*.j2", "*.hpp", "*.cpp"]
    tracked = subprocess.run(listing, cwd=ROOT, check=True, capture_output=True, text=True).stdout
    citing = re.compile(r"\b(METHODS2?|DESIGN)(\.md)? sections?\b")
    paths = [ROOT / name for name in tracked.splitlines() if (ROOT / name).is_file()]
    assert [path for path in paths if citing.search(path.read_text(encoding="utf-8"))] == []


@pytest.mark.parametrize("name", ["docs/concepts.md", "docs/tutorial.md"])
def test_terms_in_italics_are_in_the_glossary(name: str) -> None:
    glossary = (ROOT / "docs" / "glossary.md").read_text(encoding="utf-8")
    rows = re.findall(r"^\| ([^|]+) \|", glossary, re.M)
    terms = {term.strip(" )").lower() for row in rows for term in re.split(r", | \(", row)}
    page = " ".join((ROOT / name).read_text(encoding="utf-8").split())
    italics = re.findall(r"(?<![\w*])\*([A-Za-z][\w -]+?)\*(?!\*)", page)
    assert italics
    for word in {word.lower() for word in italics} - {"italics"}:
        singular = {word, word.removesuffix("s"), word.removesuffix("es")}
        assert singular & terms, word


@pytest.mark.parametrize("name", RULES_SHA256)
def test_the_rules_are_as_they_were_before_any_data(name: str) -> None:
    page = (PREREGISTRATION / name).read_text(encoding="utf-8")
    rules = page.partition(APPENDED)[0]
    assert hashlib.sha256(rules.encode()).hexdigest() == RULES_SHA256[name]


def test_the_readme_is_one_page() -> None:
    page = (ROOT / "README.md").read_text(encoding="utf-8")
    assert page.count("\n") <= 130
    assert len(re.sub(r"```.*?^```", "", page, flags=re.S | re.M).split()) <= 1300


def test_every_page_can_be_reached_from_the_readme() -> None:
    reached: set[Path] = set()
    waiting = {ROOT / "README.md"}
    while waiting:
        path = waiting.pop()
        reached.add(path)
        links = re.findall(r"\]\(([^)#\s]+\.md)", path.read_text(encoding="utf-8"))
        here = {(path.parent / link).resolve() for link in links if "://" not in link}
        waiting |= here - reached
    unlinked = {PREREGISTRATION / "README.md", ROOT / "docs" / "index.md"}
    missing = set(PAGES) - reached - unlinked
    assert not missing


def test_generated_tables_are_current() -> None:
    spec = importlib.util.spec_from_file_location("make_tables", ROOT / "docs" / "make_tables.py")
    assert spec is not None
    assert spec.loader is not None
    make_tables = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(make_tables)
    for path, tables in make_tables.PAGES.items():
        page = path.read_text(encoding="utf-8")
        assert with_parts(page, tables) == page, f"{path}: run make docs-tables"


@pytest.mark.slow
def test_a_sweep_goes_the_way_that_the_architecture_page_shows(tmp_path: Path) -> None:
    page = (ROOT / "docs" / "architecture.md").read_text(encoding="utf-8")
    table = page.partition("<!-- the way -->")[2].partition("<!-- end the way -->")[0]
    way = re.findall(r"^\| \d+ \| `([\w.]+)` \| `([\w.]+)` \|", table, re.M)
    assert len(way) <= 22
    met = 0

    def watch(frame: Any, event: str, _: object) -> None:
        nonlocal met
        if event == "call" and met < len(way):
            module, function = way[met]
            code = frame.f_code
            if code.co_qualname == function and frame.f_globals.get("__name__") == module:
                met += 1

    command = (
        "sweep smoke --executor serial --jobs 1 --set strings.levels=[6] --set search.trials=4"
    )
    out = ["--out", str(tmp_path / "sweep")]
    sys.setprofile(watch)
    try:
        code = main([*command.split(), *out])
    finally:
        sys.setprofile(None)
    assert code == DONE
    assert met == len(way), f"not met in this order: {way[met:]}"
