"""The few-shot examples of a task: drawn once, the same for all Samples that share a key."""

from __future__ import annotations

import random
from collections.abc import Callable, Mapping, Sequence
from dataclasses import field
from typing import Any

from evalkit.core.fewshot import FewShot
from evalkit.core.frozen import frozen
from evalkit.core.sample import Sample
from evalkit.errors import DatasetError
from evalkit.prompts.template import compile_text

Row = Mapping[str, Any]


@frozen
class Examples:
    """Which solved examples each Sample gets.

    Attributes:
        drawn: examples by the value of ``fewshot.by`` (one key, None, without it). Where they come from the
            rows that are asked about there is one to spare.
        is_own: they come from the rows that are asked about, so that a Sample must not get itself.
        n: examples before each input.
    """

    drawn: Mapping[str | None, tuple[Sample, ...]] = field(default_factory=dict)
    is_own: bool = False
    n: int = 0
    _key: Callable[[Row], str | None] = lambda row: None

    def __bool__(self) -> bool:
        return self.n > 0

    @property
    def all(self) -> tuple[Sample, ...]:
        """Every example that some Sample may get."""
        return tuple(sample for samples in self.drawn.values() for sample in samples)

    def as_rows(self) -> list[dict[str, Any]]:
        """All examples as the store keeps them: ``sample_id``, ``input`` and the ``target`` that is shown."""
        return [_row(sample) for sample in self.all]

    def for_sample(self, sample: Sample, *, has_namespaces: bool = False) -> tuple[Row, ...]:
        """Contexts (row fields with ``input``, ``target``, ``choices``) in order, never the Sample itself.

        With examples out of the rows that are asked about, a Sample that was drawn itself gets the spare one
        too, and all others the first n, as in lm-evaluation-harness. Raises DatasetError where there are no
        examples for the Sample's key.
        """
        if not self:
            return ()
        key = self._key(sample.row)
        if key not in self.drawn:
            raise DatasetError(f"there are no few-shot examples for {key!r}", hint="check fewshot.by")
        samples = self.drawn[key]
        if self.is_own:
            samples = tuple(other for other in samples if other.id != sample.id)[: self.n]
        if not has_namespaces:
            return tuple(map(example_context, samples))
        return tuple({**example_context(each), **spaces(each)} for each in samples)


def spaces(sample: Sample) -> dict[str, Any]:
    """``row`` and ``sample``: fields and what the task made of them, each under a name of its own. Where a
    field is called so, it stays that field."""
    asked = {"id": sample.id, "input": sample.input, "choices": sample.choices}
    made = {"row": {name: value for name, value in sample.row.items() if name != "target"}, "sample": asked}
    return {name: value for name, value in made.items() if name not in sample.row}


def example_context(sample: Sample) -> dict[str, Any]:
    """What a prompt sees of a solved example; a ranked choice is solved by the text that stands for it."""
    target = sample.target
    if sample.continuations is not None and sample.choices is not None:
        label = target[0] if isinstance(target, list) and target else target
        target = sample.continuations[sample.choices.index(label)] if label in sample.choices else target
    # As the prompt itself sees it: a field of that name stays where the task has no choices.
    choices = sample.row.get("choices") if sample.choices is None else sample.choices
    return {**sample.row, "input": asked_input(sample), "target": target, "choices": choices}


def asked_input(sample: Sample) -> Any:
    """What a prompt sees as ``input``: the text, or the chat messages that it was."""
    return sample.input if sample.conversation is None else sample.conversation


def _row(sample: Sample) -> dict[str, Any]:
    target = example_context(sample)["target"]
    shown = target[0] if isinstance(target, list) and target else target
    return {"sample_id": sample.id, "input": sample.input, "target": shown}


def draw_examples(shots: FewShot, pool: Sequence[Sample], *, is_own: bool, where: str) -> Examples:
    """Choose the examples. Raises DatasetError at ``where`` on ids that are not there and on too few."""
    key = _key(shots, where)
    pools: dict[str | None, list[Sample]] = {}
    for sample in pool:
        pools.setdefault(key(sample.row), []).append(sample)
    if shots.ids:
        listed = _listed(shots, pool, where)
        return Examples({None: listed}, is_own, shots.n, key)
    n = shots.n + int(is_own)
    for value, samples in pools.items():
        if len(samples) < n:
            raise DatasetError(
                _too_few(shots, value, len(samples), is_own), where=where, hint="ask for fewer"
            )
    return Examples({value: _pick(shots, each, n) for value, each in pools.items()}, is_own, shots.n, key)


def _key(shots: FewShot, where: str) -> Callable[[Row], str | None]:
    return compile_text(shots.by, f"{where}: fewshot.by") if shots.by is not None else lambda row: None


def _pick(shots: FewShot, pool: Sequence[Sample], n: int) -> tuple[Sample, ...]:
    if shots.order == "first":
        return tuple(pool[:n])
    return tuple(random.Random(shots.seed).sample(pool, n))


def _listed(shots: FewShot, pool: Sequence[Sample], where: str) -> tuple[Sample, ...]:
    by_id = {sample.id: sample for sample in pool}
    for sample_id in shots.ids:
        if sample_id not in by_id:
            what = f"few-shot names the sample {sample_id!r}, which split {shots.split} does not have"
            raise DatasetError(what, where=where, hint="check fewshot.ids")
    return tuple(by_id[sample_id] for sample_id in shots.ids)


def _too_few(shots: FewShot, value: str | None, n_there: int, is_own: bool) -> str:
    of = "" if value is None else f" of {value!r}"
    if is_own:
        return f"few-shot asks for {shots.n} examples beside the sample, and there are {n_there} samples{of}"
    return f"few-shot asks for {shots.n} examples{of} and split {shots.split} has {n_there}"
