"""A bound on requests in flight that grows until latency does, or the server rejects."""

from __future__ import annotations

import math
import time
from collections.abc import Callable

from evalkit.runner.limit import Limit

#: Requests in flight at the beginning, and how far they may grow, as multiples of what suits the provider.
_MOST_AT_FIRST = 16
_GROWTH = 8
#: Answers of a level before it is judged: so many for each request in flight, and so many at least.
_ANSWERS_EACH = 2
_ANSWERS_AT_LEAST = 16
#: The knee: where latency grows as the square root of what is in flight, throughput over latency is largest.
KNEE = 0.5
#: Steps: doubling at first, then by halves, and by an eighth above a level at which the server rejected.
_DOUBLE, _HALF, _EIGHTH = 2.0, 1.5, 1.125
#: Levels that are further apart than this can be told from each other.
_APART = 1.45
#: With fewer in flight than this share of the bound something else is what holds calls up.
_BUSY = 0.4
#: Times that a level is measured before another one is tried, at most.
_LONGEST_REST = 8


class AdaptiveLimit(Limit):
    """Grows while more in flight brings more answers, and halves on a rejected call.

    Latency is looked at level by level. Going from c to c' in flight, its elasticity is the change of the
    mean of ln(latency) over ln(c'/c): 0 where the server has room, 1 where requests do nothing but wait for
    each other; by Little's law that of throughput is 1 less it. The bound rests below 0.5, where throughput
    over latency is largest ("power": Kleinrock, "Power and deterministic rules of thumb for probabilistic
    problems in computer communications", ICC 1979), and tries one more step and one less now and then, for
    servers change. Steps are those of TCP: doubling at first, half when a request is lost, small ones above
    the level at which that was (Jacobson, "Congestion avoidance and control", SIGCOMM 1988). To find the
    bound by latency is the idea of TCP Vegas (Brakmo and Peterson, 1995), which concurrency-limits of
    Netflix took up for services; it compares with the shortest latency, or a slow mean, which say little
    where answers differ in length as those of models do.

    Args:
        n_suits: requests in flight that suit the provider.
        clock: seconds, for tests.
    """

    def __init__(self, n_suits: int, clock: Callable[[], float] = time.monotonic) -> None:
        super().__init__(n_suits * _GROWTH)
        self.current = min(n_suits, _MOST_AT_FIRST)
        self._clock = clock
        self._slow_above = math.inf
        self._is_halved = False
        self._low: tuple[int, float] | None = None
        self._is_resting = False
        self._n_rests, self._n_rests_left = 1, 0
        self._is_up_next = True
        self._tried_from: tuple[int, float] | None = None
        self._begin()

    def on_success(self, latency_s: float | None = None) -> None:
        """A request went through, and took so long; calls of a level before do not count."""
        now = self._clock()
        latency_s = max(latency_s or 0.0, 1e-6)
        if now - latency_s < self._began_at:
            return
        self._is_halved = False
        self._n += 1
        self._sum_s += latency_s
        self._sum_log += math.log(latency_s)
        if self._n >= max(_ANSWERS_AT_LEAST, _ANSWERS_EACH * self.current):
            is_busy = self._sum_s >= _BUSY * self.current * (now - self._began_at)
            measured = self.current, self._sum_log / self._n
            if is_busy:
                self._compare(measured)
            self._begin()

    def on_throttled(self) -> None:
        """The server rejected a call: halve, once for all requests that were in flight together."""
        if self._is_halved:
            return
        self._is_halved = True
        self._slow_above = max(1, self.current // 2)
        self._low, self._is_resting, self._tried_from = None, False, None
        self._change(max(1, self.current // 2))

    def _change(self, current: int) -> None:
        super()._change(min(self.n_max, max(1, current)))
        self._begin()

    def _begin(self) -> None:
        self._began_at = self._clock()
        self._n, self._sum_s, self._sum_log = 0, 0.0, 0.0

    def _compare(self, measured: tuple[int, float]) -> None:
        """A level is known: which one is next."""
        if self._tried_from is not None:
            self._compare_with_rest(self._tried_from, measured)
        elif self._is_resting:
            self._rest(measured)
        elif self._low is None or measured[0] < _APART * self._low[0]:
            self._low = self._low or measured
            self._grow()
        elif elasticity(self._low, measured) < KNEE:
            self._low = measured
            self._grow()
        else:
            self._settle(self._low[0])

    def _grow(self) -> None:
        factor = _DOUBLE if self.current < self._slow_above else _EIGHTH
        self._change(max(self.current + 1, int(self.current * factor)))

    def _settle(self, current: int) -> None:
        self._is_resting, self._tried_from = True, None
        self._n_rests_left = self._n_rests
        self._change(current)

    def _rest(self, measured: tuple[int, float]) -> None:
        self._n_rests_left -= 1
        if self._n_rests_left > 0:
            return
        current = self.current
        up = min(self.n_max, math.ceil(current * _HALF))
        down = max(1, round(current / _HALF))
        tried = up if self._is_up_next else down
        self._is_up_next = not self._is_up_next
        if tried != current:
            self._tried_from = measured
            self._change(tried)

    def _compare_with_rest(self, rest: tuple[int, float], tried: tuple[int, float]) -> None:
        """Whether to stay where one more step, or one less, led."""
        low, high = sorted((rest, tried))
        better = low if elasticity(low, high) >= KNEE else high
        is_moved = better is tried
        self._n_rests = 1 if is_moved else min(_LONGEST_REST, 2 * self._n_rests)
        if is_moved:  # On the way somewhere: go on.
            self._is_up_next = tried[0] > rest[0]
        self._settle(better[0])


def elasticity(low: tuple[int, float], high: tuple[int, float]) -> float:
    """Of latency: (requests in flight, mean of ln(latency)) of two levels."""
    return (high[1] - low[1]) / math.log(high[0] / low[0])
