"""A project whose answers are judged, and whose rubric, judge and rows change between sessions."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from pathlib import Path

import yaml

TASK = "law/judged"
#: What the task may ask of a judge, and the margin of its regression gate.
MIN_KAPPA, MARGIN = 0.6, 0.3

#: Each of two judges, Subjects or rubrics to the other one.
OTHERS = {"judge-good": "judge-poor", "subject-a": "subject-b", "r1": "r2"}
OTHERS |= {other: each for each, other in OTHERS.items()}


@dataclass
class JudgedProject:
    """The truth about the project, and its files.

    Attributes:
        kinds: number of a row to what judges do with its answer.
        judge: who judges in the next session; ``subject`` who answers.
        is_bound: whether the task asks for a calibration.
    """

    folder: Path
    kinds: dict[int, str] = field(default_factory=dict)
    rubric: str = "r1"
    judge: str = "judge-good"
    subject: str = "subject-a"
    is_bound: bool = True
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
        for number in list(self.kinds)[: min(n, len(self.kinds) - 4)]:
            del self.kinds[number]

    def change(self, name: str, value: object) -> None:
        """Another ``rubric``, ``judge``, ``subject`` or ``is_bound`` from now on."""
        setattr(self, name, value)

    def save(self) -> None:
        """Write the files anew."""
        rows = [{"id": f"s{n}", "input": f"ask {n} {kind}"} for n, kind in self.kinds.items()]
        (self.folder / "suites/rows.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
        task = {
            "task": TASK,
            "prompt": "{{ input }}",
            "dataset": {"file": "rows.jsonl"},
            "scorers": [{"judge": f"By rubric {self.rubric} the answer is good."}],
            "metrics": ["mean:judge"],
            "gates": [
                "mean:judge >= 0.5",
                "human_pass_rate >= 0.5",
                {"regression": {"metric": "mean:judge", "margin": MARGIN}},
            ],
            "max_error_rate": 0.4,
            **({"judge": {"min_kappa": MIN_KAPPA}} if self.is_bound else {}),
        }
        (self.folder / "suites/a.eval.yaml").write_text(yaml.safe_dump(task))
