"""A project with several candidates and a prompt under git, whose rows have slices."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from pathlib import Path

import yaml

from tests.git_project import GitProject

CANDIDATES = ("c0", "c1", "c2", "c3")
LANGUAGES = ("de", "en", "it")
#: Of the regression gates.
MARGIN = 0.3
#: The prompt under git, and what stands before an input without it.
PROMPT, FILE, PLAIN = "p", "prompts/p.prompt.md", "v0"
WRONG, RAISE = "wrong", "raise"

APP = """
import json
from pathlib import Path

KINDS = json.loads(Path("kinds.json").read_text())

def _answer(name, prompt):
    version, _, number = prompt.split()
    with open("answered.jsonl", "a") as file:
        file.write(json.dumps([name, version, number]) + "\\n")
    kind = KINDS.get(name, {}).get(number) or KINDS.get(version, {}).get(number)
    if kind == "raise":
        raise ValueError("no answer to " + number)
    return "?" if kind else "WORD " + number

def c0(prompt):
    return _answer("c0", prompt)

def c1(prompt):
    return _answer("c1", prompt)

def c2(prompt):
    return _answer("c2", prompt)

def c3(prompt):
    return _answer("c3", prompt)
"""


@dataclass
class CandidateProject:
    """The truth about the project, and its files.

    Attributes:
        languages: number of a row to its language.
        kinds: candidate, or version of the prompt, to the numbers that it does not answer right, and how.
        versions: texts of the prompt in the order of their first commits; each begins with its own word.
    """

    folder: Path
    languages: dict[int, str] = field(default_factory=dict)
    kinds: dict[str, dict[int, str]] = field(default_factory=dict)
    versions: list[str] = field(default_factory=list)
    next_number: int = 0

    def __post_init__(self) -> None:
        (self.folder / "suites").mkdir(parents=True)
        (self.folder / "pytest.ini").write_text("[pytest]\n")
        (self.folder / "app.py").write_text(APP)
        (self.folder / ".gitignore").write_text("*\n!prompts\n!prompts/*\n!.gitignore\n")
        self._git = GitProject(self.folder)

    def add_rows(self, n: int, languages: str) -> None:
        """Args: languages: which of them the rows have by turns, ``de en``."""
        words = languages.split()
        for position in range(n):
            self.languages[self.next_number] = words[position % len(words)]
            self.next_number += 1

    def drop_rows(self, n: int) -> None:
        """Some stay always."""
        for number in list(self.languages)[: min(n, len(self.languages) - 4)]:
            del self.languages[number]

    def spoil(self, whose: str, share: float, language: str | None, kind: str) -> None:
        """A candidate, or a version of the prompt, gets worse in a share of the rows (of a language)."""
        numbers = [n for n, each in self.languages.items() if language in (None, each)]
        found = self.kinds.setdefault(whose, {})
        found.update(dict.fromkeys(numbers[: round(share * len(numbers))], kind))

    def mend(self, whose: str) -> None:
        self.kinds.pop(whose, None)

    def commit_prompt(self, number: int) -> None:
        """The text of a version, a new one or one that was there, becomes the file's."""
        text = f"v{number} {{{{ input }}}}\n"
        path = self.folder / FILE
        if path.exists() and path.read_text() == text:
            return
        self._git.commit(f"Say it as v{number}", text, FILE)
        if text not in self.versions:
            self.versions.append(text)

    def truth(self, name: str, version: str, number: int) -> str | None:
        """What a candidate says to a row, behind the first word of its prompt; None where it raises."""
        kind = self.kinds.get(name, {}).get(number) or self.kinds.get(version, {}).get(number)
        return None if kind == RAISE else "?" if kind == WRONG else f"WORD {number}"

    def word_of(self, version: int) -> str:
        """The first word of a numbered version of the prompt."""
        return self.versions[version - 1].split()[0]

    def save(self) -> None:
        """Write the files anew."""
        rows = [
            {"id": f"s{n}", "input": f"word {n}", "target": f"WORD {n}", "language": language}
            for n, language in self.languages.items()
        ]
        (self.folder / "suites/rows.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
        (self.folder / "suites/a.eval.yaml").write_text(yaml.safe_dump(_task("law/a", has_slices=True)))
        (self.folder / "suites/b.eval.yaml").write_text(yaml.safe_dump(_task("law/b", has_slices=False)))
        kinds = {whose: {str(n): kind for n, kind in each.items()} for whose, each in self.kinds.items()}
        (self.folder / "kinds.json").write_text(json.dumps(kinds))


def _task(name: str, *, has_slices: bool) -> dict[str, object]:
    regression = {"metric": "accuracy", "margin": MARGIN}
    return {
        "task": name,
        "prompt": f"{PLAIN} {{{{ input }}}}",
        "dataset": {"file": "rows.jsonl"},
        "scorers": ["exact_match"],
        "metrics": ["accuracy", *([{"accuracy": {"by": "language"}}] if has_slices else [])],
        "gates": [
            "accuracy >= 0.3",
            {"regression": regression},
            *([{"regression": {**regression, "by": "language"}}] if has_slices else []),
        ],
    }
