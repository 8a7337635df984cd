"""``make soak-faults``: plants each fault of ``tests.laws.faults`` and drives until a law's check finds it.

python -m tests.laws.planted --examples 60 --only "tags steer pytest"
python -m tests.laws.planted --only "a batch costs the whole price" --rules batch --steps 3
"""

from __future__ import annotations

import argparse
import inspect
import os
import sys
import time
import traceback

from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis import strategies as st
from hypothesis.stateful import RULE_MARKER, RuleBasedStateMachine, run_state_machine_as_test

from tests.laws import doors, laws
from tests.laws.baseline_file import zygote
from tests.laws.candidates import laws as candidate_laws
from tests.laws.candidates.faults import CANDIDATE_FAULTS
from tests.laws.candidates.machine import CandidateSessions
from tests.laws.faults import FAULTS
from tests.laws.judged import laws as judged_laws
from tests.laws.judged.faults import JUDGED_FAULTS
from tests.laws.judged.machine import JudgedSessions
from tests.laws.judged.ways import WAYS
from tests.laws.machine import Sessions
from tests.laws.paid import laws as paid_laws
from tests.laws.paid.faults import PAID_FAULTS
from tests.laws.paid.machine import PaidSessions

#: Fault -> the drive that has to find it, and the law, None where several may.
_WHERE: dict[str, tuple[type[RuleBasedStateMachine], str | None]] = {
    **dict.fromkeys(FAULTS, (Sessions, None)),
    **{name: (PaidSessions, law) for name, (_, law) in PAID_FAULTS.items()},
    **{name: (CandidateSessions, law) for name, (_, law) in CANDIDATE_FAULTS.items()},
    **{name: (JudgedSessions, law) for name, (_, law) in JUDGED_FAULTS.items()},
    "a budget has no end": (Sessions, "budgets_are_kept"),
}
_LAWS = frozenset(
    (*laws.__all__, *doors.__all__, *paid_laws.__all__, *candidate_laws.__all__, *judged_laws.__all__)
)


def main() -> int:
    parser = argparse.ArgumentParser()
    parser.add_argument("--examples", type=int, default=60, help="projects, at most, for each fault")
    parser.add_argument("--steps", type=int, default=10, help="edits, sessions and attacks of each")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--only", choices=list(_WHERE), help="this fault alone")
    parser.add_argument(
        "--rules", nargs="+", metavar="RULE", help="these of the drive alone: minutes, not hours"
    )
    arguments = parser.parse_args()
    missed = []
    for name in [arguments.only] if arguments.only else list(_WHERE):
        os.environ["EVALKIT_LAWS_FAULT"] = name
        case, due = _WHERE[name]
        case = case if arguments.rules is None else _of_rules(case, arguments.rules)
        found, law = _walked(name) if name in WAYS and arguments.rules is None else _drive(case, arguments)
        is_found = law is not None and due in (None, law)
        missed += [] if is_found else [name]
        print(f"{name:<42} {'' if is_found else 'NOT FOUND '}{found}", flush=True)
    return 1 if missed else 0


def _of_rules(case: type[RuleBasedStateMachine], names: list[str]) -> type[RuleBasedStateMachine]:
    """The drive with these rules alone."""
    known = [name for name, value in inspect.getmembers(case) if hasattr(value, RULE_MARKER)]
    unknown = sorted(set(names) - set(known))
    if unknown:
        raise SystemExit(f"{case.__name__} has no rule {', '.join(unknown)}; there are {', '.join(known)}")
    return type(case.__name__, (case,), {name: None for name in known if name not in names})


def _walked(name: str) -> tuple[str, str | None]:
    """The same by the shortest way to a fault that chance meets late."""
    before, start = zygote().n_runs, time.monotonic()

    @settings(max_examples=1, deadline=None, database=None, phases=[Phase.generate])
    @given(st.none())
    def once(_: None) -> None:
        drive = JudgedSessions()
        try:
            WAYS[name](drive)
        finally:
            drive.teardown()

    try:
        once()
    except AssertionError as error:
        return _told(error, before, start)
    return "", None


def _drive(case: type[RuleBasedStateMachine], arguments: argparse.Namespace) -> tuple[str, str | None]:
    """What was found first, with the sessions and seconds that it took, and the law that found it."""
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
        run_state_machine_as_test(seed(arguments.seed)(case), settings=chosen)
        return "", None
    except BaseException as error:
        if isinstance(error, KeyboardInterrupt):
            raise
        if not isinstance(_first(error), AssertionError):  # the drive itself broke: no law did
            raise
        return _told(_first(error), before, start)


def _told(error: BaseException, before: int, start: float) -> tuple[str, str]:
    n, seconds = zygote().n_runs - before, time.monotonic() - start
    first, law = " ".join(str(error).split())[:90], _law_of(error)
    return f"{n:4d} sessions, {seconds:4.0f} s: {law}: {first}", law


def _law_of(error: BaseException) -> str:
    """The law that raised it; ``drive`` where the drive itself asserts that a session may go on."""
    names = [frame.name for frame in traceback.extract_tb(error.__traceback__)]
    return next((name for name in names[::-1] if name in _LAWS), "drive")


def _first(error: BaseException) -> BaseException:
    while isinstance(error, BaseExceptionGroup):
        error = error.exceptions[0]
    return error


if __name__ == "__main__":
    sys.exit(main())
