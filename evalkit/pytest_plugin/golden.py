"""Golden sets: Samples that carry their own assertions."""

from __future__ import annotations

from evalkit.core.response import Response
from evalkit.core.score import Score
from evalkit.core.text import shown
from evalkit.core.verdict import Verdict
from evalkit.pytest_plugin.outcome import Outcome
from evalkit.runner.task_scorers import ASSERTS
from evalkit.runner.unit import Unit

_SHOWN_CHARS = 600


def sample_outcome(unit: Unit, sample_index: int) -> Outcome:
    """How one asserted Sample came out: every repeat must hold; a failed call or scorer is ``error``."""
    answers = [response for response in unit.answers(sample_index) if response is not None]
    start = sample_index * unit.n_repeats
    judged = [(response, _asserts(unit, start + repeat)) for repeat, response in enumerate(answers)]
    errors = [response.error or score.error for response, score in judged if response.error or score.error]
    if errors:
        return Outcome("error", str(errors[0]))
    broken = [(response, score) for response, score in judged if not score.value]
    if not broken:
        return Outcome("pass", "all assertions hold")
    return Outcome("fail", _failure_text(unit, sample_index, broken, len(judged)))


def _asserts(unit: Unit, position: int) -> Score:
    return next(score for score in unit.scores[position] if score.scorer == ASSERTS)


def _failure_text(unit: Unit, sample_index: int, broken: list[tuple[Response, Score]], n: int) -> str:
    response, score = broken[0]
    sample = unit.samples[sample_index]
    often = f" in {len(broken)} of {n} repeats" if n > 1 else ""
    return (
        f"sample {sample.id}{often}: {score.explanation}\n"
        f"  input:  {shown(sample.input or response.input, _SHOWN_CHARS)}\n"
        f"  output: {shown(response.output, _SHOWN_CHARS)}"
    )


def golden_verdict(unit: Unit) -> Verdict | None:
    """One verdict for all asserted Samples of a unit, or None when it has none."""
    outcomes = [
        sample_outcome(unit, index).verdict for index, sample in enumerate(unit.samples) if sample.assertions
    ]
    if not outcomes:
        return None
    n_pass = outcomes.count("pass")
    word = "fail" if "fail" in outcomes else "error" if "error" in outcomes else "pass"
    detail = f"{n_pass} of {len(outcomes)} samples hold"
    n_error = outcomes.count("error")
    return Verdict(ASSERTS, word, detail + (f", {n_error} could not be judged" if n_error else ""))  # type: ignore[arg-type]
