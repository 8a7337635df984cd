"""When a sample is over its limits, and when only the machine is over its own."""

from __future__ import annotations

from dataclasses import dataclass

import pytest

from evalkit.sandbox.inside import usage
from evalkit.sandbox.inside.sample import Sample

LIMITS = {"cpu_s": 3.0, "check_cpu_s": 10.0, "wall_s": 10.0, "processes": 4, "memory_mb": 64, "output_kb": 1}
PID = 4711


@dataclass
class Checker:
    """A checker that has used and waited as told."""

    cpu_s: float = 0.0
    waited_s: float = 0.0


@dataclass
class Machine:
    """What the kernel says of the program, which is nothing once it has gone."""

    cpu_s: float = 0.0
    waited_s: float = 0.0
    has_gone: bool = False


@pytest.fixture
def machine(monkeypatch: pytest.MonkeyPatch) -> Machine:
    told = Machine()
    monkeypatch.setattr(usage, "cpu_of", lambda pid: 0.0 if told.has_gone else told.cpu_s)
    monkeypatch.setattr(usage, "waited_of", lambda pid: 0.0 if told.has_gone else told.waited_s)
    monkeypatch.setattr(usage, "has_gone", lambda pid: told.has_gone)
    return told


def sample(checker: Checker | None = None) -> Sample:
    return Sample(1, LIMITS, checker or Checker(), -1, begun=0.0, pid=PID)  # type: ignore[arg-type]


def breach(one: Sample, now: float, used: usage.Usage | None = None) -> str | None:
    return one.breach(now, used or usage.Usage(), base_rss=0)


def test_cpu_time_decides_about_a_loop_and_the_clock_does_not(machine: Machine) -> None:
    machine.cpu_s = 2.9
    assert breach(sample(), 9.9) is None
    machine.cpu_s = 3.0
    assert breach(sample(), 3.1) == "timeout (CPU 3 s)"


def test_cpu_time_of_all_that_it_started_counts(machine: Machine) -> None:
    assert breach(sample(), 1.0, usage.Usage(cpu_s=3.5)) == "timeout (CPU 3 s)"


def test_a_sleeper_is_decided_by_the_clock(machine: Machine) -> None:
    assert breach(sample(), 9.9) is None
    assert breach(sample(), 10.0) == "timeout (waited 10 s)"


def test_the_clock_stands_still_while_the_program_waits_for_a_processor_or_its_checker(
    machine: Machine,
) -> None:
    machine.waited_s = 8.0
    assert breach(sample(), 17.9) is None
    assert breach(sample(), 18.1) == "timeout (waited 10 s)"
    assert breach(sample(Checker(cpu_s=5.0, waited_s=3.0)), 25.9) is None


def test_the_clock_does_not_jump_when_a_program_that_waited_for_a_processor_has_gone(
    machine: Machine,
) -> None:
    machine.waited_s = 9.0
    one = sample()
    assert breach(one, 10.5) is None
    machine.has_gone = True
    assert breach(one, 12.5) is None
    assert breach(one, 20.9) is None
    assert breach(one, 21.1) == "timeout (waited 10 s)"


def test_one_that_got_no_processor_is_given_back_undecided(machine: Machine) -> None:
    machine.waited_s = 39.0
    one = sample()
    assert breach(one, 39.9) is None
    assert breach(one, 40.0) == "starved"
    one.why = "starved"
    assert one.outcome()["status"] == "starved"


@pytest.mark.parametrize(
    ("used", "reason"),
    [
        (usage.Usage(tasks=6), "processes"),
        (usage.Usage(tasks=1, rss=(40 << 20, 40 << 20)), "memory"),
        (usage.Usage(tasks=1, rss=(60 << 20,)), None),
    ],
)
def test_processes_and_memory_of_all_together_are_bounded(
    machine: Machine, used: usage.Usage, reason: str | None
) -> None:
    assert breach(sample(), 1.0, used) == reason


def test_a_check_that_chokes_on_the_values_is_the_programs_fault(machine: Machine) -> None:
    assert breach(sample(Checker(cpu_s=10.0)), 1.0) == "timeout (the check on its values, CPU 10 s)"


def test_no_value_that_chokes_a_check_makes_a_sample_undecided(machine: Machine) -> None:
    checker = Checker(cpu_s=9.0)
    one = sample(checker)
    one.limits = {**LIMITS, "wall_s": 2.0}
    checker.waited_s = 1.0
    assert breach(one, 10.0) is None
    checker.cpu_s = 10.0
    assert breach(one, 11.0) == "timeout (the check on its values, CPU 10 s)"


def test_a_check_that_chokes_on_a_busy_machine_ends_at_its_own_limit_too(machine: Machine) -> None:
    checker = Checker(cpu_s=5.0, waited_s=15.0)
    one = sample(checker)
    one.limits = {**LIMITS, "wall_s": 2.0}
    assert breach(one, 20.5) is None
    checker.cpu_s, checker.waited_s = 10.0, 30.0
    assert breach(one, 40.5) == "timeout (the check on its values, CPU 10 s)"


def test_one_that_does_not_compute_is_called_asleep_once(machine: Machine) -> None:
    one = sample()
    looks = [one.fell_asleep(at / 10) for at in range(1, 8)]
    assert looks.count(True) == 1


def test_one_that_computes_or_waits_for_a_processor_is_not_asleep(machine: Machine) -> None:
    one = sample()
    for at in range(1, 8):
        machine.cpu_s = at / 20
        machine.waited_s = at / 20
        assert not one.fell_asleep(at / 10)


def test_a_program_that_is_gone_without_an_answer_fails_by_how_it_went(machine: Machine) -> None:
    for code, cpu_s, reason in (
        (0, 0.0, "exit"),
        (-11, 0.0, "crash (SIGSEGV)"),
        (-9, 3.0, "timeout (CPU 3 s)"),
    ):
        one = sample()
        one.verdict, one.ended, one.cpu_s = b'[true, "failed", "gone"]', code, cpu_s
        assert (one.outcome()["status"], one.outcome()["reason"]) == ("failed", reason)


def test_what_a_program_used_is_known_after_it_has_gone(machine: Machine) -> None:
    one = sample()
    one.ended, one.cpu_s = -9, 5.0
    assert breach(one, 6.0) == "timeout (CPU 3 s)"
    one.verdict = b'[true, "failed", "gone"]'
    assert one.outcome()["reason"] == "timeout (CPU 3 s)"


@pytest.mark.parametrize(("is_busy", "s"), [(False, 0.1), (True, 2.0)])
def test_a_program_that_has_its_verdict_may_come_to_writing_out_what_it_printed(
    monkeypatch: pytest.MonkeyPatch, is_busy: bool, s: float
) -> None:
    monkeypatch.setattr(usage, "is_busy", lambda pid: is_busy)
    one = sample()
    one.checked, one.checked_at = 0, 10.0
    assert [one.has_lingered(10.0 + share * s) for share in (0.9, 1.1)] == [False, True]


def test_a_checker_that_died_or_spoke_nonsense_says_nothing_about_the_program() -> None:
    for verdict in (b"", b'["pas'):
        one = sample()
        one.verdict, one.checked = verdict, -9
        assert one.outcome()["status"] == "undecided"


def test_output_is_kept_up_to_its_limit_and_no_further() -> None:
    one = sample()
    one.take_output(b"x" * 1024)
    assert not one.is_over_output
    one.take_output(b"x" * 100_000)
    assert one.is_over_output
    assert len(one.output) == 1025
