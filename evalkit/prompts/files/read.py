"""A prompt file with a head -> Prompt."""

from __future__ import annotations

from pathlib import Path

from evalkit.core.prompt import Prompt
from evalkit.prompts.files.head import split
from evalkit.prompts.files.names import stem_of, suffix_of


def read_prompt_file(text: str, file: Path) -> Prompt | None:
    """The prompt of a ``.prompt.md``, ``.prompty`` or ``.prompt`` file that begins with a head; None of one
    that does not: it is a template and nothing else.

    Raises TemplateError that names file, line and what cannot be read.
    """
    head = split(text, file)
    if head is None:
        return None
    match suffix_of(file):
        case ".prompty":
            from evalkit.prompts.files.prompty import read_prompty

            return read_prompty(text, head, stem_of(file))
        case ".prompt":
            from evalkit.prompts.files.dotprompt import read_dotprompt

            return read_dotprompt(text, head, stem_of(file))
        case ".prompt.md":
            from evalkit.prompts.files.prompt_md import read_prompt_md

            return read_prompt_md(text, head, stem_of(file))
    return None
