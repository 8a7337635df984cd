"""A named, versioned template that turns a Sample into messages."""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass
from typing import Any, Literal

from evalkit.errors import TemplateError

Role = Literal["system", "user", "assistant"]
ROLES: tuple[Role, ...] = ("system", "user", "assistant")

_LEADING_COMMENTS = re.compile(r"\A(?:\s*\{#.*?#\}[ \t]*\n?)+", re.DOTALL)


@dataclass(frozen=True)
class PromptTurn:
    """One message of a prompt, its content still a Jinja template."""

    role: Role
    template: str


@dataclass(frozen=True)
class Prompt:
    """A template with roles.

    Attributes:
        name: how the prompt is called in options, labels and the store.
        text: the source as written, whose hash is the prompt's identity.
        turns: the messages in order. A text without role lines is one user turn.
        has_roles: whether the source named roles; without, log-likelihoods are taken on the bare text.
    """

    name: str
    text: str
    turns: tuple[PromptTurn, ...]
    has_roles: bool
    version: str | None = None

    @property
    def prompt_hash(self) -> str:
        """First 16 hex digits of the SHA-256 of the source text."""
        return hashlib.sha256(self.text.encode()).hexdigest()[:16]

    @classmethod
    def parse(cls, text: str, name: str = "default", version: str | None = None) -> Prompt:
        """Split a source on lines that hold only ``system:``, ``user:`` or ``assistant:``.

        The split happens before rendering, so text that a row brings along cannot open a role of its own.
        A text with no such line is one user message. Jinja comments at the very start (a title, a licence)
        belong to no message. Raises TemplateError on other text before the first role.
        """
        turns: list[PromptTurn] = []
        role: Role = "user"
        lines: list[str] = []
        has_roles = False
        for line in _LEADING_COMMENTS.sub("", text).splitlines(keepends=True):
            marker = next((r for r in ROLES if line.strip() == f"{r}:" and not line[:1].isspace()), None)
            if marker is None:
                lines.append(line)
                continue
            if has_roles:
                turns.append(_turn(role, lines))
            elif "".join(lines).strip():
                raise TemplateError(
                    f"text stands before the first role line {marker + ':'!r}", mend="move it under a role"
                )
            has_roles, role, lines = True, marker, []
        turns.append(_turn(role, lines, strip=has_roles))
        return cls(name, text, tuple(turns), has_roles, version)

    @classmethod
    def from_value(cls, value: Any, name: str = "default") -> Prompt:
        """A string, or a list of ``{role: …, content: …}`` mappings -> Prompt."""
        if isinstance(value, str):
            return cls.parse(value, name)
        mend = "write a text, or a list of {role: …, content: …}"
        if not isinstance(value, list | tuple) or not value:
            raise TemplateError(f"prompt {value!r} cannot be read", mend=mend)
        turns = []
        for entry in value:
            is_message = isinstance(entry, dict) and set(entry) == {"role", "content"}
            if not is_message or entry["role"] not in ROLES or entry["content"] is None:
                raise TemplateError(f"prompt message {entry!r} cannot be read", mend=mend)
            turns.append(PromptTurn(entry["role"], str(entry["content"])))
        text = "\n".join(f"{turn.role}:\n{turn.template}" for turn in turns)
        return cls(name, text, tuple(turns), True)


def _turn(role: Role, lines: list[str], *, strip: bool = True) -> PromptTurn:
    text = "".join(lines)
    return PromptTurn(role, text.strip("\n") if strip else text)
