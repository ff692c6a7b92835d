"""Members of registries from outside the package, installed or registered."""

import importlib
import pickle
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest

import seqmem
from seqmem import analysis, generators, study
from seqmem.core import plugin_registries
from seqmem.core.derived_registries import DerivedRegistry
from seqmem.core.errors import InputError
from seqmem.core.messages import LONGEST_MESSAGE
from seqmem.core.plugin_origins import PluginOrigin
from seqmem.core.plugin_registries import PluginRegistry
from seqmem.core.plugins import Plugin, check_portable, plugins_among, versions_of
from seqmem.core.registries import RegistryEntry
from seqmem.generators.complexity.measure import Measure
from seqmem.study.memorizers.cells.cell import Cell
from seqmem.study.probes.probe import Probe
from tests.plugins import (
    CELL_IN_NOTEBOOK,
    GROUPS,
    forget_installed,
    install,
    notebook_names,
    registered,
)

REGISTRIES = [
    generators.SOURCES,
    generators.MEASURES,
    study.CELLS,
    study.PROBES,
    analysis.FIGURES,
]

Install = Callable[..., None]


@pytest.fixture
def installed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Install]:
    """Return what installs a distribution whose module is given as text."""
    folder = tmp_path / "site"
    folder.mkdir()
    monkeypatch.syspath_prepend(folder)

    def add(name: str, entries: Mapping[str, str], code: str, group: str = "test.numbers") -> None:
        module = name.replace("-", "_")
        (folder / f"{module}.py").write_text(code, encoding="utf-8")
        install(folder, name, {group: {key: f"{module}:{at}" for key, at in entries.items()}})
        # The heading of a group of seqmem makes distributions worth a look.
        install(folder, f"{name}-marker", {"seqmem.cells": {}})
        importlib.invalidate_caches()
        forget_installed()

    yield add
    forget_installed()
    for name in [name for name in sys.modules if name.startswith("plug_")]:
        del sys.modules[name]


def check_number(_: str, member: Any) -> None:
    if not isinstance(member, int):
        raise InputError("a number is a whole one")


def numbers(**built_in: int) -> PluginRegistry[int]:
    """Return a registry of numbers, into which tests install plug-ins."""
    return PluginRegistry(
        "number", built_in or {"one": 1}, group="test.numbers", home="none:N", check=check_number
    )


def test_installed_plugins_come_after_the_built_in_members(installed: Install) -> None:
    installed("plug-a", {"two": "TWO", "alpha": "ALPHA"}, "TWO = 2\nALPHA = 0")
    registry = numbers()
    assert list(registry) == ["one", "alpha", "two"]
    assert dict(registry) == {"one": 1, "alpha": 0, "two": 2}
    assert len(registry) == 3
    assert dict(registry.built_in) == {"one": 1}
    assert registry.origin("two") == PluginOrigin("plug-a", "1.0")
    assert registry.origin("one") is None is registry.origin("three")


def test_only_what_is_asked_for_is_imported(installed: Install) -> None:
    installed("plug-a", {"two": "TWO"}, "TWO = 2")
    installed("plug-b", {"three": "THREE"}, "THREE = 3")
    registry = numbers()
    assert registry["one"] == 1
    assert "plug_a" not in sys.modules
    assert registry["two"] == 2
    assert "plug_b" not in sys.modules
    assert "four" not in registry


def test_a_built_in_name_looks_for_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(group: str) -> None:
        raise AssertionError(group)

    monkeypatch.setattr(plugin_registries, "entry_points_of", fail)
    registry = numbers()
    assert registry["one"] == 1
    assert "one" in registry
    assert registry.get("one") == 1
    assert registry.origin("one") is None


@pytest.mark.parametrize(
    ("code", "reason"),
    [
        ("import no_such_module", "ModuleNotFoundError: No module named 'no_such_module'"),
        ("raise KeyError('units')", "KeyError: 'units'"),
        ("import sys; sys.exit('not today')", "SystemExit: not today"),
        ("ELEVEN = 11", "AttributeError: module 'plug_bad' has no attribute 'TWO'"),
        ("TWO = 'two'", "number 'two': a number is a whole one"),
        ("raise ValueError('one\\ntwo')", "ValueError: one two"),
    ],
)
def test_a_broken_plugin_is_left_out_with_one_line(
    code: str, reason: str, installed: Install, capsys: pytest.CaptureFixture[str]
) -> None:
    installed("plug-bad", {"two": "TWO"}, code)
    installed("plug-good", {"three": "THREE"}, "THREE = 3")
    registry = numbers()
    for _ in range(2):
        assert list(registry) == ["one", "three"]
        assert "two" not in registry
    expected = f"seqmem: warning: test.numbers: 'two' of plug-bad 1.0 is left out: {reason}"
    assert capsys.readouterr().err.splitlines() == [expected]


