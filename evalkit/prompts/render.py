"""A Prompt with the fields of a Sample -> the messages that a Model sees."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

from evalkit.core.message import Message
from evalkit.core.prompt import Prompt
from evalkit.errors import TemplateError
from evalkit.prompts.template import compile_text

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
    """

    def __init__(
        self,
        prompt: Prompt,
        where: str | None = None,
        target_delimiter: str = " ",
        *,
        preamble: str | None = None,
        example_delimiter: str = EXAMPLE_DELIMITER,
    ) -> None:
        self.prompt = prompt
        self._where = where or f"prompt {prompt.name}"
        self._delimiter = target_delimiter
        self._example_delimiter = example_delimiter
        # Jinja drops one newline at the end of a template: this one, so that the preamble's own ones stay.
        self._preamble = compile_text(f"{preamble}\n", f"{self._where}: description") if preamble else None
        self._turns = [(turn.role, compile_text(turn.template, self._where)) for turn in prompt.turns]
        users = [index for index, (role, _) in enumerate(self._turns) if role == "user"]
        self._last_user = users[-1] if users else None

    def messages(
        self, context: Mapping[str, Any], examples: Sequence[Mapping[str, Any]] = ()
    ) -> tuple[Message, ...]:
        """The messages for one Sample.

        Args:
            context: the row's fields, ``input`` and ``choices``. A field ``target`` is hidden from the
                templates, so that no prompt can give the answer away.
            examples: few-shot examples, each a context of its own with its ``target``, in order.

        Raises TemplateError on a field that is not there.
        """
        if "target" in context:
            context = {name: value for name, value in context.items() if name != "target"}
        if not examples:
            messages = tuple([Message(role, render(context)) for role, render in self._turns])
        elif self._last_user is None:
            raise TemplateError("the prompt has no user turn to put examples before", where=self._where)
        elif not self.prompt.has_roles:
            messages = self._text_with_examples(context, examples)
        else:
            messages = self._turns_with_examples(context, examples, self._last_user)
        return self._after_preamble(messages, self._preamble(context)) if self._preamble else messages

    def _after_preamble(self, messages: tuple[Message, ...], preamble: str) -> tuple[Message, ...]:
        first, *rest = messages
        if not self.prompt.has_roles:
            return (Message(first.role, preamble + first.content), *rest)
        if first.role == "system":
            return (Message("system", f"{preamble.strip()}\n\n{first.content}"), *rest)
        return (Message("system", preamble.strip()), *messages)

    def _text_with_examples(
        self, context: Mapping[str, Any], examples: Sequence[Mapping[str, Any]]
    ) -> tuple[Message, ...]:
        ((_, render),) = self._turns
        texts = [join_delimited(render(each), self._target(each), self._delimiter) for each in examples]
        return (Message("user", self._example_delimiter.join([*texts, render(context)])),)

    def _turns_with_examples(
        self, context: Mapping[str, Any], examples: Sequence[Mapping[str, Any]], last_user: int
    ) -> tuple[Message, ...]:
        messages = [Message(role, render(context)) for role, render in self._turns]
        render = self._turns[last_user][1]
        shots: list[Message] = []
        for example in examples:
            shots += Message("user", render(example)), Message("assistant", self._target(example))
        return (*messages[:last_user], *shots, *messages[last_user:])

    def _target(self, example: Mapping[str, Any]) -> str:
        target = example.get("target")
        if isinstance(target, list | tuple) and target:
            target = target[0]
        if target is None:
            raise TemplateError("a few-shot example has no target", where=self._where)
        return target if isinstance(target, str) else json.dumps(target, ensure_ascii=False)


def join_delimited(text: str, continuation: str, delimiter: str) -> str:
    """``text`` + ``delimiter`` + ``continuation``, the delimiter left out where either side brings white
    space of its own at the seam (the rule of lm-evaluation-harness)."""
    return text + delimited(text, continuation, delimiter)


def delimited(text: str, continuation: str, delimiter: str) -> str:
    """What is put after ``text``: the continuation, with the delimiter before it where one is needed."""
    has_space = text[-1:].isspace() or continuation[:1].isspace()
    return continuation if has_space else delimiter + continuation
