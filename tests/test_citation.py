"""CITATION.cff and the pages that repeat it agree with the package."""

import datetime
import tomllib

import pytest

from tests.pages import ROOT

yaml = pytest.importorskip("yaml", reason="other packages of the tests bring PyYAML")
CITATION = yaml.safe_load((ROOT / "CITATION.cff").read_text(encoding="utf-8"))
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]


def test_the_citation_describes_the_package() -> None:
    assert CITATION["version"] == PROJECT["version"]
    assert CITATION["keywords"] == PROJECT["keywords"]
    assert CITATION["license"] == PROJECT["license"]
    assert CITATION["type"] == "software"
    assert CITATION["authors"] == [{"name": "The seqmem authors"}]


def test_the_citation_has_what_an_archive_needs() -> None:
    assert isinstance(CITATION["date-released"], datetime.date)
    assert len(CITATION["abstract"].split()) > 50
    # An archive would read this file in place of the citation.
    assert not (ROOT / ".zenodo.json").exists()


@pytest.mark.parametrize("page", ["README.md", "docs/index.md"])
def test_pages_cite_this_version(page: str) -> None:
    text = " ".join((ROOT / page).read_text(encoding="utf-8").split())
    year = CITATION["date-released"].year
    assert f"The seqmem authors ({year}). *{CITATION['title']}*" in text
    assert f"version {CITATION['version']}." in text
