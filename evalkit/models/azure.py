"""``azure/DEPLOYMENT?base_url=https://NAME.openai.azure.com``: OpenAI's models on Azure."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace
from typing import Any
from urllib.parse import quote, urlsplit

from evalkit.core.subject import ModelSpec
from evalkit.errors import ModelSpecError
from evalkit.models.model import ModelSettings
from evalkit.models.openai import OPENAI, OpenAiModel, responses_model
from evalkit.models.spec_params import flag, one_of
from evalkit.models.wire.http import JsonClient
from evalkit.models.wire.http_model import Vendor
from evalkit.models.wire.openai_sampling import SwitchedModel, lacks_of

VENDOR = Vendor(
    "azure",
    key_env="AZURE_OPENAI_API_KEY",
    key_headers=lambda key: {"api-key": key},
    params={
        "api_version": str,
        "auth": one_of("key", "entra"),
        "model": str,
        "api": one_of("chat", "responses"),
        "summary": flag,
    },
    carries=OPENAI.carries,
    # With status 400: the prompt is against the policy of the deployment.
    filter_codes=frozenset({"content_filter"}),
    extra="azure",
    batches=True,
)

#: Hosts that are Azure's own, and so may have the key.
_HOST = re.compile(r"[\w-]+(\.[\w-]+)*\.(azure\.(com|us|cn)|azure-api\.(net|us|cn))")


def open_model(spec: ModelSpec, settings: ModelSettings) -> SwitchedModel:
    """``?api_version=`` takes the address of deployments, without it that of the API's version 1.
    ``?auth=entra`` sends a token of azure-identity's; ``?model=`` says what is deployed."""
    params = VENDOR.read(spec)
    known_as = params.get("model")
    vendor = VENDOR if known_as is None else replace(VENDOR, lacks=lacks_of(known_as))
    is_responses = params.get("api") == "responses"
    if is_responses and "api_version" in params:
        raise ModelSpecError(
            f"{spec.provider}/{spec.name}: responses have no address of deployments",
            hint="leave api_version out",
        )
    client = _client(vendor, spec, settings, params)
    if is_responses:
        return responses_model(spec, client, vendor, params, known_as)
    model = OpenAiModel(spec, client, params, None, vendor, known_as)
    model.limit_key = "max_completion_tokens"
    if "api_version" in params:
        model.query = f"?api-version={quote(params['api_version'])}"
    return model


def _client(
    vendor: Vendor, spec: ModelSpec, settings: ModelSettings, params: Mapping[str, Any]
) -> JsonClient:
    address = _address(spec, params)
    placed = {**params, "base_url": address}
    if params.get("auth") == "entra":
        from evalkit.models.wire.entra_token import entra_token

        token = entra_token(is_offline=settings.is_offline)
        client = vendor.client(spec, settings, placed, token)
        token.keep_secret = client.keep_secret
        return client
    if "api_key_env" not in params and _HOST.fullmatch(urlsplit(address).hostname or ""):
        placed["api_key_env"] = vendor.key_env
    return vendor.client(spec, settings, placed)


def _address(spec: ModelSpec, params: Mapping[str, Any]) -> str:
    """Below which ``chat/completions`` stands."""
    root = params["base_url"].rstrip("/").removesuffix("/openai/v1").removesuffix("/openai")
    if "api_version" in params:
        return f"{root}/openai/deployments/{quote(spec.name, safe='')}"
    return f"{root}/openai/v1"
