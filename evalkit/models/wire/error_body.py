"""What a server's error says beside its status: a code, when to come back, whether waiting helps at all."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

from evalkit.errors import FailureKind, ModelError
from evalkit.models.wire.http_body import parsed

#: Codes that come with 429 and that no waiting fixes; Google names what is counted by the day.
_SPENT = ("insufficient_quota", "billing_hard_limit_reached", "PerDay")

#: Words of errors that come without a status, within a stream or as an answer: Anthropic's, then OpenAI's.
_STATUS: Mapping[str, int] = {
    "overloaded_error": 529,
    "rate_limit_error": 429,
    "timeout_error": 504,
    "authentication_error": 401,
    "billing_error": 402,
    "permission_error": 403,
    "not_found_error": 404,
    "invalid_request_error": 400,
    "rate_limit_exceeded": 429,
    "insufficient_quota": 429,
    "invalid_prompt": 400,
}
#: What a status says of the server or the key; so does every 5xx. Others are the request's own.
KINDS: Mapping[int, FailureKind] = {401: "key", 402: "key", 403: "forbidden", 404: "missing", 429: "busy"}
#: Status codes after which asking again may help; so does every 5xx.
_RETRYABLE = frozenset({408, 409, 424, 425, 429})


class ErrorBody(NamedTuple):
    """What the body of an error told.

    Attributes:
        message: in the server's own words, on one line.
        code: its word for what went wrong, None where it has none.
        retry_after_s: when to ask again, where the body says so (``google.rpc.RetryInfo``).
        is_spent: it names a quota that stays spent.
    """

    message: str
    code: str | None
    retry_after_s: float | None
    is_spent: bool


def read_error(content: bytes, n_chars: int) -> ErrorBody:
    """What ``content`` says; of one that is not JSON the first ``n_chars`` bytes are the message."""
    is_spent = any(code.encode() in content for code in _SPENT)
    try:
        body = parsed(content)
    except ValueError:
        body = content[:n_chars].decode("utf-8", "replace")
    if not isinstance(body, dict):
        return ErrorBody(_line(body), None, None, is_spent)
    error = body.get("error", body.get("message", body.get("detail", body)))
    if not isinstance(error, dict):
        return ErrorBody(_line(error), None, None, is_spent)
    return ErrorBody(_line(error.get("message", error)), _code(error), _retry_delay_s(error), is_spent)


def status_of(error: Any) -> int:
    """The status that an error object carries or means, 500 where it does not say."""
    code = error.get("code") if isinstance(error, dict) else None
    if isinstance(code, int) and 400 <= code < 600:
        return code
    return next((_STATUS[word] for word in _words(error) if word in _STATUS), 500)


def is_worth_repeating(status: int) -> bool:
    """Whether asking again may help."""
    return status in _RETRYABLE or status >= 500


def error_of(error: Mapping[str, Any]) -> ModelError:
    """The error that an object within a stream tells of."""
    status, code = status_of(error), _code(error)
    is_spent = code in _SPENT
    return ModelError(
        f"the server stopped before the end: {_line(error.get('message', error))[:300]}",
        is_retryable=is_worth_repeating(status) and not is_spent,
        kind="key" if is_spent else KINDS.get(status),
        code=code,
    )


def _words(error: Any) -> Iterator[str]:
    for name in ("code", "status", "type") if isinstance(error, dict) else ():
        # The type of an event is not a word for what went wrong.
        if isinstance(error.get(name), str) and error[name] != "error":
            yield error[name]


def _code(error: Mapping[str, Any]) -> str | None:
    return next(_words(error), None)


def _retry_delay_s(error: Mapping[str, Any]) -> float | None:
    """Seconds of a ``retryDelay``, a number with an ``s`` behind it."""
    details = error.get("details")
    told = details if isinstance(details, list) else []
    delays = [each.get("retryDelay") for each in told if isinstance(each, dict)]
    try:
        return next((max(0.0, float(str(delay).removesuffix("s"))) for delay in delays if delay), None)
    except ValueError:
        return None


def _line(said: Any) -> str:
    return " ".join(str(said).split()) or "no message"
