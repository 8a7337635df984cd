"""The schema of task files and the loader agree: on every file of the shelf, and on every malformed one."""

from __future__ import annotations

import tempfile
import warnings
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Annotated, Any

import pytest
import yaml
from jsonschema import Draft202012Validator

from evalkit import registry
from evalkit.core.document import read_documents
from evalkit.core.fitting import Bounds
from evalkit.core.task import DatasetSpec, Task
from evalkit.datasets.fileformat import FileFormat
from evalkit.errors import EvalkitError, TaskError
from evalkit.metrics.open import open_metric
from evalkit.schema.task_file import task_file_schema
from evalkit.schema.values import Schema
from evalkit.scorers.base import BaseScorer
from evalkit.scorers.custom.asserts import validate_assertions
from evalkit.scorers.open import open_scorer
from evalkit.tasks.assertions import parse_assertions
from evalkit.tasks.taskfile import KNOWN_KEYS, load_task_file
from tests.architecture.tree import ROOT
from tests.unit.schema.malformed import malformed


@cache
def schema() -> Schema:
    return task_file_schema()


@cache
def validator() -> Draft202012Validator:
    return Draft202012Validator(schema())


def document_of(text: str) -> Any:
    """The first document, None where the text is not YAML that anybody could read."""
    try:
        documents = read_documents(text, "x", TaskError)
    except TaskError:
        return None
    return documents[0].value if documents else None


def refusal_of_schema(value: Any) -> str | None:
    error = next(validator().iter_errors(value), None)
    return None if error is None else f"{error.json_path}: {error.message}"


def refusal_of_loader(text: str) -> str | None:
    """What is said before a row is read: of the file, and of the parameters that it gives."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "x.eval.yaml"
        path.write_text(text, encoding="utf-8", errors="surrogateescape")
        try:
            for task in load_task_file(path):
                _open(task)
        except EvalkitError as error:
            return str(error)
    return None


def _open(task: Task) -> None:
    for scorer in task.scorers:
        open_scorer(scorer)
    for metric in task.metric_specs:
        open_metric(metric)
    assert isinstance(task.dataset, DatasetSpec)
    if task.dataset.file is not None:
        FileFormat.from_options(task.dataset.options, "x")
    for row in task.dataset.rows or ():
        validate_assertions(parse_assertions(row.get("assert"), "x"))


#: What is wrong with these shows only where values are held against each other, counted, or compiled.
ONLY_THE_LOADER_SEES = {
    "a scorer that a metric names by a wrong name": "task file: unknown scorer 'contians'",
    "two gates that mean the same": "key: gates.1: appears twice",
    "two scorers of one name": "key: scorers.1: appears twice",
    "two metrics of one label": "key: metrics: two metrics are called",
    "a number of examples beside another number of ids": (
        "few-shot: fewshot.ids: ids say which examples there are: {'ids': ['a'], 'n': 2}"
    ),
    "a margin that is not a number": "gate: {'regression': {'metric': 'accuracy', 'margin': nan}}",
    "a whole number that is written as another kind": "generate: max_tokens: 16.0",
    "a temperature that is not a number": "generate: temperature: nan",
    "a day that no month has": (
        "quarantine: quarantine.0.until: is not a date: [{'sample': 'a', 'until': '2026-02-30'}]"
    ),
    "a sample that is quarantined twice": (
        "quarantine: quarantine.1: 'a' is quarantined twice: [{'sample': 'a', 'until': '2026-12-31'}, "
        "{'sample': 'a', 'until': '2026-12-31'}]"
    ),
    "a pattern that is nested too deeply for its engine": "hostile: nested too deeply",
    "a pattern that does not compile": "attack: bad regex",
    "a pattern of 5,000 groups": "attack: deep regex",
}


@cache
def verdicts() -> dict[str, tuple[str | None, str | None]]:
    """Name of a malformed file -> what loader and schema say."""
    documents = {name: (text, document_of(text)) for name, text in malformed().items()}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", FutureWarning)
        return {
            name: (refusal_of_loader(text), refusal_of_schema(value))
            for name, (text, value) in documents.items()
            if value is not None
        }


def test_the_schema_is_one_of_draft_2020_12() -> None:
    Draft202012Validator.check_schema(schema())


def test_every_task_file_of_the_shelf_is_valid() -> None:
    refused = {}
    for path in sorted((ROOT / "suites").rglob("*.eval.yaml")):
        for document in read_documents(path.read_text(encoding="utf-8"), str(path), TaskError):
            refused[document.where()] = refusal_of_schema(document.value)
    assert len(refused) > 100
    assert not {where: why for where, why in refused.items() if why}


def test_what_the_schema_refuses_the_loader_refuses() -> None:
    assert len(verdicts()) > 400
    assert not {name: says for name, (loader, says) in verdicts().items() if says and not loader}


def test_what_the_loader_refuses_the_schema_refuses_but_for_what_it_cannot_see() -> None:
    unseen = {name for name, (loader, says) in verdicts().items() if loader and not says}
    assert unseen == set(ONLY_THE_LOADER_SEES.values())


@pytest.mark.parametrize("key", KNOWN_KEYS)
def test_every_key_is_described(key: str) -> None:
    assert schema()["properties"][key]["description"]


def test_parameters_of_an_installed_plugin_are_known(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(registry.SCORERS._targets, "shouting", f"{__name__}:Shouting")
    found = task_file_schema()["$defs"]["scorer"]["anyOf"][1]["properties"]["shouting"]
    assert found["description"] == "1 if the output shouts."
    assert found["anyOf"][0]["properties"]["marks"] == {
        "type": "integer", "minimum": 1, "description": "How many there must be.", "default": 2,
    }  # fmt: skip


@dataclass(frozen=True)
class Shouting(BaseScorer):
    """1 if the output shouts.

    Args:
        marks: how many there must be.
    """

    name = "shouting"
    marks: Annotated[int, Bounds(at_least=1)] = 2


@pytest.mark.parametrize(
    "message",
    [
        {"role": "robot", "content": "{{ input }}"},
        {"role": "user"},
        {"role": "user", "contents": "{{ input }}"},
        {"content": "{{ input }}"},
    ],
)
def test_a_message_that_the_loader_refuses_is_marked_in_the_editor(message: dict[str, str]) -> None:
    task = {"task": "t", "samples": [{"input": "x"}], "messages": [message]}
    assert refusal_of_schema(task) is not None
    assert refusal_of_loader(yaml.safe_dump(task)) is not None
