"""The package's lazy names."""

from __future__ import annotations

import pytest

import analysis


def test_every_exported_name_is_there_and_an_unknown_one_lists_them():
    for name in analysis.__all__:
        assert getattr(analysis, name) is not None
    with pytest.raises(AttributeError, match=r"no attribute 'lod'; it has: .*load"):
        analysis.lod  # noqa: B018


def test_loading_submodules_first_hides_no_exported_function():
    import analysis.passages
    import analysis.records

    assert callable(analysis.load)
