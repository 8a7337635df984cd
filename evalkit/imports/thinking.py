"""Thinking that the origin left in its outputs, kept apart as the runner does with a model's answer."""

from __future__ import annotations

from dataclasses import replace

from evalkit.core.thinking import without_thinking
from evalkit.imports.imported import Answer, ImportedEvaluation, ImportedRun


def with_thinking_apart(run: ImportedRun) -> ImportedRun:
    """The same run, where a ``<think>`` block at the beginning of an output is the answer's ``reasoning``.

    The scores stay: they are what the origin made of the output as it was.
    """
    return replace(run, evaluations=tuple(map(_evaluation, run.evaluations)))


def _evaluation(evaluation: ImportedEvaluation) -> ImportedEvaluation:
    return replace(evaluation, answers=tuple(map(_answer, evaluation.answers)))


def _answer(answer: Answer) -> Answer:
    response = without_thinking(answer.response)
    return answer if response is answer.response else replace(answer, response=response)
