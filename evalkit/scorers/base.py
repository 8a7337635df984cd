"""What the built-in scorers share: frozen dataclasses of their parameters that know their signature."""

from __future__ import annotations

from collections.abc import Awaitable, Mapping, Sequence
from typing import Any, ClassVar, Self

from evalkit.core.parameters import fit_parameters, parameters_text
from evalkit.core.response import Response
from evalkit.core.sample import Sample
from evalkit.core.score import Score, ScoreKind, ScoreValue
from evalkit.core.text import texts_of
from evalkit.errors import ScorerError
from evalkit.scorers.scorer import Scorer
from evalkit.scorers.settings import ScorerSettings


class BaseScorer:
    """Base of every scorer: everything that the engine reads, with defaults.

    Subclass it with ``@dataclass(frozen=True)``, set ``name``, and write ``score``. Its fields are the
    parameters that task files may set. See ``Scorer`` for what each attribute means.

    Attributes:
        version: to be raised when the same parameters give scores other than before.
    """

    name: str
    signature: str
    main: ClassVar[str | None] = None
    bounds: ClassVar[tuple[float, float]] = (0.0, 1.0)
    columns: Sequence[str] | None = ()
    version: ClassVar[int] = 1
    kind: ClassVar[ScoreKind | None] = None
    is_higher_better: ClassVar[bool] = True
    values: ClassVar[Mapping[str, ScoreValue]] = {}
    gives_answer: ClassVar[bool | None] = None

    def __post_init__(self) -> None:
        fit_parameters("scorer", self)
        self._prepare()
        texts = parameters_text(self)
        if self.version > 1:
            texts.append(f"version={self.version}")
        self._set("signature", f"{self.name}({','.join(texts)})" if texts else self.name)

    def score(self, sample: Sample, response: Response) -> Score | Awaitable[Score]:
        """Score a Response that has an output. Raises ScorerError if it cannot score."""
        raise NotImplementedError

    def bound(self, settings: ScorerSettings) -> Self:
        """Itself: it needs nothing of the session."""
        return self

    def _prepare(self) -> None:
        """Check parameters against each other and compile what is used for each response."""

    def _set(self, attribute: str, value: Any) -> None:
        object.__setattr__(self, attribute, value)

    def _wrong(self, explanation: str, answer: str | None = None) -> Score:
        return Score(self.name, 0.0, answer, explanation)


def columns_read(scorer: Scorer) -> Sequence[str] | None:
    """Fields of the row that a scorer reads, None for the whole row: one of another package may read any
    field unless its class says ``columns`` itself."""
    kinds = type(scorer).__mro__
    says = next((kind for kind in kinds if "columns" in vars(kind)), None)
    is_own = type(scorer).__module__.partition(".")[0] == __name__.partition(".")[0]
    if says is None or (says is BaseScorer and not is_own):
        return None
    return scorer.columns


def references_of(sample: Sample) -> Sequence[str]:
    """The references of a sample as texts, at least one. Raises ScorerError when it has none."""
    target = sample.target
    if type(target) is str:
        return (target,)
    if target is None or target == [] or target == ():
        raise ScorerError(
            f"sample {sample.id!r} has no target to compare with", hint="give the task a 'target:'"
        )
    return texts_of(target)