def test_two_entries_that_fail_for_one_reason_are_both_named(
    installed: Install, capsys: pytest.CaptureFixture[str]
) -> None:
    installed("plug-bad", {"two": "TWO", "three": "THREE"}, "import no_such_module")
    assert list(numbers()) == ["one"]
    reason = "ModuleNotFoundError: No module named 'no_such_module'"
    assert capsys.readouterr().err.splitlines() == [
        f"seqmem: warning: test.numbers: {name!r} of plug-bad 1.0 is left out: {reason}"
        for name in ("three", "two")
    ]


def test_a_warning_about_a_plugin_is_one_short_printable_line(
    installed: Install, capsys: pytest.CaptureFixture[str]
) -> None:
    installed("plug-bad", {"two": "TWO"}, "raise ValueError('\\x1b[31m' + 'x' * 500)")
    assert list(numbers()) == ["one"]
    (line,) = capsys.readouterr().err.splitlines()
    assert line.startswith("seqmem: warning: test.numbers: 'two' of plug-bad 1.0 is left out: ")
    assert len(line) <= LONGEST_MESSAGE
    assert r"\x1b[31m" in line
    assert line.isprintable()


def test_a_name_that_exists_is_refused(
    installed: Install, capsys: pytest.CaptureFixture[str]
) -> None:
    installed("plug-a", {"one": "X", "two": "X"}, "X = 2")
    installed("plug-b", {"two": "X", "No-name": "X"}, "X = 3")
    registry = numbers()
    assert dict(registry) == {"one": 1, "two": 2}
    assert capsys.readouterr().err.splitlines() == [
        "seqmem: warning: test.numbers: 'No-name' of plug-b 1.0 is left out: "
        "number 'No-name'; valid: lower-case letters, digits and '_', a letter first",
        "seqmem: warning: test.numbers: 'one' of plug-a 1.0 is left out: "
        "number 'one' exists already (built in); choose another name",
        "seqmem: warning: test.numbers: 'two' of plug-b 1.0 is left out: "
        "number 'two' exists already (plug-a 1.0); choose another name",
    ]
    with pytest.raises(InputError, match=r"number 'two' exists already \(plug-a 1\.0\)"):
        registry.register("two", 4, version="1")


def test_plugins_can_be_switched_off(installed: Install, monkeypatch: pytest.MonkeyPatch) -> None:
    installed("plug-a", {"two": "TWO"}, "TWO = 2")
    monkeypatch.setenv("SEQMEM_PLUGINS", "off")
    assert list(numbers()) == ["one"]


def test_a_plugin_may_ask_for_names_while_it_is_imported(installed: Install) -> None:
    installed("plug-a", {"two": "TWO"}, "from tests import test_plugins as t\nTWO = len(t.ASKED)")
    ASKED.clear()
    ASKED.update(numbers())
    assert list(numbers()) == ["one", "two"]


ASKED: dict[str, int] = {}


def test_a_registered_plugin_is_known_by_its_source(tmp_path: Path) -> None:
    registry = numbers()
    registry.register("two", 2, version="2026-11")
    assert str(registry.origin("two")) == "registered 2026-11"
    measures = PluginRegistry("measure", {}, group="none", home="none:M")
    measures.register("own", Measure(own_measure, "symbols"))
    origin = measures.origin("own")
    assert origin is not None
    assert origin.distribution == ""
    assert origin.version.startswith("sha256:")
    assert len(origin.version) == len("sha256:") + 64
    del measures["own"]
    assert "own" not in measures
    measures.register("own", Measure(own_measure, "symbols"))
    assert measures.origin("own") == origin


def own_measure(symbols: Any) -> int:
    return len(symbols)


