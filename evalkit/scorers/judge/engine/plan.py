"""The parameters of a judge, checked against each other and made ready."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Literal, Protocol

from evalkit.core.frozen import frozen
from evalkit.core.prompt import Prompt
from evalkit.core.score import ScoreValue
from evalkit.errors import TaskError
from evalkit.prompts.media import MediaFiles
from evalkit.scorers.judge.engine.criterion import OVERALL, Criterion, check_rankable, read_criteria
from evalkit.scorers.judge.engine.forms import Form, OneForEach, OneVerdict, WhichIsBetter
from evalkit.scorers.judge.engine.prompts import BETTER, SAME, SOURCES
from evalkit.scorers.judge.engine.question import Asked
from evalkit.scorers.judge.engine.row_text import RowText, columns_of, compiled, is_template
from evalkit.scorers.judge.engine.scale import read_scale
from evalkit.scorers.judge.engine.signature import prompt_hash, rubric_hash, scale_text
from evalkit.scorers.judge.engine.template import JudgePrompt, is_file, prompt_of_file, prompt_of_text

_LABEL = "scorer 'judge'"
FormName = Literal["binary", "graded", "criteria", "pairwise"]


class Parameters(Protocol):
    """Those of the scorer ``judge``."""

    @property
    def rubric(self) -> str: ...
    @property
    def criteria(self) -> Mapping[str, Any] | None: ...
    @property
    def scale(self) -> tuple[float, ...]: ...
    @property
    def levels(self) -> Mapping[Any, Any] | None: ...
    @property
    def reference(self) -> bool | str: ...
    @property
    def against(self) -> str: ...
    @property
    def model(self) -> tuple[str, ...]: ...
    @property
    def votes(self) -> int: ...
    @property
    def decide(self) -> str: ...
    @property
    def prompt(self) -> str: ...
    @property
    def temperature(self) -> float | None: ...
    @property
    def max_chars(self) -> int: ...
    @property
    def only_generated(self) -> str | None: ...


@frozen
class Plan:
    """What a judge is asked.

    Attributes:
        columns: fields of the row that it reads; None for the whole row.
        orders: in which each question is asked: both of a pair, else one without a name.
    """

    form_name: FormName
    asked: Asked
    columns: frozenset[str] | None
    signature_parts: tuple[str, ...]

    @property
    def orders(self) -> tuple[str | None, ...]:
        return ("ab", "ba") if self.form_name == "pairwise" else (None,)

    @property
    def is_binary(self) -> bool:
        """Whether each verdict is worth 0 or 1."""
        return self.form_name == "binary"

    @property
    def bounds(self) -> tuple[float, float]:
        """Of the value; of criteria with unlike scales, the mean of shares."""
        if self.form_name == "pairwise":
            return (0.0, 1.0)
        each = {criterion.bounds for criterion in self.asked.criteria}
        return each.pop() if len(each) == 1 else (0.0, 1.0)

    @property
    def values(self) -> Mapping[str, ScoreValue]:
        """Of criteria, the mean of all and each by its name."""
        if self.form_name != "criteria":
            return {}
        each = {one.name: ScoreValue("graded", one.bounds) for one in self.asked.criteria}
        return {OVERALL: ScoreValue("graded", self.bounds), **each}


def made_plan(given: Parameters, media: MediaFiles | None) -> Plan:
    """Raises TaskError on parameters that do not go together, on a prompt that shows no answer, and on a file
    that cannot be read.

    Args:
        media: where files are read; None leaves a prompt's file for later.
    """
    _check(given)
    name = _form_name(given)
    criteria = _criteria(given, name)
    if given.decide == "rank":
        check_rankable(criteria, _LABEL)
    prompt = _prompt(given, media)
    reference = _reference(given)
    against = RowText(given.against, f"{_LABEL}: against") if given.against else None
    for each in criteria:
        if is_template(each.rubric):
            compiled(each.rubric, f"{_LABEL}: rubric")
    asked = Asked(
        prompt, criteria, _form(name, criteria), against, reference, media or MediaFiles(), given.max_chars,
        given.decide == "rank",
    )  # fmt: skip
    source = "target" if reference == "target" else str(given.reference or "")
    parts = [f"prompt={prompt_hash(prompt)}", f"rubric={rubric_hash(criteria, source, given.against)}"]
    if name in ("graded", "criteria"):
        parts.append(f"scale={'/'.join(dict.fromkeys(map(scale_text, criteria)))}")
    return Plan(name, asked, _columns(asked), tuple(parts))


def _form_name(given: Parameters) -> FormName:
    if given.against:
        return "pairwise"
    if given.criteria is not None:
        return "criteria"
    return "graded" if given.scale or given.levels else "binary"


def _form(name: FormName, criteria: tuple[Criterion, ...]) -> Form:
    if name == "pairwise":
        return WhichIsBetter()
    return OneForEach(criteria) if name == "criteria" else OneVerdict(criteria[0])


def _criteria(given: Parameters, name: FormName) -> tuple[Criterion, ...]:
    if given.criteria is not None:
        return read_criteria(given.criteria, given.scale, _LABEL)
    rubric = given.rubric.strip()
    if not rubric and name == "pairwise":
        rubric = BETTER
    elif not rubric and given.reference:
        rubric = SAME
    return (Criterion("", rubric, read_scale(given.scale, given.levels, _LABEL)),)


def _reference(given: Parameters) -> RowText | str | None:
    if given.reference is True or given.reference == "target":
        return "target"
    return RowText(str(given.reference), f"{_LABEL}: reference") if given.reference else None


def _prompt(given: Parameters, media: MediaFiles | None) -> JudgePrompt:
    is_pairwise, is_ranked = bool(given.against), given.decide == "rank"
    if not given.prompt.strip() or (is_file(given.prompt) and media is None):
        prompt = Prompt.parse(SOURCES[is_pairwise, is_ranked], "judge")
    elif media is not None and is_file(given.prompt):
        prompt = prompt_of_file(given.prompt.strip(), media, _LABEL)
    else:
        prompt = prompt_of_text(given.prompt, _LABEL)
    return JudgePrompt(prompt, is_pairwise=is_pairwise, label=_LABEL)


def _columns(asked: Asked) -> frozenset[str] | None:
    each: list[frozenset[str] | None] = [asked.prompt.fields]
    each += [one.columns for one in (asked.against, asked.reference) if isinstance(one, RowText)]
    each += [columns_of(one.rubric) for one in asked.criteria if is_template(one.rubric)]
    found: frozenset[str] = frozenset()
    for one in each:
        if one is None:
            return None
        found |= one
    return found


def _check(given: Parameters) -> None:
    """Raises TaskError on parameters that do not go together, what is near in its hint."""
    for is_wrong, what, hint in _conflicts(given):
        if is_wrong:
            raise TaskError(f"{_LABEL}: {what}", hint=hint)


def _conflicts(given: Parameters) -> Sequence[tuple[bool, str, str]]:
    has_criteria, is_pair, is_ranked = given.criteria is not None, bool(given.against), given.decide == "rank"
    has_grades = bool(given.scale or given.levels)
    says_nothing = not (given.rubric.strip() or has_criteria or is_pair or given.reference or given.prompt)
    return [
        (says_nothing, "nothing says what is judged", "write 'judge: The answer is polite.'"),
        (
            has_criteria and bool(given.rubric.strip()), "both rubric and criteria are given",
            "keep one, or make the rubric a criterion",
        ),
        (
            has_criteria and given.levels is not None, "levels stand beside criteria",
            "give each criterion its own: criteria: {clear: {rubric: …, levels: {1: …, 5: …}}}",
        ),
        (
            is_pair and has_criteria, "against compares by one rubric, and criteria are given",
            "write one scorer for each criterion, with a 'name:' of its own",
        ),
        (
            is_pair and has_grades, "against says which is better, and a scale is given",
            "remove scale and levels, or against",
        ),
        (
            given.votes % 2 == 0, f"{given.votes} votes may be split evenly", "give an odd number",
        ),
        (
            is_ranked and given.votes > 1, "decide: rank gives the same probability each time, and votes are"
            " asked for", "remove votes, or write decide: generate",
        ),
        (
            is_ranked and given.only_generated is not None, f"decide: rank writes nothing, and"
            f" {given.only_generated} is given", f"remove {given.only_generated}, or write decide: generate",
        ),
        (
            given.votes > 1 and given.temperature == 0, "votes at temperature 0 are all the same",
            "remove temperature, or raise it",
        ),
        (
            len(set(given.model)) < len(given.model), "a judge is named twice", "use votes to ask it again",
        ),
        (
            any(not each.strip() for each in given.model), "a model is empty", "write model: PROVIDER/NAME",
        ),
    ]  # fmt: skip
