"""Where the prompts of ``--llm-prompt`` are used, and where they are not."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from evalkit.core.subject import DEFAULT_PROMPT, Subject
from evalkit.core.text import name_of
from evalkit.errors import UsageError
from evalkit.session.prompt_binding import BoundPrompt
from evalkit.store.store import Store

_SHOWN = 8


class PromptUse:
    """Filled while tasks are collected.

    Attributes:
        is_asked_by_tests: whether tests with the ``llm`` fixture were collected, which use every prompt.
    """

    def __init__(self, prompts: Mapping[str, Sequence[BoundPrompt]]) -> None:
        self._reasons: dict[str, dict[str, str]] = {name: {} for name in prompts}
        self._used: set[str] = set()
        self._n_tasks = 0
        self.is_asked_by_tests = False

    def note(self, task: str, subjects: Sequence[Subject], reasons: Mapping[str, str]) -> None:
        """What is asked of a task, and why prompts are not put to it."""
        self._n_tasks += 1
        self._used |= {subject.prompt for subject in subjects}
        for name, why in reasons.items():
            self._reasons[name][task] = why

    def refuse_unused(self) -> None:
        """Raises UsageError where a prompt is used by no task at all: nothing would test it."""
        if not self._n_tasks or self.is_asked_by_tests:
            return
        for name, reasons in self._reasons.items():
            if name not in self._used:
                task, why = next(iter(reasons.items()), ("", "is bound to no task of this session"))
                whose = f"for {task!r} it" if task else "it"
                raise UsageError(
                    f"prompt {name!r} of --llm-prompt is used by no task: {whose} {why}",
                    hint="fix the prompt's fields, or bind it: --llm-prompt=TASK:NAME=FILE",
                )


def prompt_lines(store: Store, run_id: str, options: Sequence[str]) -> Iterator[str]:
    """For the summary: the tasks of each prompt, and those that kept their own though none was asked for."""
    if not any(text != DEFAULT_PROMPT for text in options):
        return
    tasks: dict[str, dict[str, None]] = {}
    for each in store.evaluations(run_id):
        tasks.setdefault(each.subject.prompt, {})[each.task] = None
    for name, used in sorted(tasks.items()):
        if name != DEFAULT_PROMPT:
            yield f"prompt {name_of(name)}: {_listed(list(used))}"
    own = [] if DEFAULT_PROMPT in options else list(tasks.get(DEFAULT_PROMPT, ()))
    if own:
        yield f"no prompt of --llm-prompt fits, own prompt kept: {_listed(own)}"


def _listed(tasks: Sequence[str]) -> str:
    more = f" and {len(tasks) - _SHOWN:,} more" if len(tasks) > _SHOWN else ""
    return ", ".join(map(name_of, tasks[:_SHOWN])) + more
