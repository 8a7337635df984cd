"""Public names are few, sorted, documented and there; a registered name is the name of its file."""

from __future__ import annotations

import ast
import inspect
from importlib import import_module

import pytest

import evalkit
from evalkit import registry
from evalkit.registry import Registry
from tests.architecture.tree import PACKAGE, ROOT, package_files, relative, tree
from tests.slow import SLOW

MOST_PUBLIC_NAMES = 34

REGISTRIES = [value for value in vars(registry).values() if isinstance(value, Registry)]
BUILTINS = [(entries, name) for entries in REGISTRIES for name in entries.builtin]


def test_evalkit_has_few_public_names_in_order() -> None:
    assert len(evalkit.__all__) <= MOST_PUBLIC_NAMES
    assert list(evalkit.__all__) == sorted(set(evalkit.__all__))


@pytest.mark.parametrize("name", evalkit.__all__)
def test_every_public_name_can_be_imported_and_has_a_docstring_of_its_own(name: str) -> None:
    value = getattr(evalkit, name)
    doc = inspect.getdoc(value)
    assert doc
    assert not doc.startswith(f"{name}("), "a dataclass's generated docstring says nothing"


@pytest.mark.parametrize("name", evalkit.__all__)
def test_every_public_name_is_described_in_the_docs(name: str) -> None:
    assert f"`{name}`" in (ROOT / "docs/tutorial/python.md").read_text(encoding="utf-8")


def test_dir_shows_the_public_names_before_they_are_loaded() -> None:
    assert set(evalkit.__all__) <= set(dir(evalkit))


def test_every_module_has_a_docstring() -> None:
    assert not [relative(path) for path in package_files() if not ast.get_docstring(tree(path))]


@pytest.mark.parametrize(
    ("entries", "name"), BUILTINS, ids=[f"{entries.kind}-{name}" for entries, name in BUILTINS]
)
def test_every_registered_name_leads_to_an_object_in_a_file_of_its_kind(entries: Registry, name: str) -> None:
    module, _, attribute = entries.builtin[name].partition(":")
    assert getattr(import_module(module), attribute)
    assert (ROOT / (module.replace(".", "/") + ".py")).is_file()


@pytest.mark.parametrize("entries", [registry.MODELS, registry.SCORERS], ids=lambda entries: entries.kind)
def test_every_provider_and_scorer_is_called_like_its_file(entries: Registry) -> None:
    stems = {name: target.partition(":")[0].rpartition(".")[2] for name, target in entries.builtin.items()}
    assert not {name: stem for name, stem in stems.items() if name != stem}


@pytest.mark.parametrize("name", list(registry.METRICS.builtin))
def test_every_metric_says_the_name_that_it_is_registered_under(name: str) -> None:
    assert registry.METRICS.get(name).name == name


def test_every_package_of_evalkit_is_a_python_package() -> None:
    folders = {path.parent for path in PACKAGE.rglob("*.py")}
    assert not [relative(folder) for folder in folders if not (folder / "__init__.py").is_file()]


def test_every_test_that_is_called_slow_is_there() -> None:
    assert not [name for name in SLOW if not (ROOT / "tests" / name).exists()]
