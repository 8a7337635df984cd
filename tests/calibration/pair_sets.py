"""Which recorded systems are compared, on which tasks."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from evalkit.core.task import Task
from evalkit.gates.regression import RegressionGate
from evalkit.tasks.taskfile import load_task_file

ROOT = Path(__file__).resolve().parents[2]


@dataclass(frozen=True)
class PairSet:
    """Attributes:
    name: of the set in ``tests.data.recorded``.
    pairs: (baseline, candidate) of its replay files; each is run in both directions.
    suite: a task file that ships, read through the set's mirror; else the set brings its own.
    sources: folders of the shared data that it needs.
    """

    name: str
    pairs: tuple[tuple[str, str], ...]
    sources: tuple[str, ...]
    suite: str | None = None

    @property
    def directed(self) -> Iterator[tuple[str, str]]:
        for one, other in self.pairs:
            yield one, other
            yield other, one

    def task_file(self, folder: Path) -> Path:
        return ROOT / self.suite if self.suite else folder / f"{self.name}.eval.yaml"

    def tasks(self, folder: Path) -> list[Task]:
        return load_task_file(self.task_file(folder))


GPT_VERSIONS = (("gpt-4-0314", "gpt-4-0613"), ("gpt-3.5-turbo-0301", "gpt-3.5-turbo-0613"))

PAIR_SETS = (
    PairSet("primes", (*GPT_VERSIONS, ("gpt-4-0314", "gpt-3.5-turbo-0301")), ("llmdrift",)),
    PairSet("sensitive", GPT_VERSIONS, ("llmdrift",)),
    PairSet("alpaca", (("gpt-3.5-turbo-0301", "gpt-3.5-turbo-1106"),), ("alpaca_eval",)),
    PairSet(
        "alpaca_texts",
        (("gpt-3.5-turbo-0301", "gpt-3.5-turbo-1106"), ("gpt4_0314", "gpt4_0613")),
        ("alpaca_eval",),
    ),
    PairSet("bbh", (("direct", "cot"),), ("bbh",)),
    PairSet(
        "gsm8k",
        (
            ("175b_verification", "175b_finetuning"),
            ("175b_verification", "6b_verification"),
            ("6b_verification", "6b_finetuning"),
            ("175b_finetuning", "6b_verification"),
        ),
        ("gsm8k",),
    ),
    PairSet(
        "humaneval_135",
        (("gpt-4_2023-03-14", "gpt-4_2023-05-31"),),
        ("humaneval",),
        "suites/humaneval/humaneval.eval.yaml",
    ),
    PairSet(
        "xsum",
        (("lead", "ptgen"), ("ptgen", "convs2s"), ("lead", "convs2s")),
        ("xsum_model_predictions",),
        "suites/summarization/xsum.eval.yaml",
    ),
    PairSet(
        "factuality",
        (("ptgen", "tconvs2s"), ("tconvs2s", "bert_withckpt"), ("bert_nockpt", "bert_withckpt")),
        ("xsum_hallucination_annotations",),
    ),
    PairSet("vicuna", (("opponent", "vicuna-13b"),), ("vicuna_blog_eval",)),
    PairSet(
        "wmt17",
        (
            ("LIUM-NMT", "LMU-nmt-reranked"),
            ("LIUM-NMT", "LMU-nmt-single"),
            ("LIUM-NMT", "PROMT-Rule-based"),
            ("LMU-nmt-single", "LMU-nmt-reranked"),
        ),
        ("wmt17_en_de",),
        "suites/translation/wmt17_en_de.eval.yaml",
    ),
)


def regression_gates(tasks: list[Task]) -> list[tuple[Task, RegressionGate]]:
    """Every regression gate with its task: they share the alpha of a session."""
    return [(task, gate) for task in tasks for gate in task.gates if isinstance(gate, RegressionGate)]
