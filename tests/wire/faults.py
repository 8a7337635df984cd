"""What can go wrong with any server over HTTP, and what a model must make of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from evalkit.errors import FailureKind
from tests.loopback import Reply


@dataclass(frozen=True)
class Fault:
    """A reply, and the ModelError that it must become."""

    reply: Reply
    is_retryable: bool
    kind: FailureKind | None = None
    retry_after_s: float | None = None
    said: str = ""


#: Name -> fault, with error bodies as most vendors write them.
FAULTS: Mapping[str, Fault] = {
    "busy": Fault(
        Reply({"error": {"message": "slow down"}}, 429, {"Retry-After": "7"}),
        is_retryable=True, kind="busy", retry_after_s=7.0, said="slow down",
    ),
    "overloaded": Fault(
        Reply({"error": {"message": "overloaded"}}, 529), is_retryable=True, kind="broken", said="overloaded"
    ),
    "unavailable": Fault(Reply(b"<html>503</html>", 503), is_retryable=True, kind="broken", said="503"),
    "broken": Fault(
        Reply({"error": {"message": "oops"}}, 500), is_retryable=True, kind="broken", said="oops"
    ),
    "key": Fault(Reply({"error": {"message": "bad key"}}, 401), is_retryable=False, kind="key"),
    "refused": Fault(Reply({"error": {"message": "no such field"}}, 400), is_retryable=False),
    "dropped": Fault(Reply({}, is_dropped=True), is_retryable=True, kind="broken"),
    "cut": Fault(Reply({"a": "b" * 100}, is_truncated=True), is_retryable=True, kind="broken"),
    "no_json": Fault(Reply(b"<html>", 200), is_retryable=True, kind="broken", said="not JSON"),
    "no_answer": Fault(Reply({"hello": 1}), is_retryable=True, kind="broken"),
    "list": Fault(Reply([1, 2]), is_retryable=True, kind="broken"),
    "error_as_answer": Fault(
        Reply({"error": {"message": "went wrong"}}), is_retryable=True, kind="broken", said="went wrong"
    ),
}  # fmt: skip
