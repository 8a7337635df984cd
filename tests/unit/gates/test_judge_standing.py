"""Whether a gate may rest on a judge."""

from __future__ import annotations

from dataclasses import replace

import pytest

from evalkit.comparisons.comparable import Side
from evalkit.core.gate import MetricSpec
from evalkit.core.judge_calibration import JudgeCalibration
from evalkit.core.judge_condition import JudgeCondition
from evalkit.core.verdict import Verdict
from evalkit.gates.deciding.compared import Measured, Refused
from evalkit.gates.deciding.conclude import decide_session
from evalkit.gates.deciding.judge_standing import JudgeStanding, held_compared, held_own
from evalkit.gates.deciding.prepare import prepare_regression
from evalkit.gates.regression import RegressionGate
from tests.unit.gates.metric_doubles import ACCURACY, observe

DAY = 86_400.0
NOW = 1_000 * DAY
ASKED = JudgeCondition(0.6)
RECORD = JudgeCalibration(
    "c", NOW - 10 * DAY, "qa", "judge", "judge(…)", "openai/judge", "j-1", "labels.jsonl", 200, 2, 0.9, 0.72,
    0.58, 0.83, 0.71,
)  # fmt: skip
STANDING = JudgeStanding("judge", [RECORD], "evalkit judge calibrate qa.eval.yaml --labels FILE", ["j-1"])


def why_not(condition: JudgeCondition | None = ASKED, standing: JudgeStanding = STANDING) -> str | None:
    return standing.why_not(condition, NOW)


def test_a_fresh_record_above_the_kappa_lets_it_decide() -> None:
    assert why_not() is None


def test_nothing_is_asked_without_a_condition() -> None:
    bare = replace(STANDING, records=[])
    assert why_not(None, bare) is None
    assert why_not(JudgeCondition(), bare) is None


@pytest.mark.parametrize(
    ("condition", "change", "what"),
    [
        (ASKED, {"records": []}, "was never calibrated against people as it judges now"),
        (
            JudgeCondition(0.8),
            {},
            "agrees too little with people: kappa 0.720 [0.580, 0.830] on 200 labels, min_k",
        ),
        (
            JudgeCondition(0.6, proven=True),
            {},
            "kappa 0.720 [0.580, 0.830] on 200 labels, min_kappa 0.6, proven",
        ),
        (JudgeCondition(0.6, 9.0), {}, "was calibrated 10 days ago, more than max_age_days 9"),
        (ASKED, {"revisions": ["j-2"]}, "was calibrated as j-1, and judged as j-2"),
        (ASKED, {"revisions": ["j-1", "j-2"]}, "changed on the way: j-1 and j-2 judged in one run"),
        (ASKED, {"revisions": [None]}, "was calibrated as j-1, and judged as a revision it does not name"),
        (ASKED, {"records": [replace(RECORD, kappa=None)]}, "has no kappa"),
        (
            ASKED,
            {"records": [replace(RECORD, n_labels=2, kappa=1.0, kappa_low=-0.3, kappa_high=1.0)]},
            "may agree with people by chance alone: kappa 1.000 [-0.300, 1.000] on 2 labels, min_kappa 0.6",
        ),
        (
            ASKED,
            {"records": [replace(RECORD, created_at=NOW, kappa=0.3), RECORD]},
            "agrees too little with people: kappa 0.300",
        ),
    ],
)
def test_what_is_missing_is_said_with_the_command(
    condition: JudgeCondition, change: dict[str, object], what: str
) -> None:
    refusal = why_not(condition, replace(STANDING, **change))  # type: ignore[arg-type]
    assert refusal is not None
    assert what in refusal
    run = "Change its rubric or take another judge, then run" if "kappa 0." in what else "Run"
    run = "Label more responses, then run" if "by chance" in what else run
    assert refusal.endswith(f". {run}: evalkit judge calibrate qa.eval.yaml --labels FILE.")


def test_who_calibrated_by_reviews_is_told_to_do_so_again() -> None:
    refusal = why_not(
        replace(ASKED, min_kappa=0.9), replace(STANDING, records=[replace(RECORD, source="reviews")])
    )
    assert refusal is not None
    assert refusal.endswith("qa.eval.yaml --labels reviews.")


def test_before_the_first_answer_any_revision_will_do() -> None:
    assert why_not(standing=replace(STANDING, revisions=None)) is None


def test_a_refused_gate_of_its_own_is_undecided_whatever_the_number_and_an_error_stays_one() -> None:
    for outcome in ("pass", "fail", "undecided"):
        held = held_own(Verdict("g", outcome, "0.9."), "Refused.", "")
        assert held.verdict == "undecided"
        assert held.detail == "Refused. What the judge says, which decides nothing: 0.9."
    assert held_own(Verdict("g", "error", "broken"), "Refused.", "").verdict == "error"


def test_a_verdict_says_what_it_rests_on() -> None:
    held = held_own(Verdict("g", "pass", "0.9."), None, STANDING.remark())
    assert held.verdict == "pass"
    assert held.detail.endswith("Rests on the judge alone: kappa 0.720 [0.580, 0.830] on 200 labels.")
    assert "was not measured" in replace(STANDING, records=[]).remark()


def test_a_refused_gate_takes_no_alpha_from_the_others() -> None:
    gate = RegressionGate(MetricSpec("accuracy"))
    after, before = (Side(observe(values), "t", "d") for values in ([0.0] * 6 + [1.0] * 34, [1.0] * 40))
    worse = prepare_regression(gate, ACCURACY, after, before)
    refused = held_compared(worse, "Refused.", "")
    assert isinstance(worse, Measured)
    assert isinstance(refused, Refused)
    alone, with_refused = decide_session([worse])[0], decide_session([worse, refused])
    assert with_refused[0] == alone
    assert with_refused[1].verdict == "undecided"
    assert with_refused[1].p_value is None
    assert with_refused[1].comparison is not None
    assert not with_refused[1].comparison.is_worse
