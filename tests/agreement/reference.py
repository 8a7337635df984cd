"""lm-evaluation-harness over local rows, run by its own interpreter: ``python -P reference.py JOBS.json``.

``JOBS.json`` is ``{"model": GGUF or null, "jobs": [{"name", "file", "data": {split: FILE}, "n", "n_shots",
"order"}]}``; ``file`` is a task file of the package, of which only the place of the data is changed. Writes
``NAME.jsonl`` beside ``JOBS.json``: of each document the requests as they are put to the model, with a model
their log-likelihoods, and the results. A file that is there already stays.
"""

from __future__ import annotations

import json
import os
import sys
import types
from pathlib import Path
from typing import Any

os.environ.update(HF_HUB_OFFLINE="1", HF_DATASETS_OFFLINE="1", TOKENIZERS_PARALLELISM="false")

import lm_eval
from lm_eval.api.task import ConfigurableTask
from lm_eval.tasks._yaml_loader import load_yaml

TASKS = Path(lm_eval.__file__).parent / "tasks"
# ReCoRD's task imports a module that transformers 5 no longer has; its requests do without.
try:
    import transformers.data.metrics.squad_metrics  # noqa: F401
except ImportError:
    for name in ("transformers.data.metrics", "transformers.data.metrics.squad_metrics"):
        sys.modules[name] = types.ModuleType(name)
    sys.modules["transformers.data.metrics"].squad_metrics = sys.modules[name]  # type: ignore[attr-defined]

RESULTS = ("acc", "acc_norm", "f1", "em", "mcc")


def open_task(job: dict[str, Any]) -> Any:
    """The package's task with its data read from local files."""
    config = load_yaml(TASKS / job["file"], resolve_func=True)
    config = {key: value for key, value in config.items() if key not in {"tag", "group", "dataset_name"}}
    config["dataset_path"] = "json"
    config["dataset_kwargs"] = {"data_files": job["data"]}
    for split in ("training_split", "validation_split", "test_split"):
        if config.get(split) not in job["data"]:
            config.pop(split, None)
    if not {"validation_split", "test_split"} & set(config):  # MRPC is asked about on another split
        config["test_split"] = next(iter(job["data"]))
    if job["order"] == "first":
        config["fewshot_config"] = {**(config.get("fewshot_config") or {}), "sampler": "first_n"}
    task = ConfigurableTask(config=config)
    task.set_config("num_fewshot", job["n_shots"])
    return task


def requests_of(task: Any, n: int) -> dict[int, list[Any]]:
    """The requests of the first n documents, by document, in the order of their choices."""
    task.build_all_requests(limit=n, rank=0, world_size=1)
    found: dict[int, list[Any]] = {}
    for instance in sorted(task.instances, key=lambda instance: (instance.doc_id, instance.idx)):
        found.setdefault(instance.doc_id, []).append(instance)
    return found


def open_model(path: str) -> Any:
    """The weights in float32 through transformers, one request at a time.

    The softmax is asked for in float64. In float32 torch adds up the vocabulary in as many sums as a register
    of the CPU has places, one after the other: a log-probability of SmolLM2 (49,152 tokens) is then too large
    by 1e-5 with AVX2 and by half of that with AVX-512, and a continuation of 40 tokens by 7e-4.
    """
    from lm_eval.models.huggingface import HFLM

    file = Path(path)
    return HFLM(
        pretrained=str(file.parent),
        gguf_file=file.name,
        dtype="float32",
        softmax_dtype="float64",
        device="cpu",
        batch_size=1,
    )


def run(job: dict[str, Any], model: Any, out: Path) -> None:
    task = open_task(job)
    lines = []
    for doc_id, instances in requests_of(task, job["n"]).items():
        line: dict[str, Any] = {
            "doc_id": doc_id,
            "context": instances[0].args[0],
            "continuations": [instance.args[1] for instance in instances]
            if instances[0].request_type == "loglikelihood"
            else [],
        }
        if model is not None and line["continuations"]:
            answers = model.loglikelihood(instances, disable_tqdm=True)
            line["logprobs"] = [float(logprob) for logprob, _ in answers]
            line["results"] = _results(task, instances[0].doc, answers)
        lines.append(json.dumps(line, ensure_ascii=False))
    part = out.with_suffix(".part")
    part.write_text("\n".join(lines) + "\n", encoding="utf-8")
    part.replace(out)


def _results(task: Any, doc: Any, answers: Any) -> dict[str, Any]:
    try:
        results = task.process_results(doc, answers)
    except AttributeError:  # ReCoRD without its module
        return {}
    return {key: _plain(results[key]) for key in RESULTS if key in results}


def _plain(value: Any) -> Any:
    return [int(entry) for entry in value] if isinstance(value, tuple) else float(value)


def main() -> None:
    path = Path(sys.argv[1])
    given = json.loads(path.read_text(encoding="utf-8"))
    open_jobs = [job for job in given["jobs"] if not (path.parent / f"{job['name']}.jsonl").exists()]
    model = open_model(given["model"]) if given["model"] and open_jobs else None
    for job in open_jobs:
        run(job, model, path.parent / f"{job['name']}.jsonl")
        print(job["name"], "done", flush=True)


if __name__ == "__main__":
    main()
