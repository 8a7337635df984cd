"""A prompt kept in a file of its own."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from evalkit.core.prompt import Prompt
from evalkit.errors import TemplateError
from evalkit.files.border import reason_of
from evalkit.files.reading import read_text
from evalkit.prompts.render import PromptRenderer


def load_prompt(name: str, path: Path, *, hint: str = "check NAME=FILE") -> Prompt:
    """Read a Jinja file with ``system:``, ``user:``, ``assistant:`` lines (or none: one user message).

    Raises TemplateError with the file in ``where`` when it cannot be read, is empty, or is no template.
    """
    if path.exists() and not path.is_file():
        raise TemplateError(f"prompt {name!r} is no file", where=str(path), hint=hint)
    try:
        text = read_text(path)
    except UnicodeDecodeError as error:
        raise TemplateError(f"prompt {name!r} is not UTF-8: {error.reason}", where=str(path)) from None
    except Exception as error:
        what = f"prompt {name!r} cannot be read: {reason_of(error)}"
        raise TemplateError(what, where=str(path), hint=hint) from None
    if not text.strip():
        raise TemplateError(f"prompt {name!r} is empty", where=str(path))
    return parse_prompt(name, text, path, str(path))


def parse_prompt(name: str, text: str, path: Path | None, where: str) -> Prompt:
    """The prompt that a text is, as a file of that path would be. Raises TemplateError with ``where``."""
    try:
        prompt = Prompt.parse(text, name)
        PromptRenderer(prompt)
    except TemplateError as error:
        error.where = where
        raise
    return replace(prompt, file=path)
