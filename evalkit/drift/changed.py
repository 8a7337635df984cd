"""What is another thing in a run than in the run before of the same task, in short words."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

from evalkit.store.overview import Overview

#: Every word there is, in the order that they are told.
WORDS = ("model", "model revision", "parameters", "prompt", "task", "dataset", "git")


def changed_words(run: Sequence[Overview], runs: Mapping[str, Sequence[Overview]]) -> list[str] | None:
    """What differs from the run before, over all tasks of ``run``; None where no task was seen before.

    ``runs`` holds the earlier evaluations by run id. What only one side knows (a revision that was not
    reported, a commit outside a repository) is not a change.
    """
    earlier = [(each, _same_task(each, runs)) for each in _of_each_task(run)]
    pairs = [(mine, before) for mine, before in earlier if before]
    if not pairs:
        return None
    found = {word for mine, before in pairs for word in _differences(mine, before)}
    return [word for word in WORDS if word in found]


def _of_each_task(run: Sequence[Overview]) -> Iterable[list[Overview]]:
    grouped: dict[str, list[Overview]] = defaultdict(list)
    for each in run:
        grouped[each.task].append(each)
    return grouped.values()


def _same_task(mine: list[Overview], runs: Mapping[str, Sequence[Overview]]) -> list[Overview]:
    return [each for each in runs.get(mine[0].previous_run_id or "", ()) if each.task == mine[0].task]


def _differences(mine: list[Overview], before: list[Overview]) -> Iterable[str]:
    """Subjects are matched by name: a model that stayed is asked for its revision, a prompt for its text."""
    if {each.model for each in mine} != {each.model for each in before}:
        yield "model"
    if {each.prompt for each in mine} != {each.prompt for each in before}:
        yield "prompt"
    compared: tuple[tuple[str, Callable[[Overview], Any], Callable[[Overview], Any]], ...] = (
        ("model revision", lambda o: o.model, lambda o: o.model_revision),
        ("parameters", lambda o: o.model, lambda o: o.params),
        ("prompt", lambda o: o.prompt, lambda o: o.prompt_hash or None),
        ("task", lambda o: o.task, lambda o: o.task_hash or None),
        ("dataset", lambda o: o.task, lambda o: o.dataset_hash or None),
        ("git", lambda o: o.task, lambda o: o.git if o.git[0] else None),
    )
    for word, name, value in compared:
        now, then = _values(mine, name, value), _values(before, name, value)
        if any(now[key] != then[key] for key in now.keys() & then.keys()):
            yield word


def _values(
    side: Iterable[Overview], name: Callable[[Overview], Any], value: Callable[[Overview], Any]
) -> dict[Any, set[Any]]:
    found: dict[Any, set[Any]] = defaultdict(set)
    for each in side:
        if value(each) is not None:
            found[name(each)].add(value(each))
    return found
