"""All limits of one model: requests and tokens, as the user and the server say them."""

from __future__ import annotations

from collections.abc import Iterable

from evalkit.core.request import Request
from evalkit.core.response import Response
from evalkit.models.pacing.allowance import Allowance
from evalkit.models.pacing.quota import Quota, Unit
from evalkit.models.pacing.rate_limits import MINUTE_S, RateLimits
from evalkit.models.pacing.tokens import TokenEstimate, Tokens

#: Longer windows set no pace: a day's requests may be asked in an hour.
_LONGEST_S = 3600.0
#: A limit by the minute is whole again within this time; one that needs longer is that of a day.
_MINUTE_AT_MOST_S = 61.0

_WORDS: dict[Unit, str] = {
    "requests": "requests",
    "tokens": "tokens",
    "input_tokens": "tokens of prompts",
    "output_tokens": "tokens of answers",
}

#: What is counted, and in which window in seconds (None where it is not told).
_Key = tuple[Unit, float | None]


class Limits:
    """Holds a call until each limit has room for it.

    Attributes:
        is_learned: nobody told a limit: the pace is what rejections leave.
    """

    def __init__(self, rates: RateLimits, now: float) -> None:
        self.is_learned = False
        self._bounds: dict[_Key, float] = {}
        if rates.rpm is not None:
            self._bounds["requests", MINUTE_S] = rates.rpm
        if rates.tpm is not None:
            self._bounds["tokens", MINUTE_S] = rates.tpm
        self._allowances = {key: _allowance(key, bound, now) for key, bound in self._bounds.items()}
        self._estimate = TokenEstimate()
        self._ruling: _Key | None = next(iter(self._allowances), None)

    @property
    def has_pace(self) -> bool:
        """Whether there is a limit that calls are spread over."""
        return bool(self._allowances)

    @property
    def text(self) -> str | None:
        """The limit that a call waited for last, for people."""
        if self._ruling is None or (allowance := self._allowances.get(self._ruling)) is None:
            return None
        if self.is_learned:
            return "what it takes without rejecting"
        unit, window_s = self._ruling
        what = f"{allowance.limit:,.0f} {_WORDS[unit]}"
        if window_s is None:
            return what
        return f"{what} a minute" if window_s == MINUTE_S else f"{what} in {window_s:g} s"

    def wait_s(self, request: Request, now: float) -> float:
        """Seconds until the call may go; 0 or less: now."""
        tokens = self._tokens(request)
        longest = 0.0
        for key, allowance in self._allowances.items():
            wait_s = allowance.wait_s(_cost(key[0], tokens), now)
            if wait_s > longest:
                longest, self._ruling = wait_s, key
        return longest

    def take(self, request: Request, now: float) -> Tokens | None:
        """The call goes; returns the tokens that it counts with, where tokens are counted."""
        tokens = self._tokens(request)
        for (unit, _), allowance in self._allowances.items():
            allowance.take(_cost(unit, tokens), now)
        return tokens

    def settle(self, request: Request, response: Response, thought: Tokens, now: float) -> None:
        """It came back: what it took is known where the answer says so."""
        took = self._estimate.learn(request, response)
        if took is None:
            return
        for (unit, _), allowance in self._allowances.items():
            if unit != "requests":
                allowance.correct(_cost(unit, took) - _cost(unit, thought), now)

    def reject(self, sent_at: float, now: float) -> None:
        """The server rejected a call. Which limit did so is not said, so that all go more slowly."""
        for allowance in self._allowances.values():
            allowance.reject(sent_at, now)

    def pause(self, until: float) -> None:
        """Nothing goes until then."""
        for allowance in self._allowances.values():
            allowance.pause(until)

    def learn(self, rpm: float, now: float) -> None:
        """Nothing is told, and so many requests a minute were too many."""
        key: _Key = "requests", MINUTE_S
        self._allowances[key] = Allowance(rpm, MINUTE_S, now, is_learned=True)
        self._ruling, self.is_learned = key, True

    def hear(self, quotas: Iterable[Quota], now: float) -> None:
        """What the server said with an answer."""
        if self.is_learned:
            self._allowances.clear()
            self.is_learned = False
        for quota in quotas:
            key = quota.unit, quota.window_s
            if _is_of_a_day(quota):
                if key not in self._bounds:
                    self._allowances.pop(key, None)
                continue
            if key not in self._allowances:
                self._allowances[key] = _allowance(key, quota.limit, now)
            self._allowances[key].hear(quota, now, self._bounds.get(key))

    def _tokens(self, request: Request) -> Tokens | None:
        """Thought of only where a limit counts them."""
        counts = any(unit != "requests" for unit, _ in self._allowances)
        return self._estimate.of(request) if counts else None


def _allowance(key: _Key, limit: float, now: float) -> Allowance:
    return Allowance(limit, key[1], now, is_weighted=key[0] != "requests")


def _is_of_a_day(quota: Quota) -> bool:
    """Whether it is a limit that calls are not spread over."""
    reset_s = quota.reset_s or 0.0
    if quota.window_s == MINUTE_S:
        return reset_s > _MINUTE_AT_MOST_S
    return max(reset_s, quota.window_s or 0.0) > _LONGEST_S


def _cost(unit: Unit, tokens: Tokens | None) -> float:
    if unit == "requests" or tokens is None:
        return 1.0
    if unit == "tokens":
        return tokens.prompt + tokens.completion
    return tokens.prompt - tokens.cached if unit == "input_tokens" else tokens.completion
