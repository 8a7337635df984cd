"""Log-likelihoods of given continuations from a server: by echoed prompts, or token by token."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from typing import Any, Protocol

from evalkit.core.request import Request
from evalkit.core.response import Response
from evalkit.errors import ModelError
from evalkit.models.completions import Prices
from evalkit.models.continuation import choice_response, continuation_tokens, split_pair
from evalkit.models.http import HttpClient
from evalkit.models.model import ModelSettings

_PROBE = "The quick brown fox jumps"

#: Far above any logit, so that the wanted token is the one that is chosen and reported.
_BIAS = 1000.0


class Strategy(Protocol):
    """One way to get log-likelihoods out of a server. Both methods raise ModelError."""

    async def probe(self) -> bool:
        """Whether the server really can, seen in its answers and not in its name."""
        ...

    async def logprobs(self, request: Request) -> tuple[list[float], int]:
        """Log-probability of each continuation, and the number of prompt tokens that were read."""
        ...


class ServerRanking:
    """Ranks choices at a server by the first strategy that it supports, found out once."""

    def __init__(
        self, http: HttpClient, name: str, settings: ModelSettings, secret: str | None, prices: Prices
    ) -> None:
        self._root = HttpClient(http.base_url.removesuffix("/v1"), settings, secret=secret)
        self._strategies: tuple[Strategy, ...] = (EchoStrategy(http, name), StepStrategy(self._root))
        self._where = http.base_url
        self._prices = prices
        self._chosen: Strategy | None = None
        self._lock = asyncio.Lock()

    async def rank(self, request: Request) -> Response:
        strategy = self._chosen or await self._choose()
        logprobs, n_tokens = await strategy.logprobs(request)
        return choice_response(
            request, logprobs, prompt_tokens=n_tokens, cost_usd=self._prices.cost_usd(n_tokens, 0)
        )

    async def close(self) -> None:
        await self._root.close()

    async def _choose(self) -> Strategy:
        async with self._lock:
            if self._chosen is None:
                self._chosen = await self._first_that_can()
            return self._chosen

    async def _first_that_can(self) -> Strategy:
        for strategy in self._strategies:
            try:
                if await strategy.probe():
                    return strategy
            except ModelError as error:
                if error.is_retryable:
                    raise
        raise ModelError(
            "the server gives no log-likelihoods of given texts: /completions neither echoes the prompt's "
            "logprobs (as vLLM does) nor is this llama.cpp's server",
            where=self._where,
            mend="use scoring: generate, or a server that can, or local/…",
        )


class EchoStrategy:
    """``/completions`` with ``echo``: the server scores the prompt itself (vLLM and its kin).

    One call for each sample: the bare context, which tells how many tokens it has, and context + continuation
    for each choice.
    """

    def __init__(self, http: HttpClient, name: str) -> None:
        self._http = http
        self._name = name

    async def probe(self) -> bool:
        choices = await self._echo([_PROBE])
        entry = choices[0].get("logprobs") or {}
        tokens, values = entry.get("tokens") or [], entry.get("token_logprobs") or []
        echoed = "".join(str(token) for token in tokens[:-1])
        return echoed.endswith(_PROBE) and len(values) == len(tokens) > 2 and values[0] is None

    async def logprobs(self, request: Request) -> tuple[list[float], int]:
        if request.has_roles:
            raise ModelError(
                "this server ranks bare texts only: it does not show how it lays out messages",
                mend="write the prompt without roles",
            )
        pairs = [split_pair(request.text, c) for c in request.continuations or ()]
        choices = await self._echo([pairs[0][0] or " ", *(context + rest for context, rest in pairs)])
        series = [_prompt_logprobs(choice) for choice in choices]
        n_context = len(series[0])
        values = [sum(continuation_values(one, n_context)) for one in series[1:]]
        return values, sum(map(len, series[1:]))

    async def _echo(self, prompts: Sequence[str]) -> list[Mapping[str, Any]]:
        body = {"model": self._name, "prompt": list(prompts), "max_tokens": 1, "temperature": 0}
        answer = await self._http.post("/completions", {**body, "echo": True, "logprobs": 1})
        choices = answer.get("choices") if isinstance(answer, dict) else None
        if not isinstance(choices, list) or len(choices) != len(prompts):
            raise ModelError(f"{len(prompts)} prompts were sent, the answer is {str(answer)[:120]}")
        return sorted(choices, key=lambda choice: choice.get("index", 0))


def _prompt_logprobs(choice: Mapping[str, Any]) -> list[float | None]:
    """The series of one echoed prompt, without the one token that had to be generated."""
    values = (choice.get("logprobs") or {}).get("token_logprobs") or []
    if len(values) < 2:
        raise ModelError("the server did not echo the prompt's logprobs")
    return list(values[:-1])


def continuation_values(series: Sequence[float | None], n_context: int) -> list[float]:
    """The values that belong to the continuation; raises ModelError where the server left one out."""
    values = series[n_context:]
    if not values or any(value is None for value in values):
        raise ModelError("the server gave no logprob for a token of a choice")
    return [float(value) for value in values if value is not None]


class StepStrategy:
    """llama.cpp's server: token by token, each wanted token forced by a bias that its logprob does not
    contain.
    """

    def __init__(self, root: HttpClient) -> None:
        self._http = root

    async def probe(self) -> bool:
        tokens = await self._tokenize(_PROBE)
        # A forced token far from likely: a server that reports probabilities after the bias says about 0.
        return await self._step(tokens[:-1], tokens[0]) < -0.01

    async def logprobs(self, request: Request) -> tuple[list[float], int]:
        text = await self._context(request)
        values, n_tokens = [], 0
        for choice in request.continuations or ():
            context, rest = split_pair(text, choice)
            prompt, whole = await self._tokenize(context), await self._tokenize(context + rest)
            value = 0.0
            for token in continuation_tokens(prompt, whole):
                value += await self._step(prompt, token)
                prompt = [*prompt, token]
            values.append(value)
            n_tokens += len(whole)
        return values, n_tokens

    async def _context(self, request: Request) -> str:
        if not request.has_roles:
            return request.text
        messages = [{"role": m.role, "content": m.content} for m in request.messages]
        return str((await self._http.post("/apply-template", {"messages": messages}))["prompt"])

    async def _tokenize(self, text: str) -> list[int]:
        body = {"content": text, "add_special": True, "parse_special": True}
        answer = await self._http.post("/tokenize", body)
        tokens = answer.get("tokens") if isinstance(answer, dict) else None
        if not tokens:
            raise ModelError("the server did not tokenize", where="/tokenize")
        return [int(token) for token in tokens]

    async def _step(self, prompt: Sequence[int], token: int) -> float:
        body = {"prompt": list(prompt), "n_predict": 1, "temperature": 0, "n_probs": 1}
        answer = await self._http.post("/completion", {**body, "logit_bias": [[token, _BIAS]]})
        try:
            seen = answer["completion_probabilities"][0]
        except (LookupError, TypeError):
            raise ModelError("the server gave no token probabilities", where="/completion") from None
        if seen["id"] != token:
            raise ModelError(f"token {token} was forced, the server took {seen['id']}", where="/completion")
        return float(seen["logprob"])
