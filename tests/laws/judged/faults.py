"""Faults for ``make soak-faults``, planted into sessions with judges and people, and what finds them.

Each is what the code would do without one of the parts that keep the law.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from importlib import import_module
from typing import Any

from tests.laws.faults import put


def _failures_are_a_no() -> None:
    judgement = import_module("evalkit.scorers.judge.engine.asking").Interview.judgement

    async def said(self: Any) -> Any:
        found = await judgement(self)
        return found if found.error is None else replace(found, verdict="no", value=0.0, error=None)

    put("evalkit.scorers.judge.engine.asking:Interview.judgement", said)


def _failures_count_as_zeros() -> None:
    pooled = import_module("evalkit.scorers.judge.engine.pooling").pooled

    def all_of_them(judgements: Sequence[Any], votes: int, *, is_binary: bool) -> Any:
        found = pooled(judgements, votes, is_binary=is_binary)
        n_valid = sum(each.error is None for each in judgements)
        return found if found.value is None else replace(found, value=found.value * n_valid / len(judgements))

    put("evalkit.scorers.judge.judge:pooled", all_of_them)


def _failures_are_silent() -> None:
    put("evalkit.scorers.judge.engine.pooling:_notes", lambda failed, ties, n: [])


def _rounds_are_the_first() -> None:
    ask = import_module("evalkit.session.judging.judges").SessionJudge.ask

    async def asked(self: Any, request: Any, sample: Any, round_: int, /) -> Any:
        return await ask(self, request, sample, 0)

    put("evalkit.session.judging.judges:SessionJudge.ask", asked)


def _judgements_are_not_kept() -> None:
    place = import_module("evalkit.cache.cache").ResponseCache.put

    def kept(self: Any, key: bytes, response: Any, request: Any = None) -> None:
        if request is None or request.task != "judge":
            place(self, key, response, request)

    put("evalkit.cache.cache:ResponseCache.put", kept)


def _no_calibration_is_asked_for() -> None:
    put("evalkit.gates.deciding.judge_standing:JudgeStanding.why_not", lambda *_: None)


def _calibrations_count_for_any_judge() -> None:
    read = import_module("evalkit.store.calibrations").read_calibrations

    def of_any(connection: Any, signatures: Sequence[str]) -> list[Any]:
        return [replace(each, signature=text) for text in signatures for each in read(connection, None)]

    put("evalkit.session.judged_units:read_calibrations", of_any)


def _reviews_are_kept_at_the_end() -> None:
    journal = import_module("evalkit.store.journal").Journal
    append, close = journal.append, journal.close
    waiting: list[Any] = []

    def later(self: Any, rows: Any) -> None:
        waiting.extend(rows)

    def at_the_end(self: Any) -> None:
        append(self, waiting)
        waiting.clear()
        close(self)

    put("evalkit.store.journal:Journal.append", later)
    put("evalkit.store.journal:Journal.close", at_the_end)


def _labels_count_for_any_text() -> None:
    matched = import_module("evalkit.comparisons.people")._matched

    def of_any(observations: Any, evaluation_ids: Any, answers: Sequence[Any]) -> Any:
        outputs = [each.output for each in observations.responses]
        texts = dict(zip(observations.sample_ids, outputs, strict=True))
        others = [replace(each, output=texts.get(each.label.sample_id, each.output)) for each in answers]
        return matched(observations, evaluation_ids, others)

    put("evalkit.comparisons.people:_matched", of_any)


def _comments_keep_keys() -> None:
    put("evalkit.review.submission:redact", lambda text: text)


def _changed_judges_are_compared() -> None:
    put("evalkit.gates.deciding.prepare:unlike", lambda *_: None)


def _other_revisions_are_the_same() -> None:
    put("evalkit.gates.deciding.prepare:judges_apart", lambda *_: "")


def _one_round_is_asked() -> None:
    begin = import_module("evalkit.session.task_judges").TaskJudges.__init__

    def begun(self: Any, n_rounds: int, *others: Any) -> None:
        begin(self, 1, *others)

    put("evalkit.session.task_judges:TaskJudges.__init__", begun)


def _only_the_last_attempt_costs() -> None:
    spent = import_module("evalkit.scorers.judge.engine.asking")._Spent
    all_of_them = spent._sum

    def of_the_last(self: Any, name: str) -> Any:
        if name != "cost_usd" or not self.responses:
            return all_of_them(self, name)
        return self.responses[-1].cost_usd

    put("evalkit.scorers.judge.engine.asking:_Spent._sum", of_the_last)


#: Name -> what plants it, and the law that finds it.
JUDGED_FAULTS: dict[str, tuple[Callable[[], None], str]] = {
    "a judgement that failed is a no": (_failures_are_a_no, "failed_judgements_are_no_zeros"),
    "a judgement that failed counts in a mean": (
        _failures_count_as_zeros,
        "scores_are_means_of_what_was_judged",
    ),
    "failed judgements are passed over": (_failures_are_silent, "scores_are_means_of_what_was_judged"),
    "each round is the first": (_rounds_are_the_first, "no_judgement_is_lost_or_doubled"),
    "judgements are not in the cache": (_judgements_are_not_kept, "no_judgement_is_lost_or_doubled"),
    "no calibration is asked for": (_no_calibration_is_asked_for, "judged_gates_are_calibrated"),
    "a calibration counts for any judge": (_calibrations_count_for_any_judge, "judged_gates_are_calibrated"),
    "reviews are kept at the end": (_reviews_are_kept_at_the_end, "acknowledged_reviews_are_kept_once"),
    "a label counts for any text": (_labels_count_for_any_text, "corrections_rest_on_labels"),
    "a comment keeps a key": (_comments_keep_keys, "no_secret_in_opinions"),
    "a changed judge is compared": (_changed_judges_are_compared, "changed_judges_decide_nothing"),
    "another revision is the same judge": (_other_revisions_are_the_same, "changed_judges_decide_nothing"),
    "one round is asked of many": (_one_round_is_asked, "every_answer_is_judged"),
    "only the last attempt costs": (_only_the_last_attempt_costs, "judgements_cost_apart"),
}
