"""lm-evaluation-harness as a process of its own, on prompts that are given to it whole."""

from __future__ import annotations

import json
import os
from collections.abc import Sequence
from pathlib import Path

from tests.benchmarks.process import Usage, measure

#: What `make bench-ranking` installs; the first is the reference, the others let it read GGUF files.
REQUIREMENTS = ("lm-eval[hf]==0.4.13", "gguf")

_TASK = """\
task: prompts
dataset_path: json
dataset_kwargs: {data_files: {test: prompts.jsonl}}
test_split: test
output_type: multiple_choice
doc_to_text: "{{text}}"
doc_to_target: label
doc_to_choice: %s
target_delimiter: " "
metric_list: [{metric: acc, aggregation: mean, higher_is_better: true}]
metadata: {version: 1.0}
"""


def rank(
    python: Path, model: Path, texts: Sequence[str], choices: Sequence[str], folder: Path
) -> tuple[Usage, list[list[float]]]:
    """What the process took, and the log-likelihood of each choice after each text, in float32 on the CPU."""
    folder.mkdir(parents=True)
    with (folder / "prompts.jsonl").open("w") as file:
        file.writelines(json.dumps({"text": text, "label": 0}) + "\n" for text in texts)
    (folder / "prompts.yaml").write_text(_TASK % json.dumps(list(choices)))
    source = f"pretrained={model.parent},gguf_file={model.name},dtype=float32"
    command = [
        *(str(python), "-m", "lm_eval", "--model", "hf", "--model_args", source, "--device", "cpu"),
        *("--tasks", "prompts", "--include_path", ".", "--batch_size", "1", "--num_fewshot", "0"),
        *("--log_samples", "--output_path", "out"),
    ]
    offline = dict.fromkeys(("HF_HUB_OFFLINE", "HF_DATASETS_OFFLINE", "TRANSFORMERS_OFFLINE"), "1")
    env = {name: value for name, value in os.environ.items() if not name.startswith("PYTHON")}
    usage = measure(command, cwd=folder, env={**env, **offline, "HF_HOME": str(folder / "hf")})
    (samples,) = (folder / "out").rglob("samples_*.jsonl")
    docs = sorted(
        (json.loads(line) for line in samples.read_text().splitlines()), key=lambda doc: doc["doc_id"]
    )
    return usage, [[float(answer[0]) for answer in doc["filtered_resps"]] for doc in docs]
