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
from tests.laws.candidates.machine import CandidateSessions
from tests.laws.judged.machine import JudgedSessions
from tests.laws.machine import Sessions
from tests.laws.paid.machine import PaidSessions

#: A project with an application of its own, one whose model is paid for over the wire, one with several
#: candidates, and one whose answers judges and people judge.
DRIVES: dict[str, type[RuleBasedStateMachine]] = {
    "sessions": Sessions,
    "paid": PaidSessions,
    "candidates": CandidateSessions,
    "judged": JudgedSessions,
}


def main() -> int:
    parser = argparse.ArgumentParser()
    parser.add_argument("--examples", type=int, default=200, help="projects, over all drives")
    parser.add_argument("--steps", type=int, default=12, help="edits, sessions and attacks of each")
    parser.add_argument("--seed", type=int, default=None)
    parser.add_argument("--drive", choices=list(DRIVES), help="only this one")
    parser.add_argument("--no-shrink", action="store_true", help="show the first finding as it came")
    arguments = parser.parse_args()
    cases = list(DRIVES.values()) if arguments.drive is None else [DRIVES[arguments.drive]]
    cases = cases[: arguments.examples]  # fewer projects than drives: the first ones
    start = time.monotonic()
    with tqdm(total=arguments.examples, unit=" projects", mininterval=2) as progress:
        shares = [
            arguments.examples // len(cases) + (i < arguments.examples % len(cases))
            for i in range(len(cases))
        ]
        is_found = [_finds(case, n, arguments, progress) for case, n in zip(cases, shares, strict=True)]
    status, minutes = int(any(is_found)), (time.monotonic() - start) / 60
    print(f"{zygote().n_runs:,} sessions and commands in {minutes:.1f} minutes, status {status}")
    return status


def _finds(
    drive: type[RuleBasedStateMachine], n: int, arguments: argparse.Namespace, progress: tqdm[Any]
) -> bool:
    """Whether ``n`` projects of a drive find anything; it is printed."""
    chosen = settings(
        max_examples=n,
        stateful_step_count=arguments.steps,
        deadline=None,
        database=None,
        phases=[Phase.explicit, Phase.generate] + ([] if arguments.no_shrink else [Phase.shrink]),
        print_blob=False,
        suppress_health_check=list(HealthCheck),
    )

    def teardown(self: Any) -> None:
        drive.teardown(self)
        progress.update()
        progress.set_postfix_str(f"{zygote().n_runs:,} sessions and commands")

    case = type(drive.__name__, (drive,), {"teardown": teardown})
    if arguments.seed is not None:
        case = seed(arguments.seed)(case)
    try:
        run_state_machine_as_test(case, settings=chosen)
    except Exception as error:
        print(
            f"found: {type(error).__name__}: {error}",
            *getattr(error, "__notes__", ()),
            sep="\n",
            file=sys.stderr,
        )
        return True
    return False


if __name__ == "__main__":
    sys.exit(main())
