"""The prompt of a Task: read from its file, and looked at before anybody is asked."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from evalkit.core.prompt import Prompt, PromptFile
from evalkit.core.sample import Sample
from evalkit.core.task import Task
from evalkit.errors import TaskError, TemplateError, did_you_mean
from evalkit.files.roots import inside
from evalkit.prompts.file import load_prompt
from evalkit.prompts.names import names_in

#: The prompt of a task that brings none: the input is the one user message.
BARE_PROMPT = Prompt.parse("{{ input }}")

_PATH = re.compile(r"\S*(/\S*|\.(jinja2?|j2|txt|md|prompt|tmpl))\Z")
_SINGLE_BRACES = re.compile(r"(?<!\{)\{ *([A-Za-z_]\w*) *\}(?!\})")
CONSTANT = "to ask every sample the same, write 'prompt: {constant: true, text: …}'"


def with_prompt(task: Task, base_dir: Path, roots: Sequence[Path] | None) -> Task:
    """The Task with the text of its ``prompt: {file: …}``, which lies in ``base_dir`` or one of ``roots``.

    Raises TaskError: a prompt goes out to a model, so no file outside of the project is read.
    """
    named = task.prompt
    if not isinstance(named, PromptFile):
        return task
    try:
        path = inside(named.path, base_dir, roots, TemplateError, "prompt file")
        prompt = load_prompt("default", path, hint="check 'prompt: {file: …}', relative to the task file")
    except TemplateError as error:
        raise TaskError(f"{error.where}: {error.what}", key="prompt", hint=error.hint) from None
    return replace(task, prompt=replace(prompt, is_constant=named.is_constant))


def names_of(prompt: Prompt) -> frozenset[str]:
    """The fields that a prompt's messages name."""
    return frozenset().union(*(names_in(text) for turn in prompt.turns for text in turn.templates))


def check_prompt(task: Task, prompt: Prompt, samples: Sequence[Sample]) -> None:
    """Raises TaskError where a prompt asks every Sample the same, or says ``choices`` for two things."""
    names = names_of(prompt) | names_in(task.description or "")
    if not prompt.is_constant and not _asked(task, names):
        raise _asks_nothing(task, prompt, names)
    if "choices" in names:
        _refuse_two_meanings(prompt, samples)
    if prompt.variables:
        _refuse_missing(task, prompt, samples)


def misfit(task: Task, prompt: Prompt, samples: Sequence[Sample]) -> str | None:
    """Why a prompt was not written for the rows of a task: a field that it names; None where it fits."""
    fields = {name for each in samples for name in each.row}
    missing = names_of(prompt) - available_names(task) - fields
    missing -= {each.name for each in prompt.variables or () if not each.is_required}
    if not missing:
        return None
    first = next((each for each in prompt.variables or () if each.name in missing), None)
    if first is not None and prompt.file is not None:
        near = f": {did_you_mean(first.name, fields)}" if fields else ""
        return f"needs {first.name!r} ({prompt.file}:{first.line}), which its rows do not have{near}"
    return f"names {', '.join(map(repr, sorted(missing)))}, which its rows do not have"


def available_names(task: Task) -> frozenset[str]:
    """What a prompt may name whatever the rows of the task hold."""
    names = {"row", "sample"}
    names |= {"input"} if task.input is not None else set()
    return frozenset(names | ({"choices"} if task.choices is not None else set()))


def _asked(task: Task, names: Collection[str]) -> bool:
    """Whether something that may differ from Sample to Sample goes out."""
    asked = set(names)
    if isinstance(task.choices, tuple):
        asked.discard("choices")
    if "input" in asked and task.input is not None and not names_in(task.input):
        asked.discard("input")
    if task.scoring == "loglikelihood":
        asked |= names_in(task.continuation or "") - {"choice"}
        asked |= names_in(task.choices) if isinstance(task.choices, str) else frozenset()
    return bool(asked)


def _asks_nothing(task: Task, prompt: Prompt, names: Collection[str]) -> TaskError:
    if "input" in names:
        what = f"input {task.input!r} names no field of the row, and neither does the prompt"
        return TaskError(what, key="input", hint=hint(task.input or "") or CONSTANT)
    key = prompt.key if prompt is task.prompt else None
    if prompt.key == "messages":
        what = "messages name no field, so that every sample is asked the same"
        return TaskError(what, key=key, hint="fill one in: {{ input }}")
    what = f"prompt {prompt.name!r} names no field, so that every sample is asked the same"
    return TaskError(what, key=key, hint=hint(prompt.text) or CONSTANT)


def hint(text: str) -> str | None:
    """What was probably meant by a text without a field: a file, or a field in single braces."""
    if _PATH.match(text.strip()):
        return f"to read a file, write 'prompt: {{file: {text.strip()}}}'"
    match = _SINGLE_BRACES.search(text)
    return f"write {{{{ {match[1]} }}}} for {match[0]}" if match else None


def _refuse_missing(task: Task, prompt: Prompt, samples: Sequence[Sample]) -> None:
    """Raises TaskError where a row lacks what the prompt's file declares and gives no default."""
    given = available_names(task)
    for variable in prompt.variables or ():
        if not variable.is_required or variable.name in given:
            continue
        lacking = next((each for each in samples if _hidden(each.row).get(variable.name) is None), None)
        if lacking is not None:
            fields = _hidden(lacking.row)
            state = "has null for it" if variable.name in fields else "does not have it"
            near = did_you_mean(variable.name, fields.keys() - {variable.name})
            raise TaskError(
                f"prompt {prompt.name!r} needs {variable.name!r}, and sample {lacking.id!r} {state}",
                where=f"{prompt.file}:{variable.line}",
                hint=f"{near} Else give it a default in the prompt's file",
            )


def _hidden(row: Mapping[str, Any]) -> dict[str, Any]:
    """A row without what no prompt sees."""
    return {name: value for name, value in row.items() if name != "target"}


def _refuse_two_meanings(prompt: Prompt, samples: Sequence[Sample]) -> None:
    for sample in samples:
        field = sample.row.get("choices")
        if field is None or sample.choices is None:
            continue
        if not isinstance(field, list | tuple) or [str(each) for each in field] != list(sample.choices):
            raise TaskError(
                f"'choices' in the prompt may be the task's choices, or the field of sample {sample.id!r},"
                " which differs",
                key=prompt.key,
                hint="write row.choices for the field, sample.choices for the task's",
            )
