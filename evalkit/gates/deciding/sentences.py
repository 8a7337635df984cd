"""The details of regression verdicts: numbers first, then what they mean, then what to do."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

from evalkit.comparisons.wording import about, in_groups, interval, level, number, p_text, percent
from evalkit.core.estimate import Comparison, JudgeNoise, WithinSampleNoise
from evalkit.core.text import plural
from evalkit.core.verdict import GateResult

if TYPE_CHECKING:  # sentences of gates that compare nothing stand here too
    from evalkit.gates.deciding.family import Standing
    from evalkit.gates.regression import RegressionGate


def regression(
    gate: RegressionGate,
    outcome: GateResult,
    shown: Comparison,
    is_higher_better: bool,
    standing: Standing,
    *,
    fails_alone: bool = False,
) -> str:
    """The detail of a decided gate. ``shown`` is at the level the verdict rests on; ``fails_alone`` is
    whether the gate would fail if no other shared its alpha."""
    parts = [_numbers(shown, is_higher_better, standing)]
    if shown.correction is not None:
        from evalkit.gates.deciding.correction_words import of_difference  # where people labelled answers

        parts.append(of_difference(shown, shown.correction, is_higher_better))
    if outcome == "pass":
        parts.append(_why_pass(gate, shown))
    elif outcome == "fail":
        parts.append(_why_fail(gate, shown, standing))
    else:
        parts.append(_why_undecided(gate, shown, standing, fails_alone=fails_alone))
    if shown.within_sample_noise is not None and outcome != "pass":
        parts.append(within_sample_noise(shown.within_sample_noise, shown))
    if shown.judge_noise is not None:
        parts.append(judge_noise(shown.judge_noise))
    if shown.worst is not None and shown.best is not None:
        parts.append(_missing(gate, shown, is_higher_better))
    if shown.n_unpaired:
        parts.append(f"{plural(shown.n_unpaired, 'sample')} failed or on one side only, not paired.")
    return " ".join(parts)


def _missing(gate: RegressionGate, shown: Comparison, is_higher_better: bool) -> str:
    """Between which ends the difference lies, whatever the answers that failed would have been."""
    assert shown.worst is not None
    assert shown.best is not None
    sign = 1 if is_higher_better else -1
    worst, best = number(sign * shown.worst), number(sign * shown.best)
    first = "Failed answers count against the candidate" if gate.missing == "worst" else "Some answers failed"
    return f"{first}: whatever they would have been, it is {worst} at the worst, {best} at the best."


def within_sample_noise(noise: WithinSampleNoise, shown: Comparison) -> str:
    """What of the difference is answers that vary by themselves, and what narrows its interval."""
    again = f"asking each sample again would move the difference by ±{number(noise.rerun_sd)}"
    if noise.expected_changes is not None:
        first = f"{_changes_by_themselves(noise, shown)}; {again}."
    else:
        share = f"{100 * noise.variance_share:.0f} %"
        first = f"{share} of this variance is answers that vary by themselves; {again}."
    if noise.variance_share >= 0.5:
        return f"{first} Repeats (--llm-repeats) take that away without new samples."
    return f"{first} Repeats take away no more than that, more samples help."


def judge_noise(noise: JudgeNoise) -> str:
    """What of the difference is judges that vary by themselves, and what narrows its interval."""
    share = f"{100 * noise.variance_share:.0f} %"
    again = f"judging the same answers again would move the difference by ±{number(noise.rejudge_sd)}"
    first = f"{share} of this variance is the judge's: {again}."
    more = " More rounds (--llm-judge-repeats) take that away without new samples."
    return f"{first}{more}" if noise.variance_share >= 0.5 else first


def _changes_by_themselves(noise: WithinSampleNoise, shown: Comparison) -> str:
    assert noise.expected_changes is not None
    n_changed = shown.n_wins + shown.n_losses
    expected = min(round(noise.expected_changes), n_changed)
    many = f"about {expected}" if expected else "none" if not noise.expected_changes else "hardly any"
    if noise.n_known < shown.n:
        many += f", going by the {noise.n_known:,} with earlier answers,"
    text = f"{many} of the {plural(n_changed, 'sample')} that changed would have changed by themselves"
    return text[0].upper() + text[1:]


def no_baseline(gate: RegressionGate) -> str:
    return (
        f"{gate.metric.label} has no baseline yet: this run is recorded as the first, nothing was compared."
    )


def unlike(differing: Sequence[tuple[str, str, str]], seen: Iterable[str] = ()) -> str:
    """Each (name, baseline's value, candidate's value) that keeps the two runs apart, and what is ``seen`` of
    it."""
    pairs = "; ".join(f"{name} differs: baseline {old}, candidate {new}" for name, old, new in differing)
    told = "; ".join(seen)
    return (
        f"Not comparable, {pairs}{f' ({told})' if told else ''}. Run the baseline again as the task is now."
    )


def too_many_failed(side: str, n_failed: int, n_total: int, max_error_rate: float, first: str | None) -> str:
    reason = f"; first: {first}" if first else ""
    return (
        f"{n_failed:,} of {plural(n_total, 'response')} of the {side} failed ({percent(n_failed / n_total)}, "
        f"max_error_rate {percent(max_error_rate)}){reason}."
    )


def too_many_cut(side: str, n_cut: int, n_total: int, max_truncated_rate: float, enough: int | None) -> str:
    """``enough``: tokens at which few enough would be cut, None where nothing says so."""
    wanted = f"to about {enough:,}" if enough is not None else "to more"
    return (
        f"{n_cut:,} of {plural(n_total, 'response')} of the {side} were cut at max_tokens "
        f"({percent(n_cut / n_total)}, max_truncated_rate {percent(max_truncated_rate)}): a cut answer "
        f"is not a wrong answer. Set generate: {{max_tokens: …}} {wanted}."
    )


def too_little_common(common: str, share: float, min_common: float) -> str:
    """``common`` says which samples are the same on both sides."""
    return (
        f"{common} That is {percent(share)} of the samples, min_common {percent(min_common)}. "
        "Run the baseline again as the dataset is now."
    )


def stopped(n_seen: int, n_total: int, confidence: float) -> str:
    """How far a task was asked, and what ended it; ``confidence`` is that of the confidence sequence."""
    seen = f"{n_seen:,} of {plural(n_total, 'sample')}"
    return f"Stopped after {seen} by the {percent(confidence)} confidence sequence."


def asked_to_the_end(share: float, *, is_cut: bool = False) -> str:
    """``share`` is the part of alpha that the looks before the end have spent; ``is_cut``: a budget came
    before the end."""
    looks = f"he looks before have spent {percent(share)} of alpha."
    return f"T{looks}" if is_cut else f"Asked to the end; t{looks}"


def rerun_hopeless(share: float) -> str:
    """``share`` of the variance of the difference is the samples' own."""
    what = "Own noise of what can be asked again is"
    return f"{what} {100 * share:.0f} % of the variance: asking again is not likely to decide this."


