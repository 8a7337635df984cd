"""How the prompt of a Task is put: its renderer, and what its templates see of a Sample."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from evalkit.core.fewshot import FewShot
from evalkit.core.prompt import Prompt
from evalkit.core.request import GenerateParams
from evalkit.core.sample import Sample
from evalkit.core.task import Task
from evalkit.errors import TemplateError
from evalkit.prompts.media import MediaFiles
from evalkit.prompts.names import names_in
from evalkit.prompts.render import EXAMPLE_DELIMITER, PromptRenderer
from evalkit.runner.examples import asked_input, spaces
from evalkit.runner.task_check import place
from evalkit.runner.task_prompt import names_of


def renderer_of(task: Task, prompt: Prompt, media: MediaFiles | None = None) -> PromptRenderer:
    """How ``prompt`` is put for ``task``: with its description and with its way of joining examples."""
    shots = task.fewshot
    return PromptRenderer(
        prompt,
        target_delimiter=task.target_delimiter,
        preamble=task.description,
        example_delimiter=shots.delimiter if isinstance(shots, FewShot) else EXAMPLE_DELIMITER,
        media=media,
    )


def generation_of(task: Task, prompt: Prompt) -> GenerateParams:
    """How a prompt is asked for a task: the task's parameters stand above those of the prompt's file."""
    assert isinstance(task.generate, GenerateParams)
    return task.generate.over(prompt.parameters)


def has_namespaces(task: Task, prompt: Prompt) -> bool:
    """Whether a template says ``row`` or ``sample``."""
    names = names_of(prompt) | names_in(task.description or "")
    return not names.isdisjoint(("row", "sample"))


def prompt_context(sample: Sample, *, has_namespaces: bool) -> dict[str, Any]:
    """What the prompt's template sees of a Sample: its fields and its input, never the target."""
    context = dict(sample.row)
    context.pop("target", None)
    context["input"] = asked_input(sample)
    if has_namespaces:
        context |= spaces(sample)
    if sample.choices is not None:
        context["choices"] = sample.choices
    return context


def shown_media(task: Task, prompt: Prompt, media: MediaFiles) -> Callable[[Sample], tuple[str, ...]] | None:
    """The SHA-256 of each image, recording and file that a prompt's own messages show of a Sample, in order;
    None where they show none. What it gives raises TemplateError."""
    if not prompt.media:
        return None
    renderer = renderer_of(task, prompt, media)
    is_spaced = has_namespaces(task, prompt)

    def hashes(sample: Sample) -> tuple[str, ...]:
        try:
            messages = renderer.messages(prompt_context(sample, has_namespaces=is_spaced))
        except TemplateError as error:
            where = f"{place(task, prompt.key)}: sample {sample.id}"
            raise TemplateError(error.what, where=where, hint=error.hint) from None
        return tuple(shown.sha256 for message in messages for shown in message.media)

    return hashes
