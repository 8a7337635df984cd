"""What the batch endpoints of vendors have in common in what they say."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from evalkit.core.response import Response
from evalkit.core.text import cut, shown, visible
from evalkit.errors import FailureKind, ModelError
from evalkit.models.wire.http import HttpReply
from evalkit.models.wire.http_model import HttpModel
from evalkit.redaction.redact import redact

_SHOWN_CHARS = 300
_KINDS: Mapping[Any, FailureKind] = {429: "busy"}


def required_text(answer: Any, key: str) -> str:
    """A text that every answer of the endpoint has. Raises ModelError where it is missing."""
    value = answer.get(key) if isinstance(answer, dict) else None
    if not isinstance(value, str) or not value:
        raise ModelError(f"the server's answer has no {key}: {shown(answer)}", is_retryable=True)
    return value


def words(text: str) -> str:
    """What the server says, on one line, as it may be shown."""
    return cut(visible(redact(" ".join(text.split()))), _SHOWN_CHARS)


def refused(error: Any, status: Any = None) -> ModelError:
    """Of a request that has no answer. ``error`` is what the server says, ``status`` the code that a single
    call would have had."""
    said = error.get("message") or error.get("code") or error if isinstance(error, dict) else error
    by = f"HTTP {status} in the batch" if status else "no answer in the batch"
    return ModelError(f"{by}: {words(str(said))}", kind=_KINDS.get(status))


def outcome_of(model: HttpModel, body: Any) -> Response | ModelError:
    """The answer as a single call would have brought it."""
    try:
        return model.read(HttpReply(body, {}))
    except ModelError as error:
        return error
    except (AttributeError, LookupError, TypeError, ValueError):
        return ModelError("the server's answer has an unknown form")


def refuse_ranking(is_ranking: bool) -> None:
    """Raises ModelError: batches generate."""
    if is_ranking:
        raise ModelError("batches give no log-likelihoods", hint="leave out the option batch")
