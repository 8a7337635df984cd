"""``openai/NAME[?base_url=…]``: OpenAI itself and every server that speaks its protocol."""

from __future__ import annotations

import os
from collections.abc import Mapping
from typing import Any

from evalkit.core.request import Request
from evalkit.core.response import Response
from evalkit.core.subject import ModelSpec
from evalkit.errors import ModelSpecError
from evalkit.models.completions import Completions, Overrides, Prices
from evalkit.models.http import HttpClient
from evalkit.models.model import ModelSettings
from evalkit.models.parameters import Parameters
from evalkit.models.server_ranking import ServerRanking

OFFICIAL_URL = "https://api.openai.com/v1"
KEY_VARIABLE = "OPENAI_API_KEY"

#: Raised whenever this adapter asks the same question in other words, so that cached answers are not mixed.
ADAPTER_VERSION = 1


class OpenAIModel:
    """A model behind the OpenAI protocol.

    Spec parameters: ``base_url``, ``chat`` (0: bare text to /completions), ``temperature`` (a number or
    ``none``), ``top_p``, ``max_tokens``, ``seed``, ``input_usd_per_mtok``, ``output_usd_per_mtok``,
    ``revision``, ``api_key_env`` (the variable that holds the key; a server of one's own gets none unless
    this is given).
    """

    default_concurrency = 16

    def __init__(self, spec: ModelSpec, settings: ModelSettings) -> None:
        parameters = Parameters(spec)
        self.spec = spec
        self.base_url = _base_url(parameters.text("base_url"))
        self._pinned = parameters.text("revision")
        self._is_chat = parameters.flag("chat") is not False
        self._overrides = Overrides.read(parameters)
        prices = Prices(parameters.number("input_usd_per_mtok"), parameters.number("output_usd_per_mtok"))
        secret = _secret(spec, self.base_url, parameters.text("api_key_env"))
        parameters.finish()
        self._http = HttpClient(self.base_url, settings, secret=secret)
        self._completions = Completions(
            self._http,
            spec.name,
            is_chat=self._is_chat,
            overrides=self._overrides,
            prices=prices,
            # Newer models of OpenAI refuse the old name; other servers may not know the new one.
            max_tokens_key="max_completion_tokens" if self._is_official and self._is_chat else "max_tokens",
        )
        self._ranking = ServerRanking(self._http, spec.name, settings, secret, prices)

    @property
    def _is_official(self) -> bool:
        return self.base_url == OFFICIAL_URL

    @property
    def revision(self) -> str | None:
        return self._pinned or self._completions.reported

    @property
    def params(self) -> Mapping[str, Any]:
        return {"base_url": self.base_url, "chat": self._is_chat, **self._overrides.as_dict()}

    @property
    def cache_identity(self) -> Mapping[str, Any]:
        # The pinned revision only: what a server reports is not known before the first answer.
        identity = {"provider": "openai", "name": self.spec.name, "revision": self._pinned}
        return {**identity, "adapter": ADAPTER_VERSION, **self.params}

    async def start(self) -> None:
        await self._http.start()

    async def respond(self, request: Request) -> Response:
        if request.continuations is not None:
            return await self._ranking.rank(request)
        return await self._completions.generate(request)

    async def close(self) -> None:
        await self._http.close()
        await self._ranking.close()


def open_model(spec: ModelSpec, settings: ModelSettings) -> OpenAIModel:
    """The registry's factory."""
    return OpenAIModel(spec, settings)


def _base_url(text: str | None) -> str:
    """What was given, with the ``/v1`` that people leave out."""
    if text is None:
        return OFFICIAL_URL
    url = text.rstrip("/")
    return url if url.count("/") > 2 else url + "/v1"


def _secret(spec: ModelSpec, base_url: str, variable: str | None) -> str | None:
    """The key. Only OpenAI itself is sent OpenAI's key: a foreign server gets one when it is named."""
    if variable is None and base_url != OFFICIAL_URL:
        return None
    variable = variable or KEY_VARIABLE
    secret = os.environ.get(variable, "").strip()
    if not secret:
        raise ModelSpecError(
            f"the environment variable {variable} is not set",
            where=spec.text,
            mend=f"export {variable}=…, or name a server of your own with ?base_url=http://…",
        )
    return secret