def rerun_unlikely(n: int) -> str:
    return f"Asking again {plural(n, 'time')} is not likely to decide this."


def rerun_too_dear(price: int, left: int) -> str:
    """What deciding the gate would take, and the requests that are left."""
    return f"Asking again might decide this: {plural(price, 'request')}, {left:,} left of --llm-rerun."


def rerun_failed(n_failed: int, n: int) -> str:
    return f"Asked again, but {n_failed:,} of {plural(n, 'further answer')} failed: no second look."


def rerun_second_look(share: float, n: int) -> str:
    """The look after ``n`` further answers."""
    return f"Second look, at {100 * share:.0f} % of alpha, after {plural(n, 'further answer')}."


def rerun_first_look(share: float) -> str:
    return f"First of two looks, at {percent(share)} of alpha."


def rerun_never(reason: str) -> str:
    """Known before the first answer, so that the gate has all of alpha."""
    return f"Not asked again: {reason}."


def _numbers(shown: Comparison, is_higher_better: bool, standing: Standing) -> str:
    raw = shown.candidate - shown.baseline
    low, high = (shown.low, shown.high) if is_higher_better else (-shown.high, -shown.low)
    old, new = number(shown.baseline), number(shown.candidate)
    moved = "no change" if raw == 0 else f"{'up' if raw > 0 else 'down'} {number(abs(raw))}"
    test = shown.method.partition(",")[0]
    direction = "" if is_higher_better else ", lower is better"
    paired = plural(shown.n, "paired sample") + in_groups(shown.n_groups)
    p_value = p_text(standing.p_value)
    if standing.n_gates > 1:
        p_value += f" adjusted over {standing.n_gates} gates"
    return (
        f"{shown.metric} {new}, baseline {old}: {moved} {interval(low, high)} on {paired} "
        f"({level(shown)}; {p_value}, {test}{direction})."
    )


