"""A project whose model is asked over the wire, and whose dataset changes between sessions."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from pathlib import Path

import yaml

from tests.laws.paid.vendor import BATCH_SHARE, INPUT_USD, KEY_NAME, MAX_TOKENS, OUTPUT_USD

#: Of the regression gates.
MARGIN = 0.3
#: Task -> what stands before an input.
PROMPTS = {"law/a": "", "law/b": "Once more: "}
PRICES = f"&input_usd_per_mtok={INPUT_USD:g}&output_usd_per_mtok={OUTPUT_USD:g}&batch_share={BATCH_SHARE:g}"


@dataclass
class PaidProject:
    """The truth about the project, and its files.

    Attributes:
        kinds: number of a sample to what its input asks for.
    """

    folder: Path
    kinds: dict[int, str] = field(default_factory=dict)
    has_second_task: bool = False
    is_priced: bool = True
    next_number: int = 0

    def __post_init__(self) -> None:
        (self.folder / "suites").mkdir(parents=True)
        (self.folder / "pytest.ini").write_text("[pytest]\n")

    def add_rows(self, n: int, kind: str) -> None:
        for _ in range(n):
            self.kinds[self.next_number] = kind
            self.next_number += 1

    def drop_rows(self, n: int) -> None:
        """Some stay always."""
        for number in list(self.kinds)[: min(n, len(self.kinds) - 3)]:
            del self.kinds[number]

    def turn_rows(self, n: int, kind: str) -> None:
        """Ask for something else in the first ones."""
        for number in list(self.kinds)[:n]:
            self.kinds[number] = kind

    def toggle_second_task(self) -> None:
        self.has_second_task = not self.has_second_task

    def model(self, base_url: str) -> str:
        prices = PRICES if self.is_priced else ""
        return f"openai/gpt-x?base_url={base_url}&api_key_env={KEY_NAME}{prices}"

    @property
    def tasks(self) -> tuple[str, ...]:
        return tuple(PROMPTS) if self.has_second_task else ("law/a",)

    @property
    def prompts(self) -> dict[tuple[str, str], str]:
        """Task and sample to what is asked."""
        return {
            (task, f"s{number}"): f"{PROMPTS[task]}word {number} {kind}"
            for task in self.tasks
            for number, kind in self.kinds.items()
        }

    def save(self) -> None:
        """Write the files anew."""
        rows = [
            {"id": f"s{n}", "input": f"word {n} {kind}", "target": f"WORD {n} {kind.upper()}"}
            for n, kind in self.kinds.items()
        ]
        (self.folder / "suites/cases.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
        for task, before in PROMPTS.items():
            path = self.folder / f"suites/{task[-1]}.eval.yaml"
            if task in self.tasks:
                path.write_text(yaml.safe_dump(_task(task, before)))
            else:
                path.unlink(missing_ok=True)


def _task(name: str, before: str) -> dict[str, object]:
    return {
        "task": name,
        "prompt": before + "{{ input }}",
        "generate": {"max_tokens": MAX_TOKENS},
        "dataset": {"file": "cases.jsonl"},
        "scorers": ["exact_match"],
        "metrics": ["accuracy"],
        "gates": ["accuracy >= 0.5", {"regression": {"metric": "accuracy", "margin": MARGIN}}],
    }
