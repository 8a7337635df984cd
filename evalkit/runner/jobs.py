"""The order in which a Model is asked, and the Request for each turn."""

from __future__ import annotations

import heapq
from collections.abc import Iterable, Iterator, Sequence

from evalkit.core.request import Request
from evalkit.core.sample import Sample
from evalkit.errors import EvalkitError, TemplateError
from evalkit.prompts.render import delimited
from evalkit.runner.unit import Unit

#: A unit and the turn of a job in it: ``unit.position_at(turn)`` says which Response it is to bring.
Job = tuple[Unit, int]


def interleaved(units: Sequence[Unit]) -> Iterator[Job]:
    """All jobs of one Model: task by task, and within a task Sample by Sample over its Subjects.

    Subjects that are compared with each other are asked side by side, so that a model which changes in the
    middle of a session changes for both of them. A unit that is stopped on the way has no further jobs.
    Yields (unit, turn).
    """
    tasks: dict[str, list[Unit]] = {}
    for unit in units:
        tasks.setdefault(unit.prepared.task.task, []).append(unit)
    for together in tasks.values():
        for turn in range(max(unit.n_total for unit in together)):
            for unit in together:
                if turn < unit.n_total and not unit.is_stopped:
                    yield unit, turn


def proportional(sizes: Sequence[int]) -> Iterator[tuple[int, int]]:
    """An order for what may end early: all numbers are got through at the same rate, so that of each the same
    share is done at any time. Yields (number, turn): each number as often as its size says."""
    streams = [
        [((turn + 0.5) / size, number, turn) for turn in range(size)] for number, size in enumerate(sizes)
    ]
    for _, number, turn in heapq.merge(*streams):
        yield number, turn


def build_request(unit: Unit, sample: Sample, repeat: int) -> Request:
    """Render the prompt for one Sample and repeat. Raises TemplateError naming the Sample."""
    task = unit.prepared.task
    fields = unit.context(sample)
    try:
        examples = unit.prepared.examples.for_sample(sample, has_namespaces=unit.has_namespaces)
        messages = unit.renderer.messages(fields, examples)
    except TemplateError as error:
        raise TemplateError(
            error.what, where=f"prompt {unit.prompt.name}: sample {sample.id}", hint=error.hint
        ) from None
    continuations = None
    if task.scoring == "loglikelihood":
        context = messages[-1].content
        continuations = tuple(delimited(context, text, task.target_delimiter) for text in sample.choice_texts)
    return Request(
        messages,
        unit.generate,
        sample,
        task.task,
        repeat,
        unit.prompt.has_roles or unit.renderer.shows_conversation(fields),
        continuations,
        task.tools,  # type: ignore[arg-type]
        task.tool_choice,
        task.response_format,  # type: ignore[arg-type]
    )


def requests_at(places: Iterable[tuple[Unit, int]]) -> Iterator[Request]:
    """The Requests at positions of units. A sample that cannot be rendered has none: it is an error row when
    it is worked off, and asks nobody. Any other failure is raised: who counts Requests would count too few.
    """
    for unit, position in places:
        sample, repeat = unit.sample_at(position), position % unit.n_repeats
        try:
            request = build_request(unit, sample, repeat)
        except EvalkitError:
            continue
        yield request