def _why_pass(gate: RegressionGate, shown: Comparison) -> str:
    if gate.is_two_sided:
        moved = "Worse than the baseline, and" if shown.is_worse else "Any difference is"
        moved = "Better than the baseline, and" if shown.is_better else moved
        return f"{moved} within the margin of {gate.margin:g} both ways."
    if shown.is_better:
        return "Better than the baseline."
    if shown.is_worse:
        return f"Worse than the baseline, and within the margin of {gate.margin:g}."
    return f"Any drop is within the margin of {gate.margin:g}."


def _why_fail(gate: RegressionGate, shown: Comparison, standing: Standing) -> str:
    way = "Better" if shown.is_better else "Worse"
    if gate.fail_when == "shown_below_margin" and gate.margin:
        reason = f"{way} than the baseline by more than the margin of {gate.margin:g}"
    elif gate.margin:
        reason = f"{way} than the baseline, and by the margin of {gate.margin:g} or more as seen"
    else:
        reason = f"{way} than the baseline"
    same = ", where the gate asks for the same both ways" if shown.is_better else ""
    return f"{reason}{same}{_shared(gate, shown, standing)}."


def _why_undecided(gate: RegressionGate, shown: Comparison, standing: Standing, *, fails_alone: bool) -> str:
    reason = f"Undecided: {_what_is_open(gate, shown, standing, fails_alone=fails_alone)}"
    if shown.visible_drop is None:
        reason += f"{plural(shown.n, 'sample')}{in_groups(shown.n_groups)} cannot show a drop of any size"
    else:
        reason += f"the smallest drop that could have been seen is {number(shown.visible_drop)}"
    reason += f", the margin is {gate.margin:g}."
    if shown.correction is not None and gate.margin > 0:
        from evalkit.gates.deciding.correction_words import plan_of

        return f"{reason} {plan_of(shown.correction.plan, 'labelled pair')}"
    if shown.n_planned is None:
        return f"{reason} With no margin an unchanged candidate passes on no number of samples; allow one."
    if shown.n_planned <= shown.n:
        return f"{reason} An unchanged candidate passes on this many samples in 80 % or more."
    like_these = "" if shown.n_groups is None else " in groups like these"
    plan = (
        f"on about {about(shown.n_planned)} paired samples{like_these} an unchanged candidate passes in 80 %"
    )
    return f"{reason} To plan with: {plan}."


def _what_is_open(gate: RegressionGate, shown: Comparison, standing: Standing, *, fails_alone: bool) -> str:
    """What is known of a difference that is neither proven nor excluded, up to a semicolon; maybe nothing."""
    shared = _shared(gate, shown, standing)
    if shown.is_worse or (gate.is_two_sided and shown.is_better):
        way = "better" if shown.is_better else "worse"
        if gate.fail_when == "shown_below_margin":
            return f"{way} than the baseline, not shown to be so by more than the margin; "
        return f"{way} than the baseline, by less than the margin as seen; "
    if shown.high < 0:
        return f"the interval lies below 0, the test does not confirm it{shared}; "
    return f"worse if decided alone, not proven{shared}; " if fails_alone else ""


def _shared(gate: RegressionGate, shown: Comparison, standing: Standing) -> str:
    if standing.n_gates < 2 or shown.alpha == gate.alpha:
        return ""
    return f" (alpha {gate.alpha:g} shared over {standing.n_gates} gates)"
