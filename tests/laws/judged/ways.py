"""The shortest ways to faults that a drive at random meets once in many projects."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from tests.laws.judged.machine import ALL, JudgedSessions


def _begun(drive: JudgedSessions, *, is_bound: bool = False) -> None:
    drive.begin(8, 6, ("good", "bad"), is_bound)


def _by_another_rubric(drive: JudgedSessions) -> None:
    _begun(drive)
    drive.changed("rubric", 1)


def _by_another_revision(drive: JudgedSessions) -> None:
    """What failed at first is asked again, and is said by another one then."""
    drive.begin(8, 6, ("half", "good"), False)
    drive.changed("revision", 2)


def _half_fails(drive: JudgedSessions) -> None:
    drive.begin(8, 6, ("half", "half"), False)
    drive.session(None, "evalkit", 2, [], None)


def _labelled_then_another_subject(drive: JudgedSessions) -> None:
    _begun(drive)
    drive.session(None, "evalkit", 1, [], None)
    drive.review(ALL, is_killed=False, has_undo=False, share=1.0)
    drive.session(("change", "subject", "subject-b"), "evalkit", 1, [], None)


def _calibrated_then_another_judge(drive: JudgedSessions) -> None:
    _begun(drive, is_bound=True)
    drive.session(None, "evalkit", 1, [], None)
    drive.calibrate(None, is_labelled=True)
    drive.session(("change", "judge", "judge-poor"), "evalkit", 1, [], None)


#: Name of a fault to what meets it; others are met soon by chance.
WAYS: Mapping[str, Callable[[JudgedSessions], None]] = {
    "a judgement that failed counts in a mean": _half_fails,
    "a calibration counts for any judge": _calibrated_then_another_judge,
    "a label counts for any text": _labelled_then_another_subject,
    "a changed judge is compared": _by_another_rubric,
    "another revision is the same judge": _by_another_revision,
}
