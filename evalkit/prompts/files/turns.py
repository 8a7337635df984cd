"""The turns of a prompt file whose body is Jinja: each looked at where it stands in the file."""

from __future__ import annotations

from dataclasses import replace

from jinja2 import nodes

from evalkit.core.prompt import Prompt
from evalkit.errors import TemplateError
from evalkit.prompts.files.head import Head
from evalkit.prompts.files.variables import lines_of_names
from evalkit.prompts.template import compile_text, environment


def parse_body(head: Head, name: str) -> Prompt:
    """The turns below a head, whose lines are those of the body. Raises TemplateError."""
    body = head.body.rstrip("\r\n")
    if not body.strip():
        what, hint = "the prompt has front matter and no text", "write the template below it"
        raise TemplateError(what, where=f"{head.file}:{head.body_line}", hint=hint)
    try:
        prompt = Prompt.parse(body, name)
    except TemplateError as error:
        error.where = f"{head.file}:{head.body_line}"
        raise
    if prompt.has_roles:
        return prompt
    (turn,) = prompt.turns
    text = turn.template.lstrip("\r\n")
    line = (turn.line or 1) + turn.template.count("\n", 0, len(turn.template) - len(text))
    return replace(prompt, turns=(replace(turn, template=text, line=line),))


def used_names(prompt: Prompt, head: Head) -> dict[str, int]:
    """The names that all turns expect, each with the first line of the file that it stands on.

    Raises TemplateError, with file and line, on a template that cannot be read.
    """
    used: dict[str, int] = {}
    for turn in prompt.turns:
        line = head.body_line + (turn.line or 1) - 1
        _refuse_unreadable(turn.template, line, head)
        _refuse_other_files(turn.template, line, head)
        for name, its_line in lines_of_names(turn.template, line).items():
            used.setdefault(name, its_line)
    return used


def _refuse_unreadable(source: str, line: int, head: Head) -> None:
    try:
        compile_text(source, "")
    except TemplateError as error:
        at = (error.where or "").rpartition(", line ")[2]
        within = int(at) if at.isdigit() else 1
        raise TemplateError(error.what, where=f"{head.file}:{line + within - 1}", hint=error.hint) from None


def _refuse_other_files(source: str, line: int, head: Head) -> None:
    """A prompt is one file, whose text is its identity."""
    tree = environment().parse(source)
    for found in tree.find_all((nodes.Include, nodes.Import, nodes.FromImport, nodes.Extends)):
        what = f"the prompt reads another file ({type(found).__name__.lower()})"
        where = f"{head.file}:{line + found.lineno - 1}"
        raise TemplateError(what, where=where, hint="write out what is meant")
