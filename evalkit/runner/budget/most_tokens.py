"""The most tokens that a call can take, known before it is made."""

from __future__ import annotations

import orjson

from evalkit.core.request import Request
from evalkit.models.model import Model

#: What a chat template puts around a message, and at the start of an answer.
_FRAME = 16
#: For an image, a recording or a file: most vendors take less for one, and none says it beforehand.
_MEDIA = 4096


def most_tokens(model: Model, request: Request) -> tuple[int, int]:
    """Tokens of the prompt and of the answer, at most.

    A tokenizer gives no text more tokens than it has bytes: tokens of byte-level BPE and of SentencePiece
    with byte fallback stand for a byte or more. Media are an allowance, no bound.
    """
    n_in = sum(_FRAME + n_bytes(message.text) for message in request.messages)
    n_in += _FRAME + _MEDIA * len(request.media)
    if request.tools:
        n_in += len(orjson.dumps(request.tools))
    if request.response_schema is not None:
        n_in += len(orjson.dumps(request.response_schema.as_dict()))
    if request.continuations is not None:
        # Each is read behind the prompt.
        return sum(n_in + n_bytes(each) for each in request.continuations), len(request.continuations)
    return n_in, most_completion(model, request)


def most_completion(model: Model, request: Request) -> int:
    """``max_tokens``, thinking included: of the spec, else of the task."""
    given = model.spec.params.get("max_tokens")
    return int(given) if given else request.generate.max_tokens


def n_bytes(text: str) -> int:
    """Bytes of the text in UTF-8."""
    return len(text) if text.isascii() else len(text.encode("utf-8", "surrogatepass"))
