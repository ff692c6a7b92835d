"""The worked examples in the docstrings are true."""

from __future__ import annotations

import doctest
import pkgutil
from importlib import import_module

import pytest

import analysis

MODULES = [module.name for module in pkgutil.walk_packages(analysis.__path__, "analysis.")]


@pytest.mark.parametrize("name", [name for name in MODULES if name != "analysis.cli"])
def test_examples(name):
    assert doctest.testmod(import_module(name)).failed == 0


def test_every_exported_name_is_there_and_an_unknown_one_lists_them():
    for name in analysis.__all__:
        assert getattr(analysis, name) is not None
    with pytest.raises(AttributeError, match="no attribute 'lod'; it has: .*load"):
        analysis.lod  # noqa: B018
