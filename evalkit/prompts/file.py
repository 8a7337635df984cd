"""A prompt kept in a file of its own."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from evalkit.core.prompt import Prompt
from evalkit.errors import TemplateError
from evalkit.files.border import reason_of
from evalkit.files.reading import read_text
from evalkit.prompts.files.names import stem_of, suffix_of
from evalkit.prompts.render import PromptRenderer


def load_prompt(name: str | None, path: Path, *, hint: str = "check NAME=FILE") -> Prompt:
    """Read a Jinja file with ``system:``, ``user:``, ``assistant:`` lines (or none: one user message), or a
    prompt file with a head: ``.prompt.md``, ``.prompty``, ``.prompt``.

    Args:
        name: how the prompt is called; None takes what the file calls it, else the file's own name.

    Raises TemplateError with the file in ``where`` when it cannot be read, is empty, or is not a template.
    """
    called = f"prompt {name!r}" if name is not None else "the prompt"
    if path.exists() and not path.is_file():
        raise TemplateError(f"{called} is not a file", where=str(path), hint=hint)
    try:
        text = read_text(path)
    except UnicodeDecodeError as error:
        raise TemplateError(f"{called} is not UTF-8: {error.reason}", where=str(path)) from None
    except Exception as error:
        what = f"{called} cannot be read: {reason_of(error)}"
        raise TemplateError(what, where=str(path), hint=hint) from None
    if not text.strip():
        raise TemplateError(f"{called} is empty", where=str(path))
    return parse_prompt(name, text, path, str(path))


def parse_prompt(name: str | None, text: str, path: Path | None, where: str) -> Prompt:
    """The prompt that a text is, as a file of that path would be.

    Raises TemplateError with ``where``, or with a line behind it.
    """
    try:
        prompt = _read(text, name, path)
        PromptRenderer(prompt)
    except TemplateError as error:
        if not (error.where or "").startswith(where):
            error.where = where
        raise
    return prompt if name is None else replace(prompt, name=name)


def _read(text: str, name: str | None, path: Path | None) -> Prompt:
    if path is None:
        return Prompt.parse(text, name or "default")
    if suffix_of(path) is not None:
        from evalkit.prompts.files.read import read_prompt_file

        found = read_prompt_file(text, path)
        if found is not None:
            return found
    return replace(Prompt.parse(text, name or stem_of(path)), file=path)
