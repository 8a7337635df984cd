"""Tokens for Google Cloud, from the credentials that google-auth finds: the library gives the token alone."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC
from importlib.util import find_spec
from typing import Any

from evalkit.errors import UsageError
from evalkit.models.wire.expiring_token import ExpiringToken
from evalkit.models.wire.proxy import is_loopback

_SCOPES = ("https://www.googleapis.com/auth/cloud-platform",)
#: Seconds that a token lasts whose library does not say.
_UNKNOWN_LIFE_S = 900.0


def google_token(*, is_offline: bool) -> ExpiringToken:
    """Application default credentials, looked for at the first call. Raises ModuleNotFoundError without
    google-auth, which is imported no sooner either."""
    if find_spec("google") is None or find_spec("google.auth") is None:
        raise ModuleNotFoundError("google-auth is not installed", name="google-auth")
    found: list[Any] = []

    def fetch() -> tuple[Mapping[str, str], float]:
        import time

        import google.auth
        from google.auth.transport.requests import Request

        if not found:
            found.append(google.auth.default(scopes=_SCOPES)[0])
        credentials = found[0]
        if is_offline:
            _require_loopback(credentials)
        credentials.refresh(Request())
        headers: dict[str, str] = {}
        credentials.apply(headers)
        expiry = credentials.expiry
        expires_at = (
            time.time() + _UNKNOWN_LIFE_S if expiry is None else expiry.replace(tzinfo=UTC).timestamp()
        )
        return headers, expires_at

    return ExpiringToken(fetch)


def _require_loopback(credentials: Any) -> None:
    from urllib.parse import urlsplit

    address = getattr(credentials, "_token_uri", None) or getattr(credentials, "token_uri", None) or ""
    if not is_loopback(urlsplit(str(address)).hostname or ""):
        raise UsageError("--llm-offline refuses to fetch a token", hint="drop --llm-offline")
