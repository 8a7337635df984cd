"""What the engine reads of scorers, metrics and models is declared: nothing is probed or told by a name."""

from __future__ import annotations

import ast
import inspect
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from evalkit import BaseMetric, BaseModel, BaseScorer, Metric, Model, ModelSpec, Scorer
from evalkit.metrics.units import TOTALS
from evalkit.models.open import MEMBERS
from evalkit.registry import METRICS, SCORERS
from tests.architecture.tree import package_files, relative, tree

#: What variables that hold a plug-in, its class or a task are called.
PLUGINS = {"metric", "scorer", "model", "task", "gate", "cls", "plugin", "inner"}
#: Said by each instance, not by its class.
OF_INSTANCES = {"name", "signature", "spec"}
NAMES = {*METRICS.builtin, *TOTALS}


def members(protocol: Any) -> set[str]:
    functions = {name for name, value in vars(protocol).items() if inspect.isfunction(value)}
    return {name for name in {*inspect.get_annotations(protocol), *functions} if not name.startswith("_")}


def calls(path: Path) -> Iterator[ast.Call]:
    return (node for node in ast.walk(tree(path)) if isinstance(node, ast.Call))


def last_name(node: ast.expr) -> str:
    return node.attr if isinstance(node, ast.Attribute) else node.id if isinstance(node, ast.Name) else ""


def test_no_plugin_is_probed_for_a_member() -> None:
    probes = [
        f"{relative(path)}:{call.lineno}"
        for path in package_files()
        for call in calls(path)
        if last_name(call.func) in ("getattr", "hasattr")
        and isinstance(call.args[1], ast.Constant)
        and not str(call.args[1].value).startswith("__")  # what Python itself says of any object
        and last_name(call.args[0]) in PLUGINS
    ]
    assert not probes


def test_no_metric_is_told_by_its_name() -> None:
    told = []
    for path in package_files():
        if path.parent.name == "imports":  # where metrics are other tools' words
            continue
        for node in ast.walk(tree(path)):
            if isinstance(node, ast.Compare) and last_name(node.left) in ("name", "metric", "label"):
                values = [each.value for each in node.comparators if isinstance(each, ast.Constant)]
                told += [f"{relative(path)}:{node.lineno}" for value in values if value in NAMES]
            if isinstance(node, ast.Call) and last_name(node.func) in ("endswith", "startswith"):
                of = last_name(node.func.value) if isinstance(node.func, ast.Attribute) else ""
                told += [f"{relative(path)}:{node.lineno}"] if of in ("metric", "label") else []
    assert not told


@pytest.mark.parametrize(
    ("protocol", "base"),
    [(Scorer, BaseScorer), (Metric, BaseMetric), (Model, BaseModel(ModelSpec("a", "b")))],
    ids=["scorer", "metric", "model"],
)
def test_the_base_has_every_member_of_the_protocol(protocol: Any, base: Any) -> None:
    assert not {name for name in members(protocol) - OF_INSTANCES if not hasattr(base, name)}


@pytest.mark.parametrize(("entries", "protocol"), [(SCORERS, Scorer), (METRICS, Metric)])
def test_a_class_that_lacks_a_member_is_refused_when_it_is_loaded(entries: Any, protocol: Any) -> None:
    assert set(entries.members) >= members(protocol) - OF_INSTANCES


def test_a_model_that_lacks_a_member_is_refused_when_it_is_opened() -> None:
    assert set(MEMBERS) == members(Model)


@pytest.mark.parametrize("protocol", [Scorer, Metric, Model])
def test_every_member_is_described(protocol: Any) -> None:
    doc = inspect.getdoc(protocol) or ""
    attributes = set(inspect.get_annotations(protocol))
    methods = members(protocol) - attributes
    assert not {name for name in attributes if f"{name}: " not in doc}
    assert not {name for name in methods if not getattr(protocol, name).__doc__}
