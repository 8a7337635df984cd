"""``make soak-faults``: plants each fault of ``tests.laws.faults`` and drives until a law's check finds it.

python -m tests.laws.planted --examples 60 --only "tags steer pytest"
"""

from __future__ import annotations

import argparse
import os
import sys
import time

from hypothesis import HealthCheck, Phase, seed, settings
from hypothesis.stateful import run_state_machine_as_test

from tests.laws import machine
from tests.laws.baseline_file import zygote
from tests.laws.faults import FAULTS


def main() -> int:
    parser = argparse.ArgumentParser()
    parser.add_argument("--examples", type=int, default=60, help="projects, at most, for each fault")
    parser.add_argument("--steps", type=int, default=10, help="edits, sessions and attacks of each")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--only", choices=list(FAULTS), help="this fault alone")
    arguments = parser.parse_args()
    missed = []
    for name in [arguments.only] if arguments.only else list(FAULTS):
        os.environ["EVALKIT_LAWS_FAULT"] = name
        found = _drive(arguments)
        missed += [] if found else [name]
        print(f"{name:<42} {found or 'NOT FOUND'}", flush=True)
    return 1 if missed else 0


def _drive(arguments: argparse.Namespace) -> str | None:
    """What was found first, with the sessions and seconds that it took."""
    chosen = settings(
        max_examples=arguments.examples,
        stateful_step_count=arguments.steps,
        deadline=None,
        database=None,
        phases=[Phase.generate],
        print_blob=False,
        report_multiple_bugs=False,  # the first finding is the answer: a hang costs its patience each time
        suppress_health_check=list(HealthCheck),
    )
    before, start = zygote().n_runs, time.monotonic()
    try:
        run_state_machine_as_test(seed(arguments.seed)(machine.Sessions), settings=chosen)
        return None
    except BaseException as error:
        if isinstance(error, KeyboardInterrupt):
            raise
        if not isinstance(_first(error), AssertionError):  # the drive itself broke: no law did
            raise
        n, seconds = zygote().n_runs - before, time.monotonic() - start
        first = " ".join(str(_first(error)).split())[:90]
        return f"{n:4d} sessions, {seconds:4.0f} s: {first}"


def _first(error: BaseException) -> BaseException:
    while isinstance(error, BaseExceptionGroup):
        error = error.exceptions[0]
    return error


if __name__ == "__main__":
    sys.exit(main())
