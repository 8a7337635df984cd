"""``--llm-prompt``: which prompt of a name is put to which task."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from fnmatch import fnmatchcase
from pathlib import Path

from evalkit.core.frozen import frozen
from evalkit.core.prompt import Prompt
from evalkit.core.sample import Sample
from evalkit.core.subject import DEFAULT_PROMPT
from evalkit.core.task import Task
from evalkit.errors import TemplateError, UsageError
from evalkit.prompts.file import load_prompt
from evalkit.prompts.files.names import suffix_of
from evalkit.runner.task_prompt import CONSTANT, hint, misfit, names_of

_FORMS = (
    "write NAME=FILE, NAME@VERSION, either behind TASK:, FILE alone for a prompt file that names itself"
    " (.prompt.md, .prompty, .prompt), or 'default' for each task's own prompt"
)


@frozen
class BoundPrompt:
    """A prompt under test.

    Attributes:
        tasks: name or glob of the tasks that it was written for; None leaves it to whose rows it fits.
        option: how it was given, for messages.
    """

    prompt: Prompt
    tasks: str | None
    option: str

    def is_for(self, task: str) -> bool:
        return self.tasks is None or fnmatchcase(task, self.tasks)


def read_prompts(
    options: Sequence[str], base_dir: Path, root: Path, store: Path | None = None
) -> Mapping[str, Sequence[BoundPrompt]]:
    """Name to the prompts of that name, in the order given; ``default`` has none. What is asked for by
    version has its version in its name, so that two versions of one prompt are two.

    Args:
        base_dir: folder that files start at.
        root, store: folder of the project and file of results, that versions are found in.

    Raises TemplateError where an option or its file cannot be read, UsageError where two say the same.
    """
    found: dict[str, list[BoundPrompt]] = {}
    for text in options or [DEFAULT_PROMPT]:
        if text == DEFAULT_PROMPT:
            found.setdefault(text, [])
            continue
        is_file = "=" in text or suffix_of(text) is not None
        name, bound = _read(text, base_dir) if is_file else _read_version(text, root, store)
        of_name = found.setdefault(name, [])
        if any(each.tasks == bound.tasks for each in of_name):
            hint = "give it another name, or bind each to tasks of its own: TASK:NAME=FILE"
            raise UsageError(f"--llm-prompt names the prompt {name!r} twice", hint=hint)
        of_name.append(bound)
    return found


def _read(text: str, base_dir: Path) -> tuple[str, BoundPrompt]:
    if "=" not in text and suffix_of(text) is not None:
        prompt = load_prompt(None, base_dir / text, hint="check the file of --llm-prompt")
        return prompt.name, _bound(prompt, prompt.name, None, text, str(base_dir / text))
    head, equals, file = text.partition("=")
    tasks, colon, name = head.rpartition(":")
    if not equals or not name or not file or (colon and not tasks):
        raise TemplateError(f"--llm-prompt={text} cannot be read", hint=_FORMS)
    if "@" in name:
        what = f"--llm-prompt={text}: {name!r} is a version of a prompt, and takes no file"
        raise TemplateError(what, hint="leave out '@…', or leave out the file")
    if name == DEFAULT_PROMPT:
        raise TemplateError(f"--llm-prompt={text}: the name 'default' means each task's own prompt")
    prompt = load_prompt(name, base_dir / file)
    return name, _bound(prompt, name, tasks or None, text, str(base_dir / file))


def _read_version(text: str, root: Path, store: Path | None) -> tuple[str, BoundPrompt]:
    """``NAME@VERSION`` or ``TASK:NAME@VERSION``."""
    head, at, version = text.partition("@")
    tasks, colon, name = head.rpartition(":")
    if not at or not name or not version or (colon and not tasks):
        raise TemplateError(f"--llm-prompt={text} cannot be read", hint=_FORMS)
    from evalkit.session.prompt_catalogue.resolve import prompt_of_version  # for who asks for a version

    prompt, versioned = prompt_of_version(name, version, root, store), f"{name}@{version}"
    return versioned, _bound(prompt, versioned, tasks or None, text, f"--llm-prompt={text}")


def _bound(prompt: Prompt, name: str, tasks: str | None, text: str, where: str) -> BoundPrompt:
    """Raises TemplateError where it asks every Sample the same."""
    if not names_of(prompt):
        raise TemplateError(
            f"prompt {name!r} names no field, so that every sample is asked the same",
            where=where,
            hint=hint(prompt.text) or CONSTANT.replace("text: …", "file: …"),
        )
    return BoundPrompt(prompt, tasks, f"--llm-prompt={text}")


def choose(prompts: Sequence[BoundPrompt], task: str) -> BoundPrompt | None:
    """The prompt for a task: one that names it, else one whose glob does, else one bound to none.

    Raises UsageError where two globs do.
    """
    fitting = [each for each in prompts if each.is_for(task)]
    by_name = [each for each in fitting if each.tasks == task]
    by_glob = [each for each in fitting if each.tasks is not None]
    if not by_name and len(by_glob) > 1:
        both = " and ".join(each.option for each in by_glob[:2])
        raise UsageError(f"task {task!r} is named by {both}", hint="name the task itself, or narrow a glob")
    return next(iter([*by_name, *by_glob, *fitting]), None)


def why_not(prompts: Sequence[BoundPrompt], task: Task, samples: Sequence[Sample]) -> str | None:
    """Why none of the prompts of a name is put to a task; None where one is.

    A prompt that is bound to the task is taken at its word.
    """
    chosen = choose(prompts, task.task)
    if chosen is None:
        return "is bound to other tasks"
    return misfit(task, chosen.prompt, samples) if chosen.tasks is None else None
