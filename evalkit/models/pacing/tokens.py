"""How many tokens a call will take, before it is made."""

from __future__ import annotations

from dataclasses import dataclass

from evalkit.core.request import Request
from evalkit.core.response import Response

#: Tokens of a character before anything is known: English text has about four characters to a token.
_TOKENS_A_CHAR = 0.25
#: Weight of the newest answer in a mean.
_NEWEST = 0.05


@dataclass(frozen=True, slots=True)
class Tokens:
    """Of one call. Those of the prompt that came from the provider's cache count apart: some limits leave
    them out."""

    prompt: float
    completion: float
    cached: float = 0.0


class TokenEstimate:
    """Learns from the usage of answers how long prompts are in tokens and how long answers are.

    An answer counts with ``max_tokens`` until one has come; from then on with the mean.
    """

    def __init__(self) -> None:
        self._a_char = _TOKENS_A_CHAR
        self._completion: float | None = None
        self._n = 0

    def of(self, request: Request) -> Tokens:
        """What a request will take."""
        prompt = self._a_char * _n_chars(request)
        if request.continuations is not None:
            return Tokens(prompt, 0.0)
        longest = float(request.generate.max_tokens)
        return Tokens(prompt, longest if self._completion is None else min(longest, self._completion))

    def learn(self, request: Request, response: Response) -> Tokens | None:
        """What it took, where the answer says so."""
        prompt, completion = response.prompt_tokens, response.completion_tokens
        if prompt is None:
            return None
        self._n += 1
        weight = max(_NEWEST, 1 / self._n)
        self._a_char += weight * (prompt / max(1, _n_chars(request)) - self._a_char)
        if completion is not None and request.continuations is None:
            mean = self._completion
            self._completion = completion if mean is None else mean + weight * (completion - mean)
        return Tokens(prompt, completion or 0, response.cached_tokens or 0)


def _n_chars(request: Request) -> int:
    """Of ranked choices each one is read behind the prompt."""
    n = len(request.text)
    if (choices := request.continuations) is None:
        return n
    return n * len(choices) + sum(map(len, choices))
