"""What stands within a Handlebars tag, as a Jinja expression.

Handlebars looks a name up in the value that the innermost ``{{#each}}`` is at, Jinja in one place: so each
level has a name of its own in what is written.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, field

from evalkit.core.frozen import frozen
from evalkit.errors import TemplateError
from evalkit.prompts.files.handlebars.tags import Tag
from evalkit.prompts.template import environment

_WORD = re.compile(
    r"""\s*(?:(?P<key>[^\s!"#%-,./;->@\[-^`{-~]+)=)?(?P<value>"(?:\\["]|[^"])*"|'(?:\\[']|[^'])*'|[^\s"'=]+)"""
    r"(?=\s|\Z)"
)
_NUMBER = re.compile(r"-?[0-9]+(?:\.[0-9]+)?\Z")
_SEGMENT = re.compile(r"""[^\s!"#%-,./;->@\[-^`{-~]+\Z""")
_LITERALS = {"true": "true", "false": "false", "null": "none"}
#: What Jinja reads as something else than a field.
_KEYWORDS = frozenset(
    {
        "and", "caller", "context", "else", "false", "False", "if", "import", "in", "is", "kwargs", "loop",
        "none", "None", "not", "or", "self", "super", "true", "True", "undefined", "varargs",
    }
)  # fmt: skip
_OWN = re.compile(r"_(?:each|key)\d+\Z")
_LOOP = {"index": "loop.index0", "first": "loop.first", "last": "loop.last"}


@frozen
class Word:
    """One argument of a tag.

    Attributes:
        key: of ``key=value``.
        literal: the value of a text in quotes.
    """

    source: str
    key: str | None = None
    literal: str | None = None


@dataclass
class Scope:
    """Where names are looked up.

    Attributes:
        levels: what each ``{{#each}}`` around is at, the innermost last; the first is the row.
        used: names of the row, each with the line that it first stands on.
        climbed: levels that a path ``../`` leads out of.
    """

    levels: list[str | None] = field(default_factory=lambda: [None])
    used: dict[str, int] = field(default_factory=dict)
    climbed: set[int] = field(default_factory=set)

    def expression(self, word: Word, tag: Tag) -> str:
        """An argument in Jinja. Raises TemplateError."""
        if word.literal is not None:
            return quoted(word.literal)
        if word.source in _LITERALS:
            return _LITERALS[word.source]
        if _NUMBER.match(word.source):
            return f"({word.source})"
        return self.path(word.source, tag)

    def path(self, source: str, tag: Tag) -> str:
        """A path, such as ``name``, ``this.name``, ``../name`` or ``@index``, in Jinja.

        Raises TemplateError.
        """
        if source.startswith("@"):
            return self._data(source, tag)
        level, rest = len(self.levels) - 1, source
        while rest == ".." or rest.startswith("../"):
            self.climbed.add(level)
            level, rest = level - 1, rest[3:]
        if level < 0:
            raise refused(tag, f"{source} leads out of the row")
        rest = (
            ""
            if rest in ("this", ".")
            else rest.removeprefix("./").removeprefix("this.").removeprefix("this/")
        )
        return self._within(level, rest, tag)

    def _within(self, level: int, rest: str, tag: Tag) -> str:
        steps = re.split(r"[./]", rest) if rest else []
        for step in steps:
            if not _SEGMENT.match(step) or step in ("this", "else") or _NUMBER.match(step):
                raise refused(tag, f"{rest!r} is not read")
        place = self.levels[level]
        if place is None:
            if not steps:
                raise refused(tag, "the whole row is not read", hint="name a field of it")
            place, *steps = steps
            self._use(place, tag)
        return "".join([place, *(f"|js_member({quoted(step)})" for step in steps)])

    def _use(self, name: str, tag: Tag) -> None:
        is_taken = name in _KEYWORDS or name in environment().globals or _OWN.match(name)
        if is_taken or not name.isidentifier():
            raise refused(tag, f"{name!r} cannot name a field here", hint="give the field another name")
        self.used.setdefault(name, tag.line)

    def _data(self, source: str, tag: Tag) -> str:
        name = source[1:]
        if name == "root" or name.startswith("root."):
            return self._within(0, name[5:], tag)
        if len(self.levels) > 1 and name in _LOOP:
            return _LOOP[name]
        if len(self.levels) > 1 and name == "key":
            return f"_key{len(self.levels) - 1}"
        raise refused(tag, f"{source} is not read here")


def words_of(text: str, tag: Tag) -> list[Word]:
    """The arguments of a tag. Raises TemplateError on what is not a list of names, texts and numbers."""
    words, place = [], 0
    while text[place:].strip():
        found = _WORD.match(text, place)
        if found is None:
            raise refused(tag, "it is not read")
        value = found["value"]
        is_text = value[0] in "\"'"
        literal = value[1:-1].replace(f"\\{value[0]}", value[0]) if is_text else None
        if not is_text and (value.startswith("(") or "|" in value):
            raise refused(tag, "expressions within expressions are not read")
        words.append(Word(value, found["key"], literal))
        place = found.end()
    return words


def quoted(text: str) -> str:
    """A text as Jinja writes it."""
    return json.dumps(text)


def refused(tag: Tag, why: str, *, hint: str | None = None) -> TemplateError:
    """An error that shows the tag; its line stands in ``where``."""
    return TemplateError(
        f"{tag.source} of the prompt cannot be put faithfully: {why}", where=str(tag.line), hint=hint
    )
