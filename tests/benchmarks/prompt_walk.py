"""A prompt that gets worse over six commits, on a real model and data: gated, blamed, reverted, green again.

    python -m tests.benchmarks.prompt_walk [--samples 120]

The model is ``local/smollm2``, the data the first phrases of SST-2's development set. Prints each command and
what it says; ends with status 1 where the walk does not come out as told in docs/how-to/prompts.md.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from tests.git_project import FILE, GitProject
from tests.invocation import EVALKIT, environment
from tests.shared_data import shared_data

SHOTS = (
    "Review: a joy from start to finish\nMood: positive\n\nReview: dull and far too long\nMood: negative\n\n"
)
#: Message and text of each commit, the oldest first. The fourth leaves the examples out; what the third adds
#: costs more than it looks.
HISTORY = (
    ("Show two reviews", f"{SHOTS}Review: {{{{ input }}}}\nMood:"),
    ("Trim the text", f"{SHOTS}Review: {{{{ input | trim }}}}\nMood:"),
    ("Say what it is", f"Moods of film reviews.\n\n{SHOTS}Review: {{{{ input | trim }}}}\nMood:"),
    ("Save tokens", "Moods of film reviews.\n\nReview: {{ input | trim }}\nMood:"),
    ("Shorten the title", "Film reviews.\n\nReview: {{ input | trim }}\nMood:"),
    ("Leave out the title", "Review: {{ input | trim }}\nMood:"),
)
TASK = """task: reviews
dataset: {file: reviews.jsonl}
input: "{{ sentence }}"
target: "{{ ['negative', 'positive'][label] }}"
prompt: "{{ input }}\\nMood:"
choices: [negative, positive]
scoring: loglikelihood
scorers: [choice]
metrics: [accuracy]
gates:
  - regression: {metric: accuracy, margin: 0.03}
"""
MODEL = "local/smollm2"
RUN = f"run reviews.eval.yaml --model={MODEL} --report=off"


class Walk:
    """Commands in a folder of their own."""

    def __init__(self, folder: Path, n_samples: int) -> None:
        self.folder = folder
        self.is_as_told = True
        self._project = GitProject(folder)
        lines = shared_data("glue", "SST-2", "dev.tsv").read_text(encoding="utf-8").splitlines()[1:]
        rows = [line.split("\t", 1) for line in lines[:n_samples]]
        texts = [json.dumps({"label": int(label), "sentence": sentence}) for label, sentence in rows]
        (folder / "reviews.jsonl").write_text("\n".join(texts) + "\n", encoding="utf-8")
        (folder / "reviews.eval.yaml").write_text(TASK, encoding="utf-8")
        (folder / ".gitignore").write_text(".evalkit/\nreports/\n", encoding="utf-8")
        for message, text in HISTORY:
            self._project.commit(message, text, FILE)

    def evalkit(self, words: str, expected: int, said: str = "") -> None:
        """Run a command, and hold it to its status and to words of what it prints."""
        began = time.monotonic()
        done = subprocess.run(
            [*EVALKIT, *words.split()],
            cwd=self.folder, env=environment(), capture_output=True, text=True, check=False,
        )  # fmt: skip
        told = done.stdout + done.stderr
        print(f"$ evalkit {words}\n{told}[status {done.returncode}, {time.monotonic() - began:.0f} s]\n")
        sys.stdout.flush()
        self.is_as_told &= done.returncode == expected and said in told


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--samples", type=int, default=120, help="phrases of SST-2 (default 120)")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        walk = Walk(Path(folder), options.samples)
        walk.evalkit("prompts label support 1 production", 0)
        walk.evalkit(f"{RUN} --prompt=support@production --save-baseline=main", 0)
        walk.evalkit(f"{RUN} --prompt=support={FILE} --baseline=main", 1, "fail")
        walk.evalkit(
            "prompts blame support main --suite=reviews.eval.yaml --quiet", 0, "support@3 brought it"
        )
        walk.evalkit("prompts log support", 0)
        walk.evalkit("prompts diff support 3 4", 0)
        walk.evalkit("prompts revert support 1", 0, "is support@1 again")
        walk.evalkit(f"{RUN} --prompt=support={FILE} --baseline=main", 0, "pass")
    print("as told" if walk.is_as_told else "NOT as told")
    return int(not walk.is_as_told)


if __name__ == "__main__":
    sys.exit(main())
