"""The prompt of a judge: evalkit's own of each form, or the author's, its variables checked."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path

from evalkit.core.message import Message
from evalkit.core.prompt import Prompt
from evalkit.errors import TaskError, TemplateError
from evalkit.prompts.file import load_prompt, parse_prompt
from evalkit.prompts.media import MediaFiles
from evalkit.prompts.names import names_in
from evalkit.prompts.render import PromptRenderer

#: What a prompt may name beside the fields of the row.
KNOWN = frozenset(
    {
        *("input", "answer", "answer_a", "answer_b", "reference", "retrieved", "trajectory"),
        *("rubric", "format", "fence"),
    }
)
_SIDES = frozenset({"answer_a", "answer_b"})
#: Names of other prompts that have no meaning in this one, and what to write.
_HINTS = {
    "target": "write {{ reference }}, and reference: true",
    "row": "write the name of the field itself",
    "sample": "write the name of the field itself",
}
_HIDDEN = frozenset(_HINTS)
_PATH = re.compile(r"[^\n{}]+")


class JudgePrompt:
    """A prompt, ready to be filled in.

    Attributes:
        prompt: the prompt; its hash is that of its text.
        names: what its templates name.
        fields: those of them that are fields of the row.
    """

    def __init__(self, prompt: Prompt, *, is_pairwise: bool, label: str) -> None:
        self.prompt = prompt
        self.names = frozenset().union(*(names_in(text) for turn in prompt.turns for text in turn.texts))
        self.fields = self.names - KNOWN
        self._renderer = PromptRenderer(prompt, where=f"{label}: prompt")
        self._check(is_pairwise, label)

    def _check(self, is_pairwise: bool, label: str) -> None:
        wanted = _SIDES if is_pairwise else frozenset({"answer"})
        missing = sorted(wanted - self.names)
        if missing:
            others = ({"answer"} if is_pairwise else _SIDES) & self.names
            what = f"{label}: the prompt does not show the judge {{{{ {missing[0]} }}}}"
            form = "a comparison" if is_pairwise else "a judge of one answer"
            hint = f"{form} names {' and '.join(f'{{{{ {name} }}}}' for name in sorted(wanted))}"
            raise TaskError(what, hint=f"{hint}, not {sorted(others)[0]}" if others else hint)
        hidden = sorted(_HIDDEN & self.names)
        if hidden:
            what = f"{label}: the prompt names {hidden[0]!r}, which it does not see"
            raise TaskError(what, hint=_HINTS[hidden[0]])
        if self.prompt.media:
            raise TaskError(f"{label}: the prompt shows images, audio or files of its own")
        if not self.prompt.has_roles and len(self.prompt.turns) != 1:
            raise TaskError(f"{label}: the prompt has no user message")

    def messages(self, context: Mapping[str, str]) -> tuple[Message, ...]:
        """The messages, with what every judge must know where the prompt leaves it out: first what the fences
        mean, last how to answer. Raises TemplateError on a field that is not there."""
        messages = list(self._renderer.messages(context))
        if "fence" not in self.names:
            messages[0] = _before(context["fence"], messages[0])
        last = max((at for at, each in enumerate(messages) if each.role == "user"), default=len(messages) - 1)
        if "format" not in self.names:
            text = f"{messages[last].content.rstrip()}\n\n{context['format']}"
            messages[last] = Message(messages[last].role, text)
        return tuple(messages)


def is_file(text: str) -> bool:
    """Whether ``prompt:`` names a file: it fills nothing in, and stands on one line."""
    return _PATH.fullmatch(text.strip()) is not None


def prompt_of_text(text: str, label: str) -> Prompt:
    """The author's prompt as it stands in the task. Raises TaskError."""
    try:
        return parse_prompt("judge", text, None, f"{label}: prompt")
    except TemplateError as error:
        raise TaskError(f"{error.where}: {error.what}", hint=error.hint) from None


def prompt_of_file(file: str, media: MediaFiles, label: str) -> Prompt:
    """The author's prompt in a file of the project. Raises TaskError."""
    try:
        path: Path = media.path_of(file, "prompt file")
        return load_prompt(None, path, hint="paths start at the folder of the task file")
    except TemplateError as error:
        at = f"{error.where}: " if error.where else ""
        raise TaskError(f"{label}: prompt: {at}{error.what}", hint=error.hint) from None


def _before(text: str, message: Message) -> Message:
    return Message(message.role, f"{text}\n\n{message.content}")
