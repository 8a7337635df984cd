"""The details of regression verdicts: numbers first, then what they mean, then what to do."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from evalkit.core.estimate import Comparison, OwnNoise
from evalkit.core.gate import RegressionGate
from evalkit.core.text import plural
from evalkit.core.verdict import Outcome
from evalkit.gates.wording import about, in_groups, interval, number, p_text, percent


def regression(
    gate: RegressionGate,
    outcome: Outcome,
    shown: Comparison,
    is_higher_better: bool,
    own: Comparison,
    n_gates: int,
) -> str:
    """The detail of a decided gate. ``shown`` is at the level the verdict rests on, ``own`` at the gate's."""
    parts = [_numbers(shown, is_higher_better)]
    if outcome == "pass":
        parts.append(_why_pass(gate, shown))
    elif outcome == "fail":
        parts.append(f"Worse than the baseline{_shared(gate, shown, n_gates)}.")
    else:
        parts.append(_why_undecided(gate, shown, own, n_gates))
    if shown.own_noise is not None and outcome != "pass":
        parts.append(own_noise(shown.own_noise, shown))
    if shown.n_unpaired:
        parts.append(f"{plural(shown.n_unpaired, 'sample')} failed or on one side only, not paired.")
    return " ".join(parts)


def own_noise(noise: OwnNoise, shown: Comparison) -> str:
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


def _changes_by_themselves(noise: OwnNoise, shown: Comparison) -> str:
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


def too_little_common(common: str, share: float, min_common: float) -> str:
    """``common`` says which samples are the same on both sides."""
    return (
        f"{common} That is {percent(share)} of the samples, min_common {percent(min_common)}. "
        "Run the baseline again as the dataset is now."
    )


def stopped(n_seen: int, n_total: int, alpha: float) -> str:
    """How far a task was asked, and what ended it; ``alpha`` is the level of the confidence sequence."""
    level = percent(1 - alpha)
    return f"Stopped after {n_seen:,} of {plural(n_total, 'sample')} by the {level} confidence sequence."


def asked_to_the_end(share: float) -> str:
    """``share`` is the part of alpha that the looks before the end have spent."""
    return f"Asked to the end; the looks before have spent {percent(share)} of alpha."


def rerun_hopeless(share: float) -> str:
    """``share`` of the variance of the difference is the samples' own."""
    what = "Own noise of what can be asked again is"
    return f"{what} {100 * share:.0f} % of the variance: asking again cannot decide this."


def rerun_too_many(most: int) -> str:
    return f"Asking again {plural(most, 'time')} would not decide this."


def rerun_too_dear(price: int, left: int) -> str:
    """What deciding the gate would take, and the requests that are left."""
    return f"Asking again might decide this: {plural(price, 'request')}, {left:,} left of --llm-rerun."


def rerun_failed(n_failed: int, n: int) -> str:
    return f"Asked again, but {n_failed:,} of {plural(n, 'further answer')} failed: no second look."


def rerun_second_look(share: float, n: int) -> str:
    """The look after ``n`` further answers."""
    return f"Second look, at {percent(share)} of alpha, after {plural(n, 'further answer')}."


def rerun_first_look(share: float) -> str:
    return f"First of two looks, at {percent(share)} of alpha."


def rerun_never(reason: str) -> str:
    """Known before the first answer, so that the gate has all of alpha."""
    return f"Not asked again: {reason}."


def _numbers(shown: Comparison, is_higher_better: bool) -> str:
    raw = shown.candidate - shown.baseline
    low, high = (shown.low, shown.high) if is_higher_better else (-shown.high, -shown.low)
    old, new = number(shown.baseline), number(shown.candidate)
    moved = "no change" if raw == 0 else f"{'up' if raw > 0 else 'down'} {number(abs(raw))}"
    test = shown.method.partition(",")[0]
    direction = "" if is_higher_better else ", lower is better"
    paired = plural(shown.n, "paired sample") + in_groups(shown.n_groups)
    return (
        f"{shown.metric} {new}, baseline {old}: {moved} {interval(low, high)} on {paired} "
        f"({p_text(shown.p_value)}, {test}{direction})."
    )


def _why_pass(gate: RegressionGate, shown: Comparison) -> str:
    if shown.low > 0:
        return "Better than the baseline."
    if shown.high < 0:
        return f"Worse than the baseline, and within the margin of {gate.margin:g}."
    return f"Any drop is within the margin of {gate.margin:g}."


def _why_undecided(gate: RegressionGate, shown: Comparison, own: Comparison, n_gates: int) -> str:
    reason = "Undecided: "
    if shown.high < 0:
        reason += f"the interval lies below 0, the test does not confirm it{_shared(gate, shown, n_gates)}; "
    elif own.high < 0:
        reason += f"worse if judged alone, not proven{_shared(gate, shown, n_gates)}; "
    if shown.visible_drop is None:
        reason += f"{plural(shown.n, 'sample')}{in_groups(shown.n_groups)} cannot show a drop of any size"
    else:
        reason += f"the smallest drop that could have been seen is {number(shown.visible_drop)}"
    reason += f", the margin is {gate.margin:g}."
    if shown.n_to_decide is None:
        return reason + " No number of samples decides this difference; allow a margin."
    like_these = "" if shown.n_groups is None else " in groups like these"
    return reason + f" About {about(shown.n_to_decide)} paired samples{like_these} would decide."


def _shared(gate: RegressionGate, shown: Comparison, n_gates: int) -> str:
    if shown.alpha == gate.alpha:
        return ""
    among = f"alpha {gate.alpha:g} shared over {n_gates} gates: " if n_gates > 1 else ""
    return f" ({among}interval of {percent(1 - shown.alpha)})"
