"""Log-likelihoods of given continuations from a server: by echoed prompts, or token by token."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from evalkit.core.request import Request
from evalkit.core.response import Response
from evalkit.errors import ModelError
from evalkit.models.continuation import choice_response, continuation_tokens, split_pair
from evalkit.models.wire.http import JsonClient

_PROBE = "The quick brown fox jumps"

#: Far above any logit, so that the wanted token is the one that is chosen and reported.
_BIAS = 1000.0


@dataclass(frozen=True, slots=True)
class Ranked:
    """Log-probability and tokens of each continuation, and all tokens that were read."""

    logprobs: list[float]
    choice_tokens: list[int]
    prompt_tokens: int


class Strategy(Protocol):
    """One way to get log-likelihoods out of a server. Both methods raise ModelError."""

    async def probe(self) -> bool:
        """Whether the server really can, seen in its answers and not in its name."""
        ...

    async def logprobs(self, request: Request) -> Ranked:
        """What the server says of each continuation."""
        ...


class OpenAiRanking:
    """Ranks choices at a server by the first strategy that it supports, found out once.

    Args:
        client: of the base URL that ends in ``/v1``.
        name: what the server calls the model.
    """

    def __init__(self, client: JsonClient, name: str) -> None:
        self._strategies: tuple[Strategy, ...] = (EchoStrategy(client, name), StepStrategy(client))
        self._chosen: Strategy | None = None
        self._lock = asyncio.Lock()

    async def rank(self, request: Request) -> Response:
        """The likeliest choice. Raises ModelError, final where the server cannot rank at all."""
        strategy = self._chosen or await self._choose()
        ranked = await strategy.logprobs(request)
        return choice_response(
            request,
            ranked.logprobs,
            choice_tokens=ranked.choice_tokens,
            prompt_tokens=ranked.prompt_tokens,
        )

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
                if error.is_retryable or error.kind in ("key", "forbidden"):
                    raise
        raise ModelError(
            "the server cannot return log-likelihoods of given texts: /completions does not echo the "
            "prompt's logprobs (as vLLM's does), and it is not a llama.cpp server",
            kind="missing",
            hint="use scoring: generate, or a server or local/… model that can",
        )


class EchoStrategy:
    """``/completions`` with ``echo``: the server scores the prompt itself (vLLM and its kin).

    One call for each sample: the bare context, which tells how many tokens it has, and context + continuation
    for each choice.
    """

    def __init__(self, client: JsonClient, name: str) -> None:
        self._client = client
        self._name = name

    async def probe(self) -> bool:
        """Some servers take ``echo`` and ignore it: the echoed tokens must spell the prompt."""
        entry = (await self._echo([_PROBE]))[0].get("logprobs") or {}
        tokens, values = entry.get("tokens") or [], entry.get("token_logprobs") or []
        echoed = "".join(str(token) for token in tokens[:-1])
        return echoed.endswith(_PROBE) and len(values) == len(tokens) > 2 and values[0] is None

    async def logprobs(self, request: Request) -> Ranked:
        if request.has_roles:
            raise ModelError(
                "this server ranks bare texts only: it does not show how it lays out messages",
                hint="write the prompt without roles",
            )
        pairs = [split_pair(request.text, choice) for choice in request.continuations or ()]
        choices = await self._echo([pairs[0][0], *(context + rest for context, rest in pairs)])
        series = [_prompt_logprobs(choice) for choice in choices]
        n_context = len(series[0])
        values = [_continuation_logprobs(one, n_context) for one in series[1:]]
        return Ranked([sum(v) for v in values], [len(v) for v in values], sum(map(len, series)))

    async def _echo(self, prompts: Sequence[str]) -> list[Mapping[str, Any]]:
        body = {"model": self._name, "prompt": list(prompts), "max_tokens": 1, "temperature": 0}
        answer = await self._client.post("completions", {**body, "echo": True, "logprobs": 1})
        choices = answer.get("choices") if isinstance(answer, dict) else None
        if not isinstance(choices, list) or len(choices) != len(prompts):
            raise ModelError(f"{len(prompts)} prompts were sent, the server answered {str(answer)[:120]}")
        return sorted(choices, key=lambda choice: choice.get("index", 0))


def _prompt_logprobs(choice: Mapping[str, Any]) -> list[float | None]:
    """The series of one echoed prompt, without the one token that had to be generated."""
    values = (choice.get("logprobs") or {}).get("token_logprobs") or []
    if len(values) < 2:
        raise ModelError("the server did not echo the prompt's logprobs")
    return list(values[:-1])


def _continuation_logprobs(series: Sequence[float | None], n_context: int) -> list[float]:
    values = [value for value in series[n_context:] if value is not None]
    if not values or len(values) != len(series) - n_context:
        raise ModelError("the server gave no logprob for a token of a choice")
    return values


class StepStrategy:
    """llama.cpp's server: token by token, each wanted token forced by a bias that its logprob leaves out."""

    def __init__(self, client: JsonClient) -> None:
        self._client = client

    async def probe(self) -> bool:
        """A forced token that is far from likely: a server that reports after the bias says about 0."""
        tokens = await self._tokenize(_PROBE)
        return await self._step(tokens[:-1], tokens[0]) < -0.01

    async def logprobs(self, request: Request) -> Ranked:
        text = await chat_text(self._client, request) if request.has_roles else request.text
        values, counts, n_read = [], [], 0
        for choice in request.continuations or ():
            context, rest = split_pair(text, choice)
            prompt, whole = await self._tokenize(context), await self._tokenize(context + rest)
            tokens, value = continuation_tokens(prompt, whole), 0.0
            for i, token in enumerate(tokens):
                value += await self._step([*prompt, *tokens[:i]], token)
            values.append(value)
            counts.append(len(tokens))
            n_read += len(whole)
        return Ranked(values, counts, n_read)

    async def _tokenize(self, text: str) -> list[int]:
        body = {"content": text, "add_special": True, "parse_special": True}
        answer = await self._client.post("/tokenize", body)
        tokens = answer.get("tokens") if isinstance(answer, dict) else None
        if not tokens:
            raise ModelError("the server did not tokenize")
        return [int(token) for token in tokens]

    async def _step(self, prompt: Sequence[int], token: int) -> float:
        body = {"prompt": list(prompt), "n_predict": 1, "temperature": 0, "n_probs": 1}
        answer = await self._client.post("/completion", {**body, "logit_bias": [[token, _BIAS]]})
        try:
            seen = answer["completion_probabilities"][0]
            taken, logprob = seen["id"], float(seen["logprob"])
        except (LookupError, TypeError, ValueError):
            raise ModelError("the server gave no token probabilities") from None
        if taken != token:
            raise ModelError(f"token {token} was forced, the server took {taken}")
        return logprob


async def chat_text(client: JsonClient, request: Request) -> str:
    """The messages as a llama.cpp server's chat template lays them out, up to the assistant's turn."""
    messages = [{"role": message.role, "content": message.content} for message in request.messages]
    answer = await client.post("/apply-template", {"messages": messages})
    try:
        return str(answer["prompt"])
    except (LookupError, TypeError):
        raise ModelError("the server did not apply its chat template") from None
