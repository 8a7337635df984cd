"""``make soak``: drives many more sessions than the tests do, and prints how many and what it found.

python -m tests.laws.soak --examples 200 --steps 12 --seed 1
"""

from __future__ import annotations

import argparse
import sys
import time
from typing import Any

from hypothesis import HealthCheck, Phase, seed, settings
from hypothesis.stateful import RuleBasedStateMachine, run_state_machine_as_test
from tqdm import tqdm

from tests.laws.baseline_file import zygote
from tests.laws.machine import Sessions
from tests.laws.paid.machine import PaidSessions

#: A project with an application of its own, and one whose model is paid for over the wire.
DRIVES: dict[str, type[RuleBasedStateMachine]] = {"sessions": Sessions, "paid": PaidSessions}


def main() -> int:
    parser = argparse.ArgumentParser()
    parser.add_argument("--examples", type=int, default=200, help="projects")
    parser.add_argument("--steps", type=int, default=12, help="edits, sessions and attacks of each")
    parser.add_argument("--seed", type=int, default=None)
    parser.add_argument("--drive", choices=list(DRIVES), default="sessions", help="which project is driven")
    parser.add_argument("--no-shrink", action="store_true", help="show the first finding as it came")
    arguments = parser.parse_args()
    phases = [Phase.explicit, Phase.generate] + ([] if arguments.no_shrink else [Phase.shrink])
    chosen = settings(
        max_examples=arguments.examples,
        stateful_step_count=arguments.steps,
        deadline=None,
        database=None,
        phases=phases,
        print_blob=False,
        suppress_health_check=list(HealthCheck),
    )
    progress = tqdm(total=arguments.examples, unit=" projects", mininterval=2)

    machine: Any = DRIVES[arguments.drive]

    class Told(machine):  # type: ignore[misc]
        """Says how far it is."""

        def teardown(self) -> None:
            super().teardown()
            progress.update()
            progress.set_postfix_str(f"{zygote().n_runs:,} sessions and commands")

    case: type[RuleBasedStateMachine] = Told
    if arguments.seed is not None:
        case = seed(arguments.seed)(case)
    start = time.monotonic()
    try:
        run_state_machine_as_test(case, settings=chosen)
        status = 0
    except Exception as error:
        print(
            f"found: {type(error).__name__}: {error}",
            *getattr(error, "__notes__", ()),
            sep="\n",
            file=sys.stderr,
        )
        status = 1
    progress.close()
    minutes = (time.monotonic() - start) / 60
    print(f"{zygote().n_runs:,} sessions and commands in {minutes:.1f} minutes, status {status}")
    return status


if __name__ == "__main__":
    sys.exit(main())
