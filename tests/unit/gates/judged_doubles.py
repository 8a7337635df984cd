"""Answers that a judge judged and people labelled, made of plain numbers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from evalkit.core.judgement import Judgement
from evalkit.core.label import Label, ReviewKind
from evalkit.core.labelled_answer import LabelledAnswer
from evalkit.core.observations import Observations
from evalkit.core.response import Response
from evalkit.core.score import Score

SIGNATURE = "judge(form=binary,model=local/judge,prompt=0123456789ab)"


def judged(
    verdicts: Sequence[float | None],
    texts: Sequence[str] | None = None,
    *,
    signature: str = SIGNATURE,
    groups: Sequence[str | None] | None = None,
    cost_usd: float | None = None,
) -> Observations:
    """One answer to each of samples ``s000``, ``s001`` …, and what the judge says of it."""
    ids = [f"s{i:03}" for i in range(len(verdicts))]
    texts = texts or [f"answer to {each}" for each in ids]
    return Observations(
        sample_ids=tuple(ids),
        targets=(None,) * len(ids),
        responses=tuple(Response(text, cost_usd=cost_usd) for text in texts),
        scores={"judge": tuple(map(_score, verdicts))},
        scorer_signatures={"judge": signature},
        groups=groups,
        sample_hashes=tuple(f"hash of {each}" for each in ids),
    )


def _score(value: float | None) -> Score:
    if value is None:
        return Score("judge", error="the judge said nothing that can be read")
    return Score("judge", value, judgements=(Judgement("judge", "local/judge", value=value),))


def labels(
    evaluation_id: str,
    observations: Observations,
    values: Mapping[int, float],
    *,
    kind: ReviewKind = "pass_fail",
    picked_for: str = "control",
    chance: float = 0.1,
    reviewer: str = "ann",
    question: str | None = "q",
) -> list[LabelledAnswer]:
    """What a person says of the answers at some rows."""
    return [
        LabelledAnswer(
            evaluation_id,
            Label(
                observations.sample_ids[row],
                0,
                reviewer,
                kind,
                value,
                inclusion_probability=chance,
                picked_for=picked_for,
                question_hash=question,
            ),
            observations.responses[row].output,
            f"hash of {observations.sample_ids[row]}",
        )
        for row, value in values.items()
    ]
