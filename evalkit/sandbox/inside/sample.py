"""One sample as its supervisor sees it: what it has used, what it has said, what became of it."""

from __future__ import annotations

import json
import os
import signal
import time
from dataclasses import dataclass, field
from typing import Any

from . import usage
from .checkers import CheckerProcess

_MB = 1 << 20
#: The clock may show this many times the limit before a sample that got no processor is given back undecided.
_MOST_STRETCH = 4
#: What of its output is passed on, in bytes.
_KEPT_OUTPUT = 16 << 10
#: What a program that has its verdict gets to write out what it printed, in seconds; and on a machine so busy
#: that it is still at it, or has not come to it.
_GOODBYE_S = 0.1
_GOODBYE_BUSY_S = 2.0
#: A sample that used less than this share of a processor since it was last looked at is asleep.
_ASLEEP_SHARE = 0.2
#: For how long a sample is watched before it can be called asleep, in seconds.
_WATCHED_S = 0.06


@dataclass
class Sample:
    """In flight. ``ended`` is the exit code of the program, ``checked`` that of a checker that died, or 0;
    ``seen_at`` is when the program was last seen at work, None once it has gone."""

    number: int
    limits: dict[str, Any]
    checker: CheckerProcess
    output_fd: int
    begun: float = field(default_factory=time.monotonic)
    pid: int = 0
    verdict: bytes = b""
    ended: int | None = None
    checked: int | None = None
    checked_at: float = 0.0
    cpu_s: float = 0.0
    waited_s: float = 0.0
    seen_at: float | None = None
    why: str | None = None
    output: bytearray = field(default_factory=bytearray)
    is_asleep: bool = False
    is_answered: bool = False
    seen: tuple[float, float] = (0.0, 0.0)

    def __post_init__(self) -> None:
        self.seen_at = self.begun

    def take_output(self, chunk: bytes) -> bool:
        """Keep what it printed, up to the limit and no further; False at the end."""
        room = self.limits["output_kb"] * 1024 + 1 - len(self.output)
        self.output += chunk[:room]
        return bool(chunk)

    def drain(self) -> None:
        """Take what is left in the pipe."""
        try:
            while self.take_output(os.read(self.output_fd, 1 << 16)) and not self.is_over_output:
                pass
        except BlockingIOError:
            pass

    @property
    def is_over_output(self) -> bool:
        """Whether it printed more than it may."""
        return len(self.output) > int(self.limits["output_kb"]) * 1024

    def breach(self, now: float, used: usage.Usage, base_rss: int) -> str | None:
        """The limit that it has gone beyond, or None."""
        limits = self.limits
        self.cpu_s = max(self.cpu_s, usage.cpu_of(self.pid), used.cpu_s)
        if self.cpu_s >= limits["cpu_s"]:
            return f"timeout (CPU {limits['cpu_s']:g} s)"
        if used.tasks > limits["processes"] + 1:
            return "processes"
        if sum(max(0, each - base_rss) for each in used.rss) > limits["memory_mb"] * _MB:
            return "memory"
        check_s = self.checker.cpu_s
        if check_s >= limits["check_cpu_s"]:
            return f"timeout (the check on its values, CPU {limits['check_cpu_s']:g} s)"
        # The clock stands still for a program that waits for a processor or for its checker.
        waits = self._waited(now) + self.checker.waited_s + check_s
        if now - self.begun < limits["wall_s"]:
            return None
        if now - self.begun - waits >= limits["wall_s"]:
            return f"timeout (waited {limits['wall_s']:g} s)"
        # While its checker computes, or would, nobody starves: values that choke it end at its own limit.
        starved_s = now - self.begun - check_s - self.checker.waited_s
        return "starved" if starved_s >= _MOST_STRETCH * limits["wall_s"] else None

    def _waited(self, now: float) -> float:
        """Seconds for which it was ready to run and got no processor.

        Once it has gone nobody knows any more: then what was known, and the time until that was noticed.
        """
        waited = usage.waited_of(self.pid)
        if not usage.has_gone(self.pid):
            self.waited_s, self.seen_at = waited, now
        elif self.seen_at is not None:
            self.waited_s += now - self.seen_at
            self.seen_at = None
        return self.waited_s

    def has_lingered(self, now: float) -> bool:
        """Whether it has had its time since the verdict to write out what it printed and go."""
        since = now - self.checked_at
        return since > (_GOODBYE_BUSY_S if usage.is_busy(self.pid) else _GOODBYE_S)

    def fell_asleep(self, now: float) -> bool:
        """Whether it is the first time that it is seen without work, so that others can have its place."""
        wanted = self.cpu_s + self.checker.cpu_s + usage.waited_of(self.pid)
        since, before = self.seen
        if self.is_asleep or now - max(since, self.begun) < _WATCHED_S:
            return False
        self.seen = (now, wanted)
        self.is_asleep = since > 0 and wanted - before < _ASLEEP_SHARE * (now - since)
        return self.is_asleep

    @property
    def can_be_answered(self) -> bool:
        """Whether the verdict stands and all output is there, or the program is gone; said once."""
        if self.checked is None or self.is_answered:
            return False
        has_said_all = self.output_fd < 0 and self.why is None and not self.verdict.endswith(b'"gone"]')
        return self.ended is not None or (has_said_all and bool(self.verdict))

    def outcome(self) -> dict[str, Any]:
        """What evalkit is told."""
        status, reason = self._judged()
        if self.ended is None:
            self.cpu_s = max(self.cpu_s, usage.cpu_of(self.pid))
        return {
            "id": self.number,
            "status": status,
            "reason": reason,
            "cpu_s": self.cpu_s,
            "wall_s": time.monotonic() - self.begun,
            "output": self.output[:_KEPT_OUTPUT].decode("utf-8", "replace"),
        }

    def _judged(self) -> tuple[str, str]:
        if self.why == "starved":
            return "starved", f"got no processor in {_MOST_STRETCH * self.limits['wall_s']:g} s"
        if self.why is not None:
            return "failed", self.why
        if not self.verdict:
            return "undecided", f"the checker died ({_death(self.checked or 0)})"
        try:
            _, status, reason = json.loads(self.verdict)
        except ValueError:
            return "undecided", "the checker spoke nonsense: the check changes what it runs on"
        return status, self._end() if reason == "gone" else reason

    def _end(self) -> str:
        """Why the program went away."""
        code = self.ended or 0
        if code == -signal.SIGKILL and self.cpu_s >= self.limits["cpu_s"]:
            return f"timeout (CPU {self.limits['cpu_s']:g} s)"
        return "exit" if code >= 0 else f"crash ({_death(code)})"


def _death(code: int) -> str:
    if code >= 0:
        return f"exit status {code}"
    try:
        return signal.Signals(-code).name
    except ValueError:
        return f"signal {-code}"
