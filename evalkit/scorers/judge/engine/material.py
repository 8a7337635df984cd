"""What a judge is shown of a sample and its Response: texts and conversations, not yet fenced."""

from __future__ import annotations

from collections.abc import Sequence

from evalkit.core.frozen import frozen
from evalkit.core.message import MediaPart, Message
from evalkit.core.response import Response
from evalkit.core.sample import Sample
from evalkit.core.text import text_of
from evalkit.errors import ScorerError, TemplateError
from evalkit.prompts.media import MediaFiles
from evalkit.prompts.turns import conversation
from evalkit.scorers.base import references_of
from evalkit.scorers.judge.engine.fence import Fence

#: A text, or the messages of a conversation.
Piece = str | tuple[Message, ...]


@frozen(slots=True)
class Material:
    """Pieces by the names that prompts call them.

    Attributes:
        pieces: name -> text or messages.
    """

    pieces: dict[str, Piece]

    @property
    def texts(self) -> list[str]:
        """All of it, names among it, in order."""
        found: list[str] = []
        for name, piece in self.pieces.items():
            messages = [piece] if isinstance(piece, str) else [f"{m.role}\n{m.text}" for m in piece]
            found += [name, *messages]
        return found

    @property
    def media(self) -> tuple[MediaPart, ...]:
        """Images, audio and files of its conversations, each once, in order."""
        shown = [
            part
            for piece in self.pieces.values()
            for message in (() if isinstance(piece, str) else piece)
            for part in message.parts
            if isinstance(part, MediaPart)
        ]
        return tuple({part.media.sha256: part for part in shown}.values())

    def fenced(self, fence: Fence) -> dict[str, str]:
        """Every piece between its fences, the messages of a conversation each between its own."""
        return {
            name: fence.around(name.replace("_", " "), piece)
            if isinstance(piece, str)
            else "\n".join([_message(fence, number, each) for number, each in enumerate(piece, 1)])
            for name, piece in self.pieces.items()
        }


def _message(fence: Fence, number: int, message: Message) -> str:
    return fence.around(f"message {number} {message.role}", message.text)


def input_of(sample: Sample, media: MediaFiles) -> Piece:
    """The sample's input, a conversation as such. Raises ScorerError on media that cannot be read."""
    if not sample.conversation:
        return sample.input
    try:
        return conversation(sample.conversation, media)
    except TemplateError as error:
        raise ScorerError(f"sample {sample.id!r}: {error.what}", hint=error.hint) from None


def answer_of(response: Response) -> str:
    """The output, and the calls of tools that it makes."""
    return Message("assistant", response.output or "", (), tuple(response.tool_calls or ())).text


def way_of(response: Response) -> dict[str, Piece]:
    """What an application retrieved, and what it did on the way, where it says so."""
    pieces: dict[str, Piece] = {}
    if response.contexts:
        numbered = [f"Passage {number}:\n{text}" for number, text in enumerate(response.contexts, 1)]
        pieces["retrieved"] = "\n\n".join(numbered)
    if response.trajectory:
        pieces["trajectory"] = tuple(response.trajectory)
    return pieces


def target_of(sample: Sample) -> str:
    """The sample's references as one text. Raises ScorerError where it has none."""
    texts: Sequence[str] = references_of(sample)
    if len(texts) == 1:
        return texts[0]
    return "\n\n".join(f"Reference {number}:\n{text}" for number, text in enumerate(texts, 1))


def field_of(sample: Sample, name: str) -> str:
    """A field of the row that a prompt names. Raises ScorerError where the row does not have it."""
    if name not in sample.row:
        fields = ", ".join(sorted(map(str, sample.row))) or "none"
        what = f"the judge's prompt names {name!r}, which sample {sample.id!r} does not have"
        raise ScorerError(what, hint=f"fields: {fields}")
    return text_of(sample.row[name])
