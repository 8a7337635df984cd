"""How much of a limit is used, how many calls it rejects, and whether any is lost.

Whole evaluations, over HTTP on loopback, of a server in another process that takes so many requests a minute.
A minute takes 60 / SPEED seconds on both sides: by the server's clock and by that of the throttle, and by no
other are limits told and kept. Started with ``python -m tests.benchmarks.limits_reached``; ends with status 1
where less than 95 % is used, 2 % or more are rejected, or a sample has no answer. A machine that others use
may be too slow for the speed: 600 requests a minute at speed 10 are 100 calls a second.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

import evalkit
from evalkit.models.pacing.throttle import Throttle
from tests.benchmarks.bench_suite import write_suite
from tests.limited_server import LIMITERS

LEAST_USED = 0.95
MOST_REJECTED = 0.02


@dataclass(frozen=True)
class Reached:
    """What one evaluation came to: answers over what the limit allows in the same time, rejected calls over
    all calls (shares, 0..1), samples without an answer."""

    used: float
    rejected: float
    n_lost: int

    @property
    def is_good(self) -> bool:
        return self.used >= LEAST_USED and self.rejected < MOST_REJECTED and self.n_lost == 0


@dataclass(frozen=True)
class Bench:
    """So many samples, so many requests a minute, and how much faster than a clock that is."""

    n_samples: int
    rpm: int
    speed: float
    folder: Path

    def run(self, kind: str, *, is_told: bool) -> Reached:
        """With the limit in the spec, or with nothing but what the server's headers say."""
        home = self.folder / f"{kind}-{is_told}"
        task = write_suite(home / "suite", self.n_samples)
        arguments = [kind, str(self.rpm), str(self.speed), "none" if is_told else "openai"]
        command = [sys.executable, "-m", "tests.benchmarks.limit_server", *arguments]
        with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as server:
            assert server.stdout is not None
            assert server.stdin is not None
            spec = f"openai/limited?base_url={server.stdout.readline().strip()}"
            spec += f"&rpm={self.rpm}" if is_told else ""
            results = evalkit.evaluate(
                str(task), models=[spec], store=str(home / "results.duckdb"), progress=False, cache="off"
            )
            answered = sum(row["error"] is None for row in results.samples.to_arrow().to_pylist())
            server.stdin.close()
            told = json.loads(server.stdout.readline())
        used = told["taken"] / told["minutes"] / self.rpm
        return Reached(used, told["rejected"] / (told["taken"] + told["rejected"]), self.n_samples - answered)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--samples", type=int, default=10_000)
    parser.add_argument("--rpm", type=int, default=600)
    parser.add_argument("--speed", type=float, default=10.0, help="minutes of the limit in 60 seconds")
    parser.add_argument("--kind", choices=sorted(LIMITERS), action="append", help="by default all")
    options = parser.parse_args()
    Throttle.speed = options.speed
    print(
        f"{options.samples:,} samples, {options.rpm} requests a minute, a minute in {60 / options.speed:g} s"
    )
    is_good = True
    with tempfile.TemporaryDirectory() as folder:
        bench = Bench(options.samples, options.rpm, options.speed, Path(folder))
        for kind in options.kind or LIMITERS:
            for is_told in (True, False):
                reached = bench.run(kind, is_told=is_told)
                source = "spec" if is_told else "headers"
                print(
                    f"{kind:8} limit from the {source:8} used {reached.used:6.1%}  rejected "
                    f"{reached.rejected:6.2%}  lost {reached.n_lost}",
                    flush=True,
                )
                is_good &= reached.is_good
    print(f"wanted: used {LEAST_USED:.0%} or more, rejected under {MOST_REJECTED:.0%}, none lost")
    sys.exit(not is_good)


if __name__ == "__main__":
    main()
