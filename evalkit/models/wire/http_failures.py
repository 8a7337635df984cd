"""What went wrong with a call over HTTP before there was an answer: of our connections, and of aiohttp's."""

from __future__ import annotations

import sys

from evalkit.models.wire.answer_reader import BadAnswerError
from evalkit.models.wire.connections import DroppedError, LateConnectionError, UnreachableError


def client_error() -> type[Exception]:
    """The root of aiohttp's errors."""
    from aiohttp import ClientError

    return ClientError


def is_late_connection(error: Exception) -> bool:
    """Whether the time ran out before there was a connection."""
    return isinstance(error, LateConnectionError) or _is_of_aiohttp(error, "ConnectionTimeoutError")


def is_unreachable(error: Exception) -> bool:
    """Whether nobody could be connected to."""
    return isinstance(error, UnreachableError) or _is_of_aiohttp(error, "ClientConnectorError")


def cause_of(error: Exception) -> str:
    """In words."""
    if isinstance(error, UnreachableError):
        return f"cannot connect ({error})"
    if isinstance(error, DroppedError | BadAnswerError):
        return str(error)
    if _is_of_aiohttp(error, "ClientConnectorError"):
        reason: OSError = error.os_error  # type: ignore[attr-defined]
        return f"cannot connect ({reason.strerror or reason})"
    if _is_of_aiohttp(error, "ServerDisconnectedError"):
        return "the connection was dropped"
    return f"{type(error).__name__}: {error}"


def _is_of_aiohttp(error: Exception, name: str) -> bool:
    """Whether it is one of aiohttp's errors, where that is loaded at all."""
    loaded = sys.modules.get("aiohttp")
    return loaded is not None and isinstance(error, getattr(loaded, name))
