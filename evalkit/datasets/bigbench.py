"""A ``task.json`` of BIG-bench -> rows with the columns that the Hub's copies of BIG-bench have.

Columns: ``idx`` (number among the distinct examples), ``inputs`` (the whole prompt, examples included),
``targets`` (list of texts, the best choice where the example names no target), ``multiple_choice_targets``
and ``multiple_choice_scores`` (both empty for an example without ``target_scores``).

Format, few-shot rule and refusals are those of ``json_task.py`` in BIG-bench 1.0.0 (Srivastava et al. 2022,
arXiv 2206.04615), down to the random numbers: choices that are appended to an input stand in the order, and
the examples before an input are those, that its generator gives for the same seed.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from evalkit.core.frozen import frozen
from evalkit.core.text import shown
from evalkit.datasets.captions import read_json
from evalkit.datasets.fileformat import FileFormat
from evalkit.errors import DatasetError
from evalkit.files.reading import open_text

#: What stands around inputs, outputs and choices where a ``task.json`` says nothing.
DEFAULTS: Mapping[str, Any] = {
    "task_prefix": "",
    "example_input_prefix": "\nQ: ",
    "example_output_prefix": "\nA: ",
    "choice_prefix": "\n  choice: ",
    "append_choices_to_input": True,
    "few_shot_example_separator": "\n",
}


@frozen(slots=True)
class _Example:
    """One example, formatted but for the examples before it."""

    text: str
    targets: list[str]
    choices: list[str]
    scores: list[float]


def read_bigbench(path: Path, form: FileFormat) -> Iterator[tuple[str, Mapping[str, Any] | str]]:
    """Rows of a ``task.json`` with the place that each stands at; ``form.shots`` examples before each input.

    Raises DatasetError: no JSON, no examples (a task of sub-tasks says which), an example without input, or
    with neither ``target`` nor ``target_scores``, or without a best choice, too few examples for the shots.
    """
    task = read_task_json(path, form.encoding)
    for key, usual in DEFAULTS.items():
        if not isinstance(task.get(key, usual), type(usual)):
            what = (
                f"{key} {shown(task[key])} is not {'a text' if isinstance(usual, str) else 'true or false'}"
            )
            raise DatasetError(what, where=str(path))
    if "examples" not in task:
        raise DatasetError("the task has no examples", where=str(path), hint=_subtasks(path))
    examples = [
        _formatted(task, example, f"{path}, example {i}") for i, example in _distinct(task["examples"])
    ]
    if len(examples) <= form.shots:
        what = f"{form.shots} shots need more than {form.shots} distinct examples, there are {len(examples)}"
        raise DatasetError(what, where=str(path), hint="ask for fewer shots")
    prefix = str(task.get("task_prefix", ""))
    for number, context in enumerate(_contexts(task, examples, form)):
        example = examples[number]
        yield (
            f"{path}, example {number}",
            {
                "idx": number,
                "inputs": prefix + context + example.text,
                "targets": example.targets,
                "multiple_choice_targets": example.choices,
                "multiple_choice_scores": example.scores,
            },
        )


def read_task_json(path: Path, encoding: str = "utf-8") -> dict[str, Any]:
    """The object of a ``task.json``. Raises DatasetError with ``file:line``, OSError where there is none."""
    with open_text(path, encoding) as stream:
        task = read_json(stream, str(path))
    if not isinstance(task, dict):
        raise DatasetError(
            f"the file holds a {type(task).__name__}, not a task of BIG-bench",
            where=str(path),
            hint="a task.json is an object with 'examples', 'metrics' and 'name'",
        )
    return task


def _subtasks(path: Path) -> str:
    folders = sorted(file.parent.name for file in path.parent.glob("*/task.json"))
    if not folders:
        return "add 'examples: […]', or sub-tasks in folders beside it"
    return f"ask for one of its sub-tasks: {', '.join(folders)}"


def _distinct(examples: Any) -> Iterator[tuple[int, Any]]:
    """Examples with their numbers, those that appear twice once."""
    seen = set()
    for number, example in enumerate(examples if isinstance(examples, list) else []):
        text = json.dumps(example)
        if text not in seen:
            seen.add(text)
            yield number, example


def _formatted(task: Mapping[str, Any], example: Any, where: str) -> _Example:
    if not isinstance(example, dict) or not isinstance(example.get("input"), str):
        raise DatasetError("the example has no input", where=where, hint="give it an 'input', a text")
    given = {**DEFAULTS, **task}
    scores = _scores(example, where)
    text = example["input"]
    if scores and given["append_choices_to_input"]:
        prefix = given["choice_prefix"]
        text += prefix + prefix.join(_permuted(sorted(scores)))
    text = f"{given['example_input_prefix']}{text}{given['example_output_prefix']}"
    return _Example(text, _targets(example, scores, where), list(scores), list(scores.values()))


def _permuted(choices: Sequence[str]) -> list[str]:
    # Each example starts the generator anew, whatever seed the shots are drawn with.
    return [choices[i] for i in np.random.RandomState(42).permutation(len(choices))]


def _scores(example: Mapping[str, Any], where: str) -> dict[str, float]:
    scores = example.get("target_scores", {})
    numbers = list(scores.values()) if isinstance(scores, dict) else []
    if not isinstance(scores, dict) or not all(isinstance(number, int | float) for number in numbers):
        raise DatasetError("target_scores is not a mapping of choices to numbers", where=where)
    if scores and "target" not in example and max(numbers) <= (min(numbers) if len(numbers) > 1 else 0):
        raise DatasetError("no choice has a higher score than the others", where=where)
    return scores


def _targets(example: Mapping[str, Any], scores: Mapping[str, float], where: str) -> list[str]:
    target = example.get("target")
    if target is None and not scores:
        raise DatasetError(
            "the example has neither target nor target_scores", where=where, hint="give it one of the two"
        )
    if target is None:
        return [max(scores, key=scores.__getitem__)]
    return [str(each) for each in (target if isinstance(target, list) else [target])]


def _contexts(task: Mapping[str, Any], examples: Sequence[_Example], form: FileFormat) -> Iterator[str]:
    """What stands before each example: other examples, drawn anew for each, or nothing."""
    separator = task.get("few_shot_example_separator", DEFAULTS["few_shot_example_separator"])
    rng = np.random.RandomState(form.seed)
    for number in range(len(examples)):
        if not form.shots:
            yield ""
            continue
        drawn = rng.choice(len(examples) - 1, form.shots, replace=False)
        shots = [examples[i + (i >= number)] for i in drawn]
        solved = [shot.text + shot.targets[rng.choice(len(shot.targets))] for shot in shots]
        yield separator.join(solved) + separator
