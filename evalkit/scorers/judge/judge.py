"""``judge``: what one or several judge Models say of an output."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Mapping, Sequence
from dataclasses import dataclass, field, fields, replace
from math import inf
from typing import Annotated, Any, ClassVar, Literal, Self

from evalkit.core.fitting import Bounds
from evalkit.core.response import Response
from evalkit.core.sample import Sample
from evalkit.core.score import Score, ScoreKind, ScoreValue
from evalkit.errors import ScorerError, TaskError
from evalkit.prompts.media import MediaFiles
from evalkit.scorers.base import BaseScorer
from evalkit.scorers.judge.door import NAME_ONE, Judge, JudgeDoor
from evalkit.scorers.judge.engine.asking import Interview, Way
from evalkit.scorers.judge.engine.criterion import OVERALL
from evalkit.scorers.judge.engine.declared import AnyCriterion
from evalkit.scorers.judge.engine.plan import Plan, made_plan
from evalkit.scorers.judge.engine.pooling import pooled
from evalkit.scorers.settings import ScorerSettings

#: What stands for the model of ``--llm-judge`` before a session says which it is.
SESSIONS = "--llm-judge"


@dataclass(frozen=True)
class JudgeScorer(BaseScorer):
    """What a judge Model says: whether a statement holds (1 or 0), a grade on a scale, one of these for each
    of several criteria, or whether the answer is better than another (1, .5, 0).

    The value is the mean over the judges and ``--llm-judge-repeats``; several ``votes`` give the majority
    (for grades the median), several criteria their mean, and metrics read each as ``judge.NAME``.
    ``judgements`` has what was said each time. A judgement that failed is left out, and the explanation says
    so; if all failed, the Score has an error. What is judged stands between fences that it cannot forge.

    Args:
        rubric: a statement that holds or not, or with ``scale`` what the grades are about; may be a template
            over the row.
        criteria: name -> statement or rubric, or ``{rubric, scale, levels}``, instead of ``rubric``.
        scale: lowest and highest grade, ``[1, 5]``; a third number is the step between grades.
        levels: grade -> what it means.
        reference: true to show the sample's target; or a field's name or a template over the row, to show
            that text.
        against: the answer to compare with: a field's name or a template over the row. Both orders are asked;
            a verdict that changes with the order counts as a tie.
        model: specs of the judges; by default that of ``--llm-judge``.
        votes: how often each judge is asked, for a majority; an odd number.
        decide: ``generate`` a reason and a verdict, or ``rank`` the verdicts by their probability.
        prompt: a file of the project, or a text, instead of evalkit's prompt.
        temperature: temperature of the judges: by default 0, or 1 with several votes.
        max_tokens: limit on the tokens of a judge's answer, including its thinking.
        retries: how often a judge is asked again if its answer cannot be read.
        structured: ask for JSON by the provider's own means, if the judge has them.
        max_chars: most characters of one sample that a judge is given.
    """

    name = "judge"
    main: ClassVar[str] = "rubric"
    kind: ClassVar[ScoreKind | None] = None
    bounds: ClassVar[tuple[float, float]] = (-inf, inf)
    values: ClassVar[Mapping[str, ScoreValue]] = AnyCriterion()
    gives_answer = False

    rubric: str = ""
    criteria: Mapping[str, Any] | None = None
    scale: tuple[float, ...] = ()
    levels: Mapping[Any, Any] | None = None
    reference: bool | str = False
    against: str = ""
    model: tuple[str, ...] = ()
    votes: Annotated[int, Bounds(at_least=1, at_most=99)] = 1
    decide: Literal["generate", "rank"] = "generate"
    prompt: str = ""
    temperature: Annotated[float | None, Bounds(at_least=0, at_most=10)] = None
    max_tokens: Annotated[int, Bounds(at_least=1, below=2**31)] = 1024
    retries: Annotated[int, Bounds(at_least=0, at_most=10)] = 2
    structured: bool = True
    max_chars: Annotated[int, Bounds(at_least=1)] = 200_000
    _plan: Plan | None = field(init=False, repr=False, compare=False, default=None)
    _door: JudgeDoor | None = field(init=False, repr=False, compare=False, default=None)

    def __post_init__(self) -> None:
        super().__post_init__()
        self._set("signature", self._signature(self.model or (SESSIONS,)))

    def __reduce__(self) -> tuple[Any, ...]:
        return _made, ({each.name: getattr(self, each.name) for each in fields(self) if each.init},)

    def _prepare(self) -> None:
        self._plan_with(None)

    def _plan_with(self, media: MediaFiles | None) -> None:
        plan = made_plan(self, media)
        self._set("_plan", plan)
        self._set("bounds", plan.bounds)
        self._set("values", plan.values)
        self._set("kind", "binary" if plan.is_binary and len(self.model) < 2 else "graded")

    @property
    def columns(self) -> Sequence[str] | None:  # type: ignore[override]
        columns = self._the_plan.columns
        return None if columns is None else sorted(columns)

    @property
    def only_generated(self) -> str | None:
        """A parameter that was given and is of verdicts that are written; None without one."""
        own = {each.name: each.default for each in fields(self)}
        names = ("temperature", "max_tokens", "retries", "structured")
        return next((name for name in names if getattr(self, name) != own[name]), None)

    @property
    def _the_plan(self) -> Plan:
        assert self._plan is not None
        return self._plan

    def _signature(self, specs: Sequence[str]) -> str:
        plan = self._the_plan
        parts = [f"form={plan.form_name}", f"model={'+'.join(specs)}", *plan.signature_parts]
        parts += [f"votes={self.votes}"] if self.votes > 1 else []
        parts += [f"decide={self.decide}"] if self.decide != "generate" else []
        parts += [f"temperature={self.temperature:g}"] if self.temperature is not None else []
        return f"{self.name}({','.join(parts)})"

    def bound(self, settings: ScorerSettings) -> Self:
        """The same scorer with the session's judges, their specs in its signature. Raises TaskError where
        there is no judge, a judge cannot rank and is to, or the prompt's file cannot be read."""
        made = replace(self)
        made._set("_door", settings.judges)
        made._plan_with(settings.media)
        specs = [settings.judges.spec_of(spec) for spec in made.model or (None,)]
        made._set("signature", made._signature(specs))
        if settings.judges.n_rounds > 1:
            made._set("kind", "graded")
        made._judges()
        return made

    def _judges(self) -> list[Judge]:
        if self._door is None:
            raise ScorerError("'judge' has no judge Model to ask", hint=NAME_ONE)
        judges = [self._door.open(spec) for spec in self.model or (None,)]
        for judge in judges:
            if self.decide == "rank" and not judge.can_rank:
                what = f"scorer 'judge': {judge.label} does not rank choices, and decide: rank asks it to"
                hint = "write decide: generate, or judge by a local/… model or a server that ranks"
                raise TaskError(what, hint=hint)
        return judges

    def score(self, sample: Sample, response: Response) -> Awaitable[Score]:
        """Raises ScorerError where there is no judge to ask."""
        return self._scored(self._judges(), sample, response)

    async def _scored(self, judges: Sequence[Judge], sample: Sample, response: Response) -> Score:
        assert self._door is not None
        plan = self._the_plan
        way = Way(self.name, self.max_tokens, self._temperature, self.retries, self.structured)
        rounds = range(self._door.n_rounds * self.votes)
        interviews = [
            Interview(judge, plan.asked, way, sample, response, round_, order)
            for judge in judges
            for round_ in rounds
            for order in plan.orders
        ]
        judgements = tuple(await asyncio.gather(*(each.judgement() for each in interviews)))
        found = pooled(judgements, self.votes, is_binary=plan.is_binary)
        values = found.values
        if values is not None and found.value is not None:
            values = {OVERALL: found.value, **values}
        return Score(
            self.name, found.value, found.verdict, found.explanation, found.error, values, judgements
        )

    @property
    def _temperature(self) -> float | None:
        return 1.0 if self.temperature is None and self.votes > 1 else self.temperature


def _made(parameters: Mapping[str, Any]) -> JudgeScorer:
    return JudgeScorer(**parameters)
