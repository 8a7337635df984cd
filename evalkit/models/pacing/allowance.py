"""When the next request may go, so that one limit of the server is used up and never passed."""

from __future__ import annotations

from collections import deque
from math import floor, inf

from evalkit.models.pacing.quota import Quota
from evalkit.models.pacing.rate_limits import MINUTE_S

#: Share of a limit that is used: what is left is for times on the way, which are not all the same.
USED = 0.98
#: Part of a window whose slots may be made up for when they were missed.
_LATE = 1 / 60
#: Where the server says that less than this share is left, others use the limit too.
_SCARCE = 0.04
#: Part of a window after which an empty limit is tried again, should its end not be known.
_TRY_AGAIN = 1 / 20
#: Rejections within this part of a window say that the pace is too fast; a single one may be chance.
_CLOSE = 1 / 2
_EASED = 0.85
_RECOVERED = 0.4
_SLOWEST = 0.02


class Allowance:
    """The pace of one limit: a generic cell rate algorithm (ITU-T I.371), corrected by what the server says.

    Requests are spread evenly, 98 % of the limit over the window; slots of the last sixtieth of a window that
    nobody took are made up for. In no window of that length, whenever it begins, do more than ``limit`` units
    go: fixed windows, sliding windows and buckets that hold a minute reject none, wherever their windows
    begin. One that holds a second rejects what is made up for at most.

    What the server says is left (``hear``) slows the pace where others use the same limit, and rejections
    (``reject``) do where it says nothing: by a seventh each time, growing again by two fifths of the limit in
    a window.

    Args:
        limit: units in a window, > 0.
        window_s: its length; None where it is unknown. Then it is taken to be the longest time that the
            server needed to be whole again, and the pace is never above what is left over the time left.
        now: seconds of any clock; later calls give the time of the same clock.
        is_weighted: costs differ (tokens), so that evenly spread ones may still be too many in a window;
            their sum is looked at then.
        is_learned: nobody told the limit, so that it may turn out to be larger.
    """

    def __init__(
        self,
        limit: float,
        window_s: float | None,
        now: float,
        *,
        is_weighted: bool = False,
        is_learned: bool = False,
    ) -> None:
        self.limit = limit
        self._is_guessed = window_s is None
        self._window_s = window_s or 0.0
        self._recent = _Recent() if is_weighted and not self._is_guessed else None
        self._heard: _Heard | None = None
        self._ease, self._ease_at = 1.0, now
        self._most = inf if is_learned else 1.0
        self._rejected_at = -inf
        self._taken_at = now
        self._next_at = now + self._late_s(now)

    def wait_s(self, cost: float, now: float) -> float:
        """Seconds until ``cost`` units may go; 0 or less: now."""
        wait_s = self._next_at - self._late_s(now) - now
        if self._recent is not None:
            wait_s = max(wait_s, self._recent.wait_s(cost, self.limit, self._window_s * 1.01, now))
        if self._heard is not None:
            wait_s = max(wait_s, self._scarcity_s(self._heard, cost, now))
        return wait_s

    def take(self, cost: float, now: float) -> None:
        """``cost`` units go."""
        self._next_at = max(self._next_at, now) + cost * self._each_s(now)
        if self._recent is not None:
            self._recent.add(cost, now)
        if (heard := self._heard) is not None:
            if heard.left < cost:
                heard.at = now
            heard.left = max(0.0, heard.left - cost)
        self._taken_at = now

    def correct(self, difference: float, now: float) -> None:
        """What was taken before cost so much more, or less, than was thought."""
        self._next_at += difference * self._each_s(now)
        if self._recent is not None:
            self._recent.correct(difference)

    def hear(self, quota: Quota, now: float, bound: float | None = None) -> None:
        """The server said how things stand; a user's own ``bound`` is never passed."""
        self.limit = quota.limit if bound is None else min(bound, quota.limit)
        if quota.is_bucket:
            self._recent = None
        if self._is_guessed:
            self._window_s = max(self._window_s, quota.reset_s or 0.0)
        if quota.remaining is None or quota.reset_s is None:
            self._heard = None
        else:
            self._heard = _Heard(quota.remaining, now + quota.reset_s, now)

    def reject(self, sent_at: float, now: float) -> None:
        """The server rejected a request that went at ``sent_at``, though the pace was kept."""
        before = self._rejected_at
        if sent_at < before:  # it was on its way when the pace changed
            return
        self._rejected_at = now
        if now - before < _CLOSE * self._period_s:
            self._ease, self._ease_at = max(_SLOWEST, self._eased(now) * _EASED), now

    def pause(self, until: float) -> None:
        """Nothing goes until then, and slots that are missed meanwhile are not made up for."""
        self._next_at = max(self._next_at, until + self._late_s(until))

    @property
    def _period_s(self) -> float:
        """In which the pace adapts."""
        return MINUTE_S if self._is_guessed else self._window_s

    def _each_s(self, now: float) -> float:
        """Seconds for one unit."""
        return self._window_s / (USED * self.limit * self._eased(now))

    def _eased(self, now: float) -> float:
        if self._ease == self._most:
            return 1.0
        return min(self._most, self._ease + _RECOVERED * (now - self._ease_at) / self._period_s)

    def _late_s(self, now: float) -> float:
        """How late a slot may still be taken."""
        units = self.limit * _LATE
        return (units if self._recent is not None else floor(units)) * self._each_s(now)

    def _scarcity_s(self, heard: _Heard, cost: float, now: float) -> float:
        """Seconds to wait because of what is left: it shall last until the limit is whole again."""
        if now >= heard.reset_at:
            return 0.0
        if heard.left < cost:
            return min(heard.reset_at, heard.at + _TRY_AGAIN * self._period_s) - now
        if heard.left >= _SCARCE * self.limit and not self._is_guessed:
            return 0.0
        return self._taken_at + cost * (heard.reset_at - now) / heard.left - now


class _Heard:
    """What the server said last: so much is left until then."""

    __slots__ = ("at", "left", "reset_at")

    def __init__(self, left: float, reset_at: float, at: float) -> None:
        self.left = left
        self.reset_at = reset_at
        self.at = at


class _Recent:
    """What went within the last window."""

    def __init__(self) -> None:
        self._taken: deque[tuple[float, float]] = deque()
        self._sum = 0.0

    def add(self, cost: float, now: float) -> None:
        self._taken.append((now, cost))
        self._sum += cost

    def correct(self, difference: float) -> None:
        """Without saying which one it was: the sum is what counts, and the difference leaves it with the
        newest."""
        if self._taken:
            at, cost = self._taken[-1]
            self._taken[-1] = at, cost + difference
            self._sum += difference

    def wait_s(self, cost: float, limit: float, window_s: float, now: float) -> float:
        """Until enough is older than a window. What alone is more than the limit has to go some time, too."""
        taken = self._taken
        while taken and taken[0][0] <= now - window_s:
            self._sum -= taken.popleft()[1]
        excess, free_at = self._sum + cost - limit, now
        for at, each in taken:
            if excess <= 0:
                break
            excess -= each
            free_at = at + window_s
        return free_at - now
