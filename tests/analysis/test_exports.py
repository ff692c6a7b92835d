"""The package's lazy names."""

from __future__ import annotations

import pkgutil

import pytest

from seqmem import analysis, generators, study, sweeps


def test_every_exported_name_is_there_and_an_unknown_one_lists_them():
    for name in analysis.__all__:
        assert getattr(analysis, name) is not None
    with pytest.raises(AttributeError, match=r"no attribute 'lod'; it has: .*load"):
        analysis.lod  # noqa: B018


@pytest.mark.parametrize("package", [analysis, generators, study, sweeps])
def test_no_module_hides_an_exported_name(package):
    """A submodule becomes an attribute of its package once it is imported, and would stand in the name's place."""
    modules = {module.name for module in pkgutil.iter_modules(package.__path__)}
    assert modules & set(package.__all__) == set()
