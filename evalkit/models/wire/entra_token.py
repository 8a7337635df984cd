"""Tokens of Microsoft Entra ID for Azure OpenAI: azure-identity gives the token alone."""

from __future__ import annotations

import os
from collections.abc import Mapping
from importlib.util import find_spec
from typing import Any
from urllib.parse import urlsplit

from evalkit.errors import UsageError
from evalkit.models.wire.expiring_token import ExpiringToken
from evalkit.models.wire.proxy import is_loopback

_SCOPE = "https://cognitiveservices.azure.com/.default"


def entra_token(*, is_offline: bool) -> ExpiringToken:
    """Of the first credential that azure-identity finds, looked for at the first call. Raises
    ModuleNotFoundError without azure-identity, which is imported no sooner either."""
    if find_spec("azure") is None or find_spec("azure.identity") is None:
        raise ModuleNotFoundError("azure-identity is not installed", name="azure-identity")
    found: list[Any] = []

    def fetch() -> tuple[Mapping[str, str], float]:
        from azure.identity import DefaultAzureCredential

        # Where a machine of Azure gives tokens itself, it says at which address.
        asked = urlsplit(os.environ.get("IDENTITY_ENDPOINT", "")).hostname or ""
        if is_offline and not is_loopback(asked):
            raise UsageError("--llm-offline refuses to fetch a token", hint="drop --llm-offline")
        if not found:
            found.append(DefaultAzureCredential())
        token = found[0].get_token(_SCOPE)
        return {"Authorization": f"Bearer {token.token}"}, float(token.expires_on)

    return ExpiringToken(fetch)
