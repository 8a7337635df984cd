"""How scorers reach judge Models: what a session offers, and what stands there without one."""

from __future__ import annotations

from typing import Protocol

from evalkit.core.needs import Knob, Need
from evalkit.core.request import Request
from evalkit.core.response import Response
from evalkit.core.sample import Sample
from evalkit.errors import UsageError


class Judge(Protocol):
    """One judge Model of the session.

    Attributes:
        label: its spec as it was typed.
        revision: what exactly answers, known once it was asked; None where it does not say.
        can_rank: whether its provider ranks choices (``Response.choice_logprobs``); a server may still not.
        carries: what a request may have beside text (``evalkit.core.needs``).
        lacks: generation parameters that it has no place for.
    """

    @property
    def label(self) -> str: ...

    @property
    def revision(self) -> str | None: ...

    @property
    def can_rank(self) -> bool: ...

    @property
    def carries(self) -> frozenset[Need]: ...

    @property
    def lacks(self) -> frozenset[Knob]: ...

    async def ask(self, request: Request, sample: Sample, round_: int, /) -> Response:
        """One answer: cached under the request and ``round_``, within limits and budget, repeated where that
        may help, priced.

        Args:
            request: what the judge reads; its ``sample`` is made of it, and holds nothing else.
            sample: the one whose Response is judged, for progress, costs and messages.
            round_: counts questions that are the same, from 0.

        Raises ModelError where the call failed for good, BudgetSpentError where it was not made.
        """
        ...


class JudgeDoor(Protocol):
    """How the scorers of one task reach the judge Models of their session.

    Attributes:
        n_rounds: how often each judge is asked the same, >= 1 (``--llm-judge-repeats``).
    """

    @property
    def n_rounds(self) -> int: ...

    def spec_of(self, spec: str | None) -> str:
        """The spec that ``open`` opens: itself, or that of ``--llm-judge`` for None. Opens nothing. Raises
        UsageError where there is neither."""
        ...

    def open(self, spec: str | None) -> Judge:
        """The judge Model of that spec, always the same one; None is that of ``--llm-judge``. Does no slow
        work. Raises UsageError where there is none or the spec cannot be read."""
        ...


class NoJudges:
    """The door where no session gives any."""

    n_rounds = 1

    def spec_of(self, spec: str | None) -> str:
        if spec is None:
            raise UsageError("no judge Model is named", hint=NAME_ONE)
        return spec

    def open(self, spec: str | None) -> Judge:
        raise UsageError(
            f"judge {self.spec_of(spec)!r} cannot be asked without a session",
            hint="open the scorer with ScorerSettings(judges=…)",
        )


#: What to do where no judge is named.
NAME_ONE = "give --llm-judge=SPEC or judge: {model: SPEC}"
