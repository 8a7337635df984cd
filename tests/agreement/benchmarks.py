"""Which tasks are held against lm-evaluation-harness, and what they ask."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from evalkit.core.fewshot import FewShot
from evalkit.core.request import GenerateParams, Request
from evalkit.core.task import DatasetSpec, Task
from evalkit.datasets.load import load_rows
from evalkit.datasets.mirror import Mirror
from evalkit.prompts.render import delimited
from evalkit.runner.prepared_task import PreparedTask, prepare
from evalkit.runner.prompt_context import renderer_of
from evalkit.tasks.taskfile import load_task_file

ROOT = Path(__file__).resolve().parents[2]
GOLDEN = ROOT / "tests/golden/lm_eval"


@dataclass(frozen=True)
class Benchmark:
    """One task on both sides, over its first ``n`` samples.

    Attributes:
        name: of the golden file.
        suite: our task file under ``suites/``.
        file: the task file in the package of lm-evaluation-harness.
        subject: of MMLU.
        is_reversed: their choices stand in the other order.
    """

    name: str
    suite: str
    file: str
    n: int = 30
    subject: str | None = None
    is_reversed: bool = False

    @property
    def task(self) -> Task:
        """Our task. Where it draws examples at random, the first ones are taken: generators differ."""
        (task,) = load_task_file(ROOT / "suites" / f"{self.suite}.eval.yaml")
        dataset, shots = task.dataset, task.fewshot
        assert isinstance(dataset, DatasetSpec)
        if self.subject is not None:
            dataset = replace(dataset, name=self.subject)
        if isinstance(shots, FewShot):
            shots = replace(shots, order="first")
        return replace(task, dataset=dataset, fewshot=shots)


#: The quick ones first: the reference computes every choice anew, some 100 tokens a second and core.
BENCHMARKS = (
    Benchmark("sst2", "glue/sst2", "glue/sst2/default.yaml", 40),
    Benchmark("copa", "superglue/copa", "super_glue/copa/default.yaml", 40),
    Benchmark("cb", "superglue/cb", "super_glue/cb/default.yaml"),
    Benchmark("rte", "superglue/rte", "super_glue/rte/default.yaml"),
    Benchmark("wsc", "superglue/wsc", "super_glue/wsc/default.yaml"),
    Benchmark("boolq", "superglue/boolq", "super_glue/boolq/default.yaml"),
    Benchmark("arc_challenge", "arc/arc_challenge", "arc/arc_challenge.yaml"),
    Benchmark("hellaswag", "hellaswag/hellaswag", "hellaswag/hellaswag.yaml"),
    Benchmark("mmlu_philosophy", "mmlu/mmlu", "mmlu/default/mmlu_philosophy.yaml", subject="philosophy"),
    Benchmark("cola", "glue/cola", "glue/cola/default.yaml", 20),
    Benchmark("mrpc", "glue/mrpc", "glue/mrpc/default.yaml", 20),
    Benchmark("qqp", "glue/qqp", "glue/qqp/default.yaml", 20),
    Benchmark("qnli", "glue/qnli", "glue/qnli/default.yaml", 20),
    Benchmark("glue_rte", "glue/rte", "glue/rte/default.yaml", 20),
    Benchmark("truthfulqa_mc1", "truthfulqa/truthfulqa_mc1", "truthfulqa/truthfulqa_mc1.yaml"),
    Benchmark("truthfulqa_mc2", "truthfulqa/truthfulqa_mc2", "truthfulqa/truthfulqa_mc2.yaml", 10),
    Benchmark("multirc", "superglue/multirc", "super_glue/multirc/default.yaml", 10, is_reversed=True),
    Benchmark("record", "superglue/record", "super_glue/record/default.yaml", 5),
    Benchmark("nq_open", "nq_open/nq_open", "nq_open/nq_open.yaml", 40),
)


def load(benchmark: Benchmark) -> tuple[PreparedTask, Mapping[str, list[dict[str, object]]]]:
    """Our samples, and the rows of each split that the task reads."""
    mirror = Mirror.open(ROOT / "tests/data")
    splits: dict[str, list[dict[str, object]]] = {}

    def rows_of(spec: DatasetSpec) -> list[dict[str, object]]:
        splits[spec.split] = load_rows(spec, base_dir=ROOT, mirror=mirror, is_offline=True)
        return splits[spec.split]

    return prepare(benchmark.task, rows_of, limit=benchmark.n), splits


def requests(prepared: PreparedTask) -> list[Request]:
    """What we ask, in the order of the samples."""
    task = prepared.task
    assert task.prompt is not None
    assert isinstance(task.generate, GenerateParams)
    renderer = renderer_of(task, task.prompt)
    made = []
    for sample in prepared.samples:
        context = {**sample.row, "input": sample.input, "choices": sample.choices}
        messages = renderer.messages(context, prepared.examples.for_sample(sample))
        texts = [delimited(messages[-1].content, text, task.target_delimiter) for text in sample.choice_texts]
        made.append(Request(messages, task.generate, sample, task.task, continuations=tuple(texts) or None))
    return made
