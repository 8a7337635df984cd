"""How fast text metrics are: ROUGE against rouge-score in the same run, and the interval of a large corpus.

Started from the repository's root with ``python -m tests.benchmarks.rouge_speed``. Texts are five captions
of COCO (``reference/coco_cap_1000_raw.json`` of the shared data), one on each line, some 52 words. CPU
seconds of this process with all its threads, both sides in turns on new texts each, medians and their
ratio. ``--check`` compares every value.
"""

from __future__ import annotations

import argparse
import json
import random
import statistics
import time
from collections.abc import Callable, Sequence
from functools import partial

import numpy as np

from evalkit.comparisons.estimate import estimate
from evalkit.core.gate import MetricSpec
from evalkit.core.observations import Observations
from evalkit.core.response import Response
from evalkit.metrics.open import open_metric
from evalkit.metrics.text.rouge import RougeMetric
from tests.shared_data import shared_data

TYPES = ("rouge1", "rouge2", "rougeL", "rougeLsum")
CORPUS_METRICS = (*TYPES, "bleu", "chrf", "wer", "cer", "ter", "map", "ndcg_at_k")
Pairs = Sequence[tuple[str, str]]


def texts(n: int, lines: int, seed: int = 0) -> list[tuple[str, str]]:
    """``n`` pairs of texts of ``lines`` captions each, half of the captions in both."""
    data = json.loads(shared_data("reference", "coco_cap_1000_raw.json").read_text(encoding="utf-8"))
    captions = [caption for group in data["gts"].values() for caption in group]
    rng = random.Random(seed)
    pairs = []
    for _ in range(n):
        target = rng.sample(captions, lines)
        output = [line if rng.random() < 0.5 else rng.choice(captions) for line in target]
        pairs.append(("\n".join(target), "\n".join(output)))
    return pairs


def ours(pairs: Pairs, use_stemmer: bool) -> np.ndarray:
    """(n, 4) F by the metrics themselves."""
    data = observed(pairs)
    columns = []
    for name in TYPES:
        metric = open_metric(MetricSpec(name, {"use_stemmer": use_stemmer}))
        assert isinstance(metric, RougeMetric)
        columns.append(metric.table(data).rows[:, 0])
    return np.stack(columns, axis=1)


def theirs(pairs: Pairs, use_stemmer: bool) -> np.ndarray:
    """(n, 4) F by rouge-score, all four in one pass, as it is meant to be used."""
    from rouge_score.rouge_scorer import RougeScorer

    scorer = RougeScorer(list(TYPES), use_stemmer=use_stemmer)
    scores = [scorer.score(target, output) for target, output in pairs]
    return np.array([[score[name].fmeasure for name in TYPES] for score in scores])


def observed(pairs: Pairs) -> Observations:
    """The pairs as an evaluation."""
    targets, outputs = zip(*pairs, strict=True)
    return Observations([str(i) for i in range(len(pairs))], targets, [Response(text) for text in outputs])


def cpu_s(work: Callable[[], object]) -> float:
    """CPU seconds of all threads."""
    start = time.process_time()
    work()
    return time.process_time() - start


def compare(n: int, rounds: int, use_stemmer: bool) -> None:
    """Print both sides' CPU seconds and the ratio of their medians."""
    few = texts(10, 5)
    ours(few, use_stemmer), theirs(few, use_stemmer)  # imports
    mine, reference = [], []
    for i in range(rounds):
        pairs = texts(n, 5, seed=i + 1 + rounds * use_stemmer)  # new ones: values are remembered
        mine.append(cpu_s(partial(ours, pairs, use_stemmer)))
        reference.append(cpu_s(partial(theirs, pairs, use_stemmer)))
    left, right = statistics.median(mine), statistics.median(reference)
    what = "with stemmer" if use_stemmer else "without stemmer"
    print(
        f"{what:16} evalkit {left:7.2f} s   rouge-score {right:7.2f} s   ratio {right / left:6.1f}",
        flush=True,
    )


def corpus(n: int) -> None:
    """Print what the statistics and the 95 % interval of a corpus of ``n`` short texts take."""
    data = observed(texts(n, 1))
    rankings = [json.dumps([f"d{(7 * i + j) % 50}" for j in range(20)]) for i in range(n)]
    ranked = Observations(
        data.sample_ids, [["d1", "d5", "d9"]] * n, [Response(ranking) for ranking in rankings]
    )
    for name in CORPUS_METRICS:
        metric = open_metric(MetricSpec(name))
        seen = ranked if name in ("map", "ndcg_at_k") else data
        table_s = cpu_s(partial(metric.table, seen))
        start = time.process_time()
        found = estimate(metric, name, seen)
        interval_s = time.process_time() - start  # the statistics are remembered
        print(
            f"{name:10} {found.value:9.4f} [{found.low:.4f}, {found.high:.4f}]"
            f"   statistics {table_s:6.2f} s   interval {interval_s:5.2f} s",
            flush=True,
        )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--pairs", type=int, default=10_000)
    parser.add_argument("--corpus", type=int, default=20_000)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--check", action="store_true", help="compare every value first")
    arguments = parser.parse_args()
    pairs = texts(arguments.pairs, 5)
    words = statistics.mean(len(text.split()) for pair in pairs for text in pair)
    print(f"{len(pairs):,} pairs of {words:.0f} words, {', '.join(TYPES)}, {arguments.rounds} rounds")
    if arguments.check:
        same = np.array_equal(ours(pairs, True), theirs(pairs, True))
        print("every value is the same" if same else "VALUES DIFFER")
    for use_stemmer in (True, False):
        compare(arguments.pairs, arguments.rounds, use_stemmer)
    print(f"corpus of {arguments.corpus:,} samples")
    corpus(arguments.corpus)


if __name__ == "__main__":
    main()
