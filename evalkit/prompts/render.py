"""A Prompt with the fields of a Sample -> the messages that a Model sees."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from itertools import chain
from typing import Any

from evalkit.core.chat import are_messages
from evalkit.core.message import Message, TextPart
from evalkit.core.prompt import Prompt
from evalkit.errors import TemplateError
from evalkit.prompts.media import MediaFiles
from evalkit.prompts.template import compile_text
from evalkit.prompts.turns import compile_turn, conversation, is_input_alone

#: What stands between few-shot examples of a prompt without roles, as in lm-evaluation-harness.
EXAMPLE_DELIMITER = "\n\n"


class PromptRenderer:
    """Renders one Prompt, its templates compiled once.

    Args:
        prompt: the prompt.
        where: names the prompt in errors; default ``prompt NAME``.
        target_delimiter: stands between a rendered example and its target in a prompt without roles.
        preamble: template for what stands before everything; with roles it begins the system message.
        example_delimiter: stands after each example in a prompt without roles.
        media: where images, audio and files come from; without it no path is read.

    Attributes:
        takes_conversation: an ``input`` of chat messages stands in the place of a turn.
    """

    def __init__(
        self,
        prompt: Prompt,
        where: str | None = None,
        target_delimiter: str = " ",
        *,
        preamble: str | None = None,
        example_delimiter: str = EXAMPLE_DELIMITER,
        media: MediaFiles | None = None,
    ) -> None:
        self.prompt = prompt
        self._where = where or f"prompt {prompt.name}"
        self._delimiter = target_delimiter
        self._example_delimiter = example_delimiter
        # Jinja drops one newline at the end of a template: this one, so that the preamble's own ones stay.
        self._preamble = compile_text(f"{preamble}\n", f"{self._where}: description") if preamble else None
        self._media = media or MediaFiles()
        self._turns = [compile_turn(turn, self._where, self._media) for turn in prompt.turns]
        self._inputs = [is_input_alone(turn) for turn in prompt.turns]
        self.takes_conversation = any(self._inputs)
        self._defaults = {
            each.name: each.stands_in for each in prompt.variables or () if not each.is_required
        }
        self._drops_blank = any(turn.is_optional for turn in prompt.turns)
        users = [index for index, turn in enumerate(prompt.turns) if turn.role == "user"]
        self._last_user = users[-1] if users else None

    def messages(
        self, context: Mapping[str, Any], examples: Sequence[Mapping[str, Any]] = ()
    ) -> tuple[Message, ...]:
        """The messages for one Sample.

        Args:
            context: the row's fields, ``input`` and ``choices``. A field ``target`` is hidden from the
                templates, so that no prompt can give the answer away. An ``input`` that is a list of chat
                messages stands in the place of a user turn that is ``{{ input }}`` and nothing else.
            examples: few-shot examples, each a context of its own with its ``target``, in order.

        Raises TemplateError on a field that is not there.
        """
        if "target" in context:
            context = {name: value for name, value in context.items() if name != "target"}
        if self._defaults:
            context, examples = self._filled(context), [self._filled(each) for each in examples]
        has_roles = self.prompt.has_roles or self.shows_conversation(context)
        if not examples:
            messages = self._all(context)
        elif self._last_user is None:
            raise TemplateError("the prompt has no user turn to put examples before", where=self._where)
        elif not has_roles:
            messages = self._text_with_examples(context, examples)
        else:
            messages = self._turns_with_examples(context, examples, self._last_user)
        if self._drops_blank:
            messages = self._without_blank(messages)
        if self._preamble is None:
            return messages
        return _after_preamble(messages, self._preamble(context), has_roles=has_roles)

    def shows_conversation(self, context: Mapping[str, Any]) -> bool:
        """Whether the ``input`` of a context is chat messages, and put as such."""
        value = context.get("input")
        return type(value) is not str and self.takes_conversation and are_messages(value)

    def _filled(self, context: Mapping[str, Any]) -> Mapping[str, Any]:
        """With what stands in for the variables that are not there, or null."""
        return {
            **context,
            **{name: value for name, value in self._defaults.items() if context.get(name) is None},
        }

    def _without_blank(self, messages: tuple[Message, ...]) -> tuple[Message, ...]:
        kept = tuple([each for each in messages if each.parts or each.tool_calls or each.content.strip()])
        if not kept:
            raise TemplateError("every message of the prompt is blank", where=self._where)
        return kept

    def _all(self, context: Mapping[str, Any]) -> tuple[Message, ...]:
        if self.shows_conversation(context):
            return tuple(chain.from_iterable(self._at(i, context) for i in range(len(self._turns))))
        return tuple([render(context) for render in self._turns])

    def _at(self, index: int, context: Mapping[str, Any]) -> tuple[Message, ...]:
        """The messages that stand in the place of a turn."""
        if self._inputs[index] and self.shows_conversation(context):
            return conversation(context["input"], self._media)
        return (self._turns[index](context),)

    def _text_with_examples(
        self, context: Mapping[str, Any], examples: Sequence[Mapping[str, Any]]
    ) -> tuple[Message, ...]:
        (render,) = self._turns
        texts = [
            join_delimited(render(each).content, self._target(each), self._delimiter) for each in examples
        ]
        return (Message("user", self._example_delimiter.join([*texts, render(context).content])),)

    def _turns_with_examples(
        self, context: Mapping[str, Any], examples: Sequence[Mapping[str, Any]], last_user: int
    ) -> tuple[Message, ...]:
        turns = [self._at(index, context) for index in range(len(self._turns))]
        shots: list[Message] = []
        for example in examples:
            shots += *self._at(last_user, example), Message("assistant", self._target(example))
        before, after = turns[:last_user], turns[last_user:]
        return (*chain.from_iterable(before), *shots, *chain.from_iterable(after))

    def _target(self, example: Mapping[str, Any]) -> str:
        target = example.get("target")
        if isinstance(target, list | tuple) and target:
            target = target[0]
        if target is None:
            raise TemplateError("a few-shot example has no target", where=self._where)
        return target if isinstance(target, str) else json.dumps(target, ensure_ascii=False)


def _after_preamble(messages: tuple[Message, ...], preamble: str, *, has_roles: bool) -> tuple[Message, ...]:
    first, *rest = messages
    if not has_roles:
        return (Message(first.role, preamble + first.content), *rest)
    text = preamble.strip()
    if first.role != "system":
        return (Message("system", text), *messages)
    if first.parts:
        return (Message.of_parts("system", (TextPart(text), *first.parts)), *rest)
    return (Message("system", f"{text}\n\n{first.content}"), *rest)


def join_delimited(text: str, continuation: str, delimiter: str) -> str:
    """``text`` + ``delimiter`` + ``continuation``, the delimiter left out where either side brings white
    space of its own at the seam (the rule of lm-evaluation-harness)."""
    return text + delimited(text, continuation, delimiter)


def delimited(text: str, continuation: str, delimiter: str) -> str:
    """What is put after ``text``: the continuation, with the delimiter before it where one is needed."""
    has_space = text[-1:].isspace() or continuation[:1].isspace()
    return continuation if has_space else delimiter + continuation
