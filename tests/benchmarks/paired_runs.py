"""Two runs of one task for each metric that ``compare_speed`` times: recorded as a session records them.

Usage: ``python -m tests.benchmarks.paired_runs STORE N_SAMPLES METRIC…``
"""

from __future__ import annotations

import random
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import NamedTuple

from evalkit.core.gate import MetricSpec
from evalkit.core.response import Response
from evalkit.core.run import Evaluation, Run, SubjectRecord
from evalkit.core.sample import Sample
from evalkit.core.score import Score
from evalkit.store.spool import Spool
from evalkit.store.store import Store

SIDES = ("baseline", "candidate")
SUBJECT = SubjectRecord("bench-subject", "openai/bench", "2026-01-01", {"temperature": 0}, prompt_hash="p1")
_CHOICES = ("negative", "positive")
_WORDS = [f"{a}{b}{c}" for a in "bdfgklmn" for b in "aeio" for c in ("t", "rn", "ll", "sk", "m")]

#: Target, output and, where a scorer reads them, its name, value and answer.
Row = tuple[str | float, str, tuple[str, float, str] | None]


class Subject(NamedTuple):
    """What a metric is timed on.

    Attributes:
        row: draws the target from the first generator, which both sides share, and the answer from the other.
    """

    metric: MetricSpec
    scorer: str | None
    row: Callable[[random.Random, random.Random], Row]


def _label(of_sample: random.Random, of_side: random.Random) -> Row:
    target = of_sample.choice(_CHOICES)
    answer = target if of_side.random() < 0.8 else of_side.choice(_CHOICES)
    return target, answer, ("choice", float(answer == target), answer)


def _graded(of_sample: random.Random, of_side: random.Random) -> Row:
    ease = of_sample.random()
    value = round(min(1.0, ease * of_side.uniform(0.5, 1.2)), 4)
    return "the words", "some of the words", ("squad", value, "some of the words")


def _number(of_sample: random.Random, of_side: random.Random) -> Row:
    target = round(of_sample.uniform(0, 5), 3)
    answer = repr(target + of_side.gauss(0, 1))
    return target, f"Similarity: {answer}", ("numeric", 0.0, answer)


def _sentence(of_sample: random.Random, of_side: random.Random) -> Row:
    words = of_sample.choices(_WORDS, k=of_sample.randint(6, 14))
    said = [word if of_side.random() < 0.8 else of_side.choice(_WORDS) for word in words]
    return " ".join(words), " ".join(said), None


SUBJECTS = {
    "accuracy": Subject(MetricSpec("accuracy"), "choice", _label),
    "mcc": Subject(MetricSpec("mcc"), "choice", _label),
    "f1": Subject(MetricSpec("f1"), "choice", _label),
    "squad_f1": Subject(MetricSpec("squad_f1"), "squad", _graded),
    "pearson": Subject(MetricSpec("pearson"), "numeric", _number),
    "spearman": Subject(MetricSpec("spearman"), "numeric", _number),
    "bleu": Subject(MetricSpec("bleu"), None, _sentence),
    "latency_p95_s": Subject(MetricSpec("latency_p95_s"), "choice", _label),
    "completion_tokens": Subject(MetricSpec("completion_tokens"), "choice", _label),
}


def write_pair(store: Path, metric: str, n_samples: int) -> None:
    """Both runs of ``metric``, named ``METRIC-baseline`` and ``METRIC-candidate``, folded into ``store``."""
    for side in SIDES:
        _write_run(store, f"{metric}-{side}", metric, side, n_samples)
        with Store.open(store, mode="write") as opened:
            opened.fold()


def _write_run(store: Path, run_id: str, metric: str, side: str, n_samples: int) -> None:
    subject = SUBJECTS[metric]
    started = 1_767_225_600.0
    evaluation_id = f"{run_id}-1"
    spool = Spool.create(store, run_id)
    spool.add_run(Run(run_id, started, started + 600, "finished", argv=("pytest", "suites"), host="bench"))
    spool.add_evaluation(
        Evaluation(
            evaluation_id, run_id, f"bench/{metric}", "task-hash", "data-hash", SUBJECT, n_samples,
            status="finished",
            labels=_CHOICES if subject.scorer == "choice" else None,
            scorer_signatures={subject.scorer: f"{subject.scorer}()"} if subject.scorer else {},
            metric_specs={metric: [subject.metric.name, dict(subject.metric.params)]},
        )
    )  # fmt: skip
    for i, (sample, response, score) in enumerate(_rows(subject, side, n_samples, started)):
        spool.add_response(evaluation_id, sample, response, i)
        if score is not None:
            spool.add_scores(evaluation_id, sample.id, 0, score)
    spool.close()


def _rows(
    subject: Subject, side: str, n_samples: int, started: float
) -> Iterator[tuple[Sample, Response, Score | None]]:
    of_sample, of_side = random.Random("samples"), random.Random(side)
    for i in range(n_samples):
        target, output, scored = subject.row(of_sample, of_side)
        sample = Sample(f"sample-{i:06}", f"Question {i}: " + 20 * "what is to be judged ", target)
        response = Response(
            output,
            finish_reason="stop",
            prompt_tokens=120,
            completion_tokens=1 + int(of_side.expovariate(0.05)),
            cost_usd=1e-5 * of_side.randint(10, 40),
            latency_s=round(of_side.lognormvariate(0, 0.5), 4),
            created_at=started + i / 200,
        )
        yield sample, response, None if scored is None else Score(*scored)


if __name__ == "__main__":
    for name in sys.argv[3:]:
        write_pair(Path(sys.argv[1]), name, int(sys.argv[2]))
