"""One input with its target."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import field
from typing import Any

from evalkit.core.frozen import frozen
from evalkit.core.quarantine import Quarantine


@frozen(slots=True)
class Assertion:
    """One line of a sample's ``assert:`` list: a name and its parameters."""

    name: str
    params: Mapping[str, Any] = field(default_factory=dict)

    @property
    def text(self) -> str:
        """How the assertion is shown: ``contains: refund``."""
        value = self.params.get("value", dict(self.params)) if self.params else ""
        return f"{self.name}: {value}" if value != "" else self.name


@frozen(slots=True, quick=True)
class Sample:
    """One input with its target and metadata; ``id`` is stable over runs and unique in its Dataset.

    Attributes:
        input: the rendered input text (before the prompt is put around it).
        target: the expected answer: a string, a list of strings (several references), a number, any JSON
            value, or None if the Sample has only assertions.
        row: all fields of the dataset row, for templates and for applications under test.
        choices: the labels to choose from, in order, or None.
        group: what the Sample has in common with others (its question, its passage), or None.
        continuations: the text that is ranked for each choice, in their order; None if these are the choices
            themselves.
        assertions: what the Response must satisfy by itself; a Sample with any is a test item of its own.
        content_hash: digests of those of the above that are read (``evalkit.core.content``), as the Dataset
            gave them, or None if unknown: Samples of equal content ask the same and are scored alike,
            whatever else is in the Dataset.
        quarantine: until when it may fail, or None; it changes no number, and so no hash.
        conversation: the chat messages of the Dataset that ``input`` is the text of (media by type and hash),
            or None.
    """

    id: str
    input: str
    target: Any = None
    row: Mapping[str, Any] = field(default_factory=dict)
    choices: tuple[str, ...] | None = None
    assertions: tuple[Assertion, ...] = ()
    group: str | None = None
    continuations: tuple[str, ...] | None = None
    content_hash: str | None = None
    quarantine: Quarantine | None = None
    conversation: Sequence[Mapping[str, Any]] | None = None

    @property
    def choice_texts(self) -> tuple[str, ...]:
        """The text of each choice as it is ranked; empty without choices."""
        return self.continuations or self.choices or ()
