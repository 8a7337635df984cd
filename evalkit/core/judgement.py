"""One opinion of a judge on one Response."""

from __future__ import annotations

from collections.abc import Mapping

from evalkit.core.frozen import frozen


@frozen(slots=True)
class Judgement:
    """What one judge Model said of one Response when it was asked once: a row of the table ``judgements``.

    Attributes:
        scorer: the Score that it belongs to, as the Score is called.
        judge: the judge Model's spec as it was typed.
        judge_revision: what exactly answered, where the judge Model says so.
        round: 0, 1, …: how often the same was asked before. With ``votes: n``, those of repeat r are the
            rounds n * r to n * r + n - 1.
        order: of a pairwise judge, which side came first: ``ab`` the Response, ``ba`` its opponent.
        verdict: what it said in its normal form: ``yes``, ``no``, ``A``, ``B``, ``tie``, ``4``. ``A`` is the
            Response in both orders.
        value: the verdict on the Score's scale; None exactly when ``error`` is set.
        values: of a list of criteria, each by its name, on the Score's scale.
        probability: of a decision judge, in 0..1: of ``yes``; in pairwise of ``A``; None for grades.
        reason: what it gave as its reason.
        error: one line that says why there is no verdict.
        prompt_tokens, completion_tokens: of all attempts, None where the provider does not count.
        cost_usd: of all attempts, None where it is unknown.
        latency_s: seconds of all attempts.
        is_cached: whether every attempt came from the cache of answers.
        is_rejudged: whether it was asked after the run: no part of the Score.
    """

    scorer: str
    judge: str
    judge_revision: str | None = None
    round: int = 0
    order: str | None = None
    verdict: str | None = None
    value: float | None = None
    values: Mapping[str, float] | None = None
    probability: float | None = None
    reason: str | None = None
    error: str | None = None
    prompt_tokens: int | None = None
    completion_tokens: int | None = None
    cost_usd: float | None = None
    latency_s: float | None = None
    is_cached: bool = False
    is_rejudged: bool = False
