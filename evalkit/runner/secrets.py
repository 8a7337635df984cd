"""Keys that an answer repeats, cut out before anybody keeps it."""

from __future__ import annotations

from dataclasses import replace
from functools import cached_property

import orjson

from evalkit.core.message import Message, Part, TextPart
from evalkit.core.message_json import message_object
from evalkit.core.response import Response
from evalkit.redaction.redact import keys_beyond_doubt
from evalkit.redaction.secret_values import SecretValues


class AnswerSecrets:
    """What no answer may show: the values of variables that hold keys, where they can be nothing else.

    A provider cuts the key of its own call. An application under test has the whole environment, and whoever
    answers may have been told what another one knows.
    """

    @cached_property
    def _secrets(self) -> SecretValues:
        """Read when the first answer comes: models have read their keys by then."""
        return keys_beyond_doubt()

    def cut(self, response: Response) -> Response:
        """The same answer without them; nearly always the same object."""
        secrets = self._secrets
        texts = f"{response.output}\0{response.reasoning}\0{response.request_id}"
        if secrets.is_in(texts):
            response = replace(
                response,
                output=_cut(secrets, response.output),
                reasoning=_cut(secrets, response.reasoning),
                request_id=_cut(secrets, response.request_id),
            )
        if response.tool_calls or response.contexts or response.trajectory:
            return self._cut_rest(response)
        return response

    def _cut_rest(self, response: Response) -> Response:
        secrets = self._secrets
        calls, contexts, trajectory = response.tool_calls, response.contexts, response.trajectory
        messages = [message_object(each) for each in trajectory or ()]
        if not secrets.may_be_in(orjson.dumps([calls, contexts, messages], default=str)):
            return response
        return replace(
            response,
            tool_calls=calls and tuple(secrets.cut_all(dict(each)) for each in calls),
            contexts=contexts and tuple(map(secrets.cut, contexts)),
            trajectory=trajectory and tuple(_cut_message(secrets, each) for each in trajectory),
        )


def _cut(secrets: SecretValues, text: str | None) -> str | None:
    return None if text is None else secrets.cut(text)


def _cut_message(secrets: SecretValues, message: Message) -> Message:
    parts: tuple[Part, ...] = tuple(
        TextPart(secrets.cut(part.text)) if isinstance(part, TextPart) else part for part in message.parts
    )
    calls = tuple(secrets.cut_all(dict(each)) for each in message.tool_calls)
    return replace(message, content=secrets.cut(message.content), parts=parts, tool_calls=calls)
