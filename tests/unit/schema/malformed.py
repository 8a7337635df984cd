"""Every malformed task file that the tests know, by a name of its own, as the text of one document."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import yaml

from tests.laws.attacks.task_files import attacks
from tests.plugin.test_hostile_tasks import HOSTILE
from tests.unit.core import test_fewshot, test_gate, test_generate_params, test_quarantine, test_task_keys
from tests.unit.tasks import test_taskfile

_ROWS = [{"input": "x", "target": "y"}]


def malformed() -> dict[str, str]:
    """Name -> text; some are only odd, and the loader takes them."""
    return dict(_all())


def _all() -> Iterator[tuple[str, str]]:
    for text, _, what, _ in test_taskfile.BROKEN:
        yield f"task file: {what}", test_taskfile.HEAD + text
    for text, what in _cases(test_taskfile.test_a_file_that_holds_no_task_says_so):
        yield f"no task: {what}: {text[:20]!r}", text.split("---\n")[0]
    for keys, key, what in _cases(test_task_keys.test_a_wrong_value_is_refused_at_its_key):
        yield f"key: {key}: {what}", _text(keys)
    for given, key, what in _cases(test_fewshot.test_what_cannot_be_meant_is_refused_at_its_key):
        yield f"few-shot: {key}: {what}: {given}", _text({"fewshot": given})
    for gate, *_ in [
        *_cases(test_gate.test_a_proof_that_cannot_be_says_what_can),
        *_cases(test_gate.test_a_bound_that_is_no_number_is_refused),
    ]:
        yield f"gate: {gate}", _text({"gates": [gate]})
    for params, what in _cases(test_gate.test_an_option_that_cannot_be_meant_is_refused):
        yield f"gate: {what}", _text({"gates": [{"regression": {"metric": "accuracy", **params}}]})
    for key, value in _cases(test_generate_params.test_a_value_that_no_server_takes_is_refused_by_its_key):
        yield f"generate: {key}: {value!r}", _text({"generate": {key: value}})
    for entries, key, what in _cases(test_quarantine.test_what_cannot_be_read_is_one_error_with_its_key):
        yield f"quarantine: {key}: {what}: {entries}", _text({"quarantine": entries})
    for text, what in HOSTILE:
        yield f"hostile: {what}", text
    for attack in attacks():
        content = attack.files["suites/plain.eval.yaml"]
        if isinstance(content, str):
            yield f"attack: {attack.name}", content


def _cases(test: Any) -> list[Any]:
    """What a test is parametrized with."""
    (mark,) = [each for each in test.pytestmark if each.name == "parametrize"]
    return [each if isinstance(each, tuple) else (each,) for each in mark.args[1]]


def _text(keys: dict[str, Any]) -> str:
    rows = {} if {"samples", "dataset"} & set(keys) else {"samples": _ROWS}
    plain = {key: 2**64 if isinstance(value, int) and value > 2**64 else value for key, value in keys.items()}
    text: str = yaml.safe_dump({"task": "t", **rows, **plain}, allow_unicode=True)
    return text