def test_the_source_of_every_defining_module_counts(
    installed: Install, monkeypatch: pytest.MonkeyPatch
) -> None:
    installed("plug-a", {}, "def run(): pass")
    installed("plug-b", {}, "def run(): pass\n# changed")
    registry = PluginRegistry("probe", {}, group="none", home="none:P")
    for name in ("plug_a", "plug_b"):
        registry.register(name, RegistryEntry(f"{name}:run", "runs"))
        registry.register(f"{name}_too", RegistryEntry(importlib.import_module(name).run, "runs"))
    versions = [str(registry.origin(name)) for name in registry]
    assert versions[0] == versions[1] != versions[2] == versions[3]


@pytest.mark.parametrize(
    "code",
    [
        CELL_IN_NOTEBOOK,
        CELL_IN_NOTEBOOK.replace("sequence=run_decaying", "sequence='__main__:run_decaying'"),
    ],
)
def test_code_of_a_notebook_needs_a_version(code: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delattr(sys.modules["__main__"], "__file__", raising=False)
    family = notebook_names(code)["DECAYING"]
    with pytest.raises(
        InputError, match=r"cell 'decaying': the source .* cannot be read here; give version='1'"
    ):
        study.register_cell("decaying", family)
    assert "decaying" not in study.CELLS


@pytest.mark.parametrize("version", ["", " ", "a\nb", 1])
def test_a_version_is_a_line_of_text(version: Any) -> None:
    with pytest.raises(InputError, match=r"number 'two': version .*; valid: a text such as '1.0'"):
        numbers().register("two", 2, version=version)


@pytest.mark.parametrize("name", ["", "Two", "2", "a-b", "a b", "a.b", "ä", 3])
def test_names_are_words(name: Any) -> None:
    with pytest.raises(InputError, match=r"number .*; valid: lower-case letters, digits and '_'"):
        numbers().register(name, 2, version="1")


def wrong_members() -> list[tuple[Callable[[], None], str]]:
    """Return registrations of things that do not fit, with the message of each."""
    from seqmem.analysis.figures import anytime

    return [
        (lambda: generators.register_source("own", Probe), "a source is a sub-class"),
        (lambda: generators.register_measure("own", own_measure), "a measure is a"),
        (lambda: study.register_cell("own", Cell), "a cell is a `MemorizerFamily`"),
        (lambda: study.PROBES.register("own", Probe), "a probe is a `RegistryEntry`"),
        (lambda: analysis.register_figure(anytime.FIGURE), "exists already"),
        (lambda: analysis.FIGURES.register("own", anytime.FIGURE), "its `name` is 'anytime'"),
    ]


@pytest.mark.parametrize("index", range(len(wrong_members())))
def test_what_is_no_member_is_refused(index: int) -> None:
    register, message = wrong_members()[index]
    with pytest.raises(InputError, match=message):
        register()


def test_a_source_needs_help_and_defaults() -> None:
    code = (
        "from dataclasses import dataclass\n"
        "from seqmem.generators.sources.source import Source, repeated\n"
        "@dataclass(frozen=True)\nclass Silent(Source):\n"
        "    def stream(self, rng): return iter([])\n"
        "@dataclass(frozen=True)\nclass Asking(Source):\n"
        "    order: int\n    help = 'asks'\n"
        "    def stream(self, rng): return iter([])\n"
    )
    names = notebook_names(code)
    with pytest.raises(InputError, match=r"source 'own': it needs a class variable `help`"):
        generators.register_source("own", names["Silent"], version="1")
    with pytest.raises(InputError, match=r"source 'own': it must be a frozen dataclass whose"):
        generators.register_source("own", names["Asking"], version="1")


def test_every_registry_is_found_by_its_home_and_group() -> None:
    for registry in REGISTRIES:
        assert pickle.loads(pickle.dumps(registry)) is registry
    assert {registry.group for registry in REGISTRIES} == GROUPS
    assert len({registry.kind for registry in REGISTRIES}) == len(REGISTRIES)


def test_a_derived_registry_has_the_members_with_the_part() -> None:
    registry = numbers(one=1, two=2)
    halves = DerivedRegistry(registry, lambda number: None if number % 2 else number // 2)
    with registered(registry, "six", 6):
        assert dict(halves) == {"two": 1, "six": 3}
        assert len(halves) == 2
        assert "one" not in halves
    assert list(halves) == ["two"]


def decaying_config(**changes: Any) -> study.RunConfig:
    fields = {"string": "ABRACADABRA", "units": 4, "budget": "2 steps"}
    return study.RunConfig(**({"cell": "decaying"} | fields | changes))


@pytest.fixture
def decaying() -> Iterator[None]:
    with registered(study.CELLS, "decaying", notebook_names(CELL_IN_NOTEBOOK)["DECAYING"]):
        yield


def test_run_ids_hold_the_version_of_a_plugin(decaying: None) -> None:
    first = decaying_config()
    assert versions_of(first.plugins) == {"cell decaying": "registered 1"}
    family = study.CELLS["decaying"]
    del study.CELLS["decaying"]
    study.register_cell("decaying", family, version="2")
    assert decaying_config().run_id != first.run_id
    del study.CELLS["decaying"]
    study.register_cell("decaying", family, version="1")
    assert decaying_config().run_id == first.run_id


def test_a_copy_with_another_cell_has_its_plugins_and_its_run_id(decaying: None) -> None:
    plain = decaying_config(cell="gru", engine="torch")
    changed = plain.model_copy(update={"cell": "decaying"})
    assert versions_of(changed.plugins) == {"cell decaying": "registered 1"}
    back = changed.model_copy(update={"cell": "gru"})
    assert back.plugins == ()
    # Also once the run id of the first is known.
    assert back.run_id == plain.run_id != changed.run_id == decaying_config().run_id
    assert plain.model_copy(update={"cell": "decaying"}).run_id == changed.run_id
    assert changed.model_copy().run_id == changed.run_id
    assert pickle.loads(pickle.dumps(changed)).plugins == changed.plugins


class Steps(Probe):
    """The number of steps, which is known anyway."""

    columns = {"seen": int}

    def begin(self, memorizer: Any, config: Any) -> None:
        self._steps = 0

    def see(self, step: int, loss: float) -> None:
        self._steps = step

    def end(self, memorizer: Any) -> dict[str, Any]:
        return {"seen": self._steps}


def test_a_probe_of_ones_own(monkeypatch: pytest.MonkeyPatch) -> None:
    plain = study.RunConfig(string="ABRACADABRA", cell="gru", units=4, budget="2 steps")
    assert plain.plugins == ()
    study.register_probe("steps", Steps, "steps seen")
    try:
        config = plain.model_validate({**dict(plain), "probes": ["steps"]})
        (plugin,) = config.plugins
        assert plugin.key == "probe steps"
        assert plugin.origin.version.startswith("sha256:")
        assert study.run(config).probe_steps_seen == 2
        assert config.run_id != plain.run_id
    finally:
        del study.PROBES["steps"]


def test_a_configuration_brings_its_plugins_to_another_process(decaying: None) -> None:
    pickled = pickle.dumps(decaying_config())
    arriving = study.CELLS["decaying"]
    del study.CELLS["decaying"]
    config = pickle.loads(pickled)
    assert study.CELLS["decaying"] is not arriving
    assert config.run_id == decaying_config().run_id
    assert study.run(config).cell == "decaying"
    here = study.CELLS["decaying"]
    assert pickle.loads(pickled) == config
    assert study.CELLS["decaying"] is here


def test_a_later_version_replaces_an_earlier_one_in_a_worker() -> None:
    sender, receiver = numbers(), numbers()
    for version, number in (("1", 10), ("2", 20)):
        sender.register("ten", number, version=version)
        origin = sender.origin("ten")
        assert origin is not None
        receiver.receive("ten", origin, sender.packed("ten"))
        assert receiver["ten"] == number
        assert receiver.origin("ten") == origin
        del sender["ten"]


def test_an_installed_plugin_must_be_there_in_the_same_version(installed: Install) -> None:
    installed("plug-a", {"two": "TWO"}, "TWO = 2")
    registry = numbers()
    assert registry.packed("two") == b"" if "two" in registry else False
    registry.receive("two", PluginOrigin("plug-a", "1.0"), b"")
    with pytest.raises(InputError, match=r"number 'two' of plug-a 1\.1 is needed; here: plug-a 1"):
        registry.receive("two", PluginOrigin("plug-a", "1.1"), b"")
    with pytest.raises(InputError, match=r"number 'six' of plug-a 1\.0 is needed; here: no such"):
        registry.receive("six", PluginOrigin("plug-a", "1.0"), b"")
    with pytest.raises(InputError, match=r"number 'one' of plug-a 1\.0 is needed; here: built in"):
        registry.receive("one", PluginOrigin("plug-a", "1.0"), b"")


def test_what_cannot_be_sent_to_workers_is_named() -> None:
    registry = PluginRegistry("thing", {}, group="none", home="none:T")
    registry.register("lock", threading.Lock(), version="1")
    with pytest.raises(InputError, match=r"thing 'lock' cannot be sent to worker processes: "):
        check_portable(plugins_among([(registry, ["lock"])]))


def test_plugins_among_names_leave_out_the_built_in() -> None:
    registry = numbers()
    with registered(registry, "two", 2):
        found = plugins_among([(registry, ["one", "two", "two", "three"])])
        assert found == (Plugin(registry, "two", PluginOrigin("", "1")),)


def test_messages_list_plugins_as_valid(decaying: None) -> None:
    with pytest.raises(
        ValueError, match=r"cell .decayin.; .*valid: bigru, bilstm, decaying, gru, lstm"
    ):
        seqmem.RunConfig(string="AB", cell="decayin", budget="1 steps")


SOURCE_MODULE = """
from dataclasses import dataclass
from seqmem.generators.sources.source import Source, repeated
import numpy as np

@dataclass(frozen=True)
class Ramp(Source):
    help = "the symbols in order, again and again"

    def stream(self, rng):
        return repeated(np.arange(self.alphabet_size), 0)
"""


@pytest.fixture
def site(tmp_path: Path) -> Path:
    """Return a folder in which a good and a broken distribution are installed."""
    (tmp_path / "plug_ramp.py").write_text(SOURCE_MODULE, encoding="utf-8")
    (tmp_path / "plug_broken.py").write_text("import no_such_module", encoding="utf-8")
    install(tmp_path, "plug-ramp", {"seqmem.sources": {"ramp": "plug_ramp:Ramp"}})
    broken = {group: {"broken": "plug_broken:X"} for group in sorted(GROUPS)}
    install(tmp_path, "plug-broken", broken)
    return tmp_path


def run_with(site: Path, code: str) -> subprocess.CompletedProcess[str]:
    """Return what a fresh process prints that has the distributions of a folder."""
    prepared = f"import sys; sys.path.insert(0, {str(site)!r}); "
    return subprocess.run(
        [sys.executable, "-c", prepared + code], capture_output=True, text=True, check=True
    )


def test_help_of_seqmem_neither_looks_for_nor_imports_plugins(site: Path) -> None:
    done = run_with(
        site,
        "from seqmem.cli.app import main; main(['--help'])\n"
        "heavy = ('torch', 'numpy', 'pydantic', 'importlib.metadata', 'plug_ramp', 'plug_broken')\n"
        "print('imported:', *[name for name in heavy if name in sys.modules])",
    )
    assert done.stdout.splitlines()[-1] == "imported:"
    assert done.stderr == ""


def test_an_installation_without_plugins_imports_nothing_to_look_for_them(tmp_path: Path) -> None:
    done = run_with(
        tmp_path,
        "from seqmem.core.installed_plugins import entry_points_of\n"
        "print(entry_points_of('seqmem.cells'), 'importlib.metadata' in sys.modules)",
    )
    assert done.stdout == "[] False\n"


def test_commands_list_plugins_and_survive_broken_ones(site: Path) -> None:
    ramp = ["generate", "--source", "ramp", "--alphabet", "3", "--measure", "period"]
    done = run_with(
        site,
        "from seqmem.cli.app import main\n"
        "main(['generate', '--help'])\n"
        f"print('code', main([*{ramp}, '--target', '3']))\n"
        f"print('code', main(['generate', '--source', 'broken', '--target', '3']))",
    )
    assert "ramp: the symbols in order, again and again" in done.stdout
    assert done.stdout.splitlines()[-1] == "code 2"
    assert "code 0" in done.stdout
    assert '"ABC",3,' in done.stdout
    lines = done.stderr.splitlines()
    # One line for each family that the command asked for.
    assert lines[:-1] == [
        f"seqmem: warning: seqmem.{family}: 'broken' of plug-broken 1.0 is left out: "
        "ModuleNotFoundError: No module named 'no_such_module'"
        for family in ("sources", "measures")
    ]
    assert lines[-1].startswith("seqmem: error: unknown source 'broken'; valid: ")
    assert "ramp" in lines[-1]
