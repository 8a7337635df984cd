"""The head of a prompt file: YAML between two lines of three dashes, with the lines that it stands on."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any, NoReturn

from evalkit.core.document import Document, Step, read_documents
from evalkit.core.frozen import frozen
from evalkit.core.request import GenerateParams
from evalkit.core.text import seen
from evalkit.errors import TaskError, TemplateError, did_you_mean

_HEAD = re.compile(r"\A---[ \t]*\r?\n(?P<yaml>(?:.*\n)*?)---[ \t]*(?:\r?\n|\Z)")
_OPEN = re.compile(r"\A---[ \t]*\r?\n")
#: What takes a prompt's name apart in options and labels.
_RESERVED = "=:#@"


@frozen
class Head:
    """What a prompt file says of itself.

    Attributes:
        values: its keys.
        body: the text below it.
        body_line: the line of the file that the body begins on, from 1.
    """

    file: Path
    values: Mapping[str, Any]
    body: str
    body_line: int
    _document: Document | None

    def where(self, *path: Step) -> str:
        """``file:line`` of a key."""
        return self._document.where(*path) if self._document is not None else f"{self.file}:1"

    def line(self, *path: Step) -> int:
        """The line of a key, from 1."""
        return int(self.where(*path).rpartition(":")[2])

    def fail(self, what: str, *path: Step, hint: str | None = None) -> NoReturn:
        """Raises TemplateError at a key."""
        raise TemplateError(what, where=self.where(*path), hint=hint)

    def refuse_unknown(self, known: Iterable[str], *path: Step) -> None:
        """Raises TemplateError where the mapping at ``path`` has a key that is not known."""
        known = list(known)
        for name in self.mapping(*path):
            if name not in known:
                what = f"the front matter of the prompt has unknown key {'.'.join(map(str, (*path, name)))!r}"
                self.fail(what, *path, name, hint=did_you_mean(name, known))

    def get(self, *path: Step) -> Any:
        """The value at ``path``; None where there is none, or something on the way is not a mapping."""
        value: Any = self.values
        for step in path:
            value = value.get(step) if isinstance(value, Mapping) else None
        return value

    def mapping(self, *path: Step) -> Mapping[str, Any]:
        """The mapping at ``path``; empty where nothing stands there."""
        value = self.get(*path)
        if value is not None and not isinstance(value, Mapping):
            self.fail(f"{'.'.join(map(str, path))} {seen(value)} is not a mapping", *path)
        return value or {}

    def text(self, *path: Step) -> str:
        """The text at ``path``; empty where nothing stands there."""
        value = self.get(*path)
        if value is not None and not isinstance(value, str):
            self.fail(
                f"{'.'.join(map(str, path))} {seen(value)} is not a text", *path, hint="put it in quotes"
            )
        return (value or "").strip()

    def name(self, default: str) -> str:
        """What the prompt calls itself."""
        name = self.text("name") or default
        if not name.isprintable() or set(name) & set(_RESERVED) or name == "default":
            hint = f"leave out {' '.join(_RESERVED)}, and 'default', which is each task's own prompt"
            self.fail(f"name {seen(name)} cannot be a prompt's", "name", hint=hint)
        return name

    def parameters(
        self, values: Mapping[str, Any], places: Mapping[str, tuple[Step, ...]]
    ) -> GenerateParams | None:
        """Generation parameters.

        Args:
            values: by our names for them.
            places: name to where it stands, for messages.
        """
        if not values:
            return None
        try:
            return GenerateParams.from_mapping(values, "parameters")
        except TaskError as error:
            _, *path = (error.key or "").split(".")
            place = places.get(path[0], ()) if path else ()
            raise TemplateError(error.what, where=self.where(*place, *path[1:]), hint=error.hint) from None


def split(text: str, file: Path) -> Head | None:
    """The head of a source and its body; None where it does not begin with one.

    Raises TemplateError where the head has no end, is not YAML or not a mapping.
    """
    if not _OPEN.match(text):
        return None
    found = _HEAD.match(text)
    if found is None:
        what = "the front matter of the prompt, which '---' opens, has no end"
        raise TemplateError(what, where=f"{file}:1", hint="close it with a line '---'")
    documents = read_documents("\n" + found["yaml"], str(file), TemplateError)
    document = documents[0] if documents else None
    value = document.value if document is not None else {}
    if not isinstance(value, dict):
        what = f"the front matter of the prompt {seen(value)} is not a mapping"
        raise TemplateError(what, where=f"{file}:2", hint="write 'name: …' and the like")
    return Head(file, value, text[found.end() :], found[0].count("\n") + 1, document)
