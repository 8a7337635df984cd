"""The templates of a task, compiled once before anything is loaded or asked."""

from __future__ import annotations

from evalkit.core.fewshot import FewShot
from evalkit.core.prompt import Prompt
from evalkit.core.task import Task
from evalkit.errors import TemplateError
from evalkit.prompts.render import PromptRenderer
from evalkit.prompts.template import compile_text, compile_value
from evalkit.runner.task_check import place

_TEXTS = ("id", "input", "group", "continuation", "description")
_VALUES = ("target", "choices")


def check_templates(task: Task) -> None:
    """Raises TemplateError with ``file:line`` and key of a template that cannot be read, or names a filter
    or a test that is not there."""
    for key in (*_TEXTS, *_VALUES, "fewshot", "prompt"):
        try:
            _compile(task, key)
        except TemplateError as error:
            at = task.prompt.key if isinstance(task.prompt, Prompt) and key == "prompt" else key
            error.where = f"{place(task, at)}: {error.where}"
            raise


def _compile(task: Task, key: str) -> None:
    value = getattr(task, key)
    if key == "fewshot":
        value = value.by if isinstance(value, FewShot) else None
    if value is None:
        return
    if isinstance(value, Prompt):
        PromptRenderer(value, where=value.key)
    elif isinstance(value, str):
        (compile_value if key in _VALUES else compile_text)(value, key)
