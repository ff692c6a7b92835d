"""A report names what it leaves out without an optional package, and how to install it."""

from __future__ import annotations

import pytest

import seqmem.analysis.estimators.importance
import seqmem.analysis.report.cautions
from seqmem.analysis.figures import FIGURES, missing_figures
from seqmem.analysis.report.build import make_report
from seqmem.analysis.report.cautions import cautions, package_cautions, search_cautions
from seqmem.core.errors import InputError
from seqmem.workflows.paper.build import build_study
from seqmem.workflows.paper.checkout import STUDY_1
from seqmem.workflows.paper.contents import STUDY_1 as FIRST
from tests.analysis.conftest import trials_frame

COMMAND = "pip install 'seqmem[analysis]'"


@pytest.fixture
def without_forests(monkeypatch):
    monkeypatch.setattr(seqmem.analysis.estimators.importance, "find_spec", lambda name: None)


@pytest.mark.slow
@pytest.mark.usefixtures("svg_only")
def test_without_scikit_learn_page_and_terminal_say_what_is_left_out(
    without_forests, write_sweep, tmp_path
):
    made = make_report(write_sweep(trials_frame(), tmp_path / "sweep"))
    page = made.page.read_text(encoding="utf-8")
    assert f"They need scikit-learn: {COMMAND}." in made.lines[-1]
    assert (
        "The figure, the table and claim C4 on the importance of hyper-parameters are left out"
        in page
    )
    assert "(importance): needs scikit-learn: pip install" in page
    assert not list(made.page.parent.rglob("importance*"))


def test_with_scikit_learn_nothing_is_said_of_it():
    frame = trials_frame()
    assert package_cautions(frame, {}) == []
    assert not [one for one in cautions(frame, {}) if "scikit-learn" in one.text]
    (sentence,) = missing_figures([], ["importance"])
    assert "64 Sobol points" in sentence
    assert "scikit-learn" not in sentence


def test_nothing_is_said_of_forests_where_none_could_be_grown(without_forests, make_frame):
    assert package_cautions(make_frame(), {}) == []
    assert FIGURES["importance"].wants() == f"scikit-learn: {COMMAND}"


def test_without_opda_random_search_has_no_bands_of_its_own(monkeypatch, make_frame):
    random = {"synthetic": {"search": {"sampler": "random", "trials": 2}}}
    assert package_cautions(make_frame(), random) == []
    monkeypatch.setattr(seqmem.analysis.report.cautions, "missing_bands", lambda: "opda: install")
    (caution,) = package_cautions(make_frame(), random)
    assert caution.text.endswith("They need opda: install.")
    assert package_cautions(make_frame(), {}) == []


@pytest.mark.parametrize(("trials", "cautioned"), [(16, False), (24, True)])
def test_sobol_sets_that_are_not_balanced_are_named(make_frame, trials, cautioned):
    configs = {"synthetic": {"search": {"sampler": "sobol", "trials": trials}}}
    found = [one.text for one in search_cautions(make_frame(), configs)]
    sentences = [text for text in found if "power of two" in text]
    assert len(sentences) == cautioned
    if cautioned:
        assert "24 trials are no power of two" in sentences[0]
        assert sentences[0].endswith("The nearest powers of two are 16 and 32.")


@pytest.mark.slow
def test_the_study_is_not_built_in_part(without_forests, tmp_path):
    with pytest.raises(InputError, match=r"needs scikit-learn: pip install 'seqmem\[analysis\]'"):
        build_study(FIRST, STUDY_1, tmp_path / "out")
