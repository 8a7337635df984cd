"""What is known of a session before it asks."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from evalkit.core.budget import BudgetLimits
from evalkit.runner.budget.cost_bound import CostBound


@dataclass(frozen=True, slots=True)
class Cost:
    """US dollars, each None where the price is unknown.

    Attributes:
        least: of the prompts alone.
        expected: with answers as long as earlier ones; None too where there are none.
        most: with answers of ``max_tokens`` each.
    """

    least: float | None
    expected: float | None
    most: float | None


@dataclass(frozen=True, slots=True)
class DryEvaluation:
    """One Task with one Subject. Tokens and costs are those of the calls, without what is there already.

    Attributes:
        n_calls: answers that have to be asked for, repeats included.
        n_cached: answers that the cache has.
        n_recorded: answers that a recording has.
        prompt_tokens: of all calls.
        is_counted: whether the model's own tokenizer counted them; else they are estimated.
        completion_most: ``max_tokens`` of all calls.
        mean_completion: tokens of an earlier answer to the task, on average; None where there are none.
        n_earlier: answers that this is the mean of.
        price: None where the price is unknown.
        failure: why nothing can be asked, else None.
        is_judge: whether the calls are those of a judge, and ``subject`` says of which.
    """

    task: str
    subject: str
    n_samples: int = 0
    n_calls: int = 0
    n_cached: int = 0
    n_recorded: int = 0
    prompt_tokens: int = 0
    is_counted: bool = True
    completion_most: int = 0
    mean_completion: float | None = None
    n_earlier: int = 0
    price: CostBound | None = None
    failure: str | None = None
    is_judge: bool = False

    @property
    def completion_expected(self) -> float | None:
        """Tokens of all calls, where they are as long as earlier ones."""
        if not self.n_calls:
            return 0.0
        if self.mean_completion is None:
            return None
        return min(self.mean_completion * self.n_calls, float(self.completion_most))

    @property
    def cost_usd(self) -> Cost:
        """Of all calls."""
        if not self.n_calls:
            return Cost(0.0, 0.0, 0.0)
        if self.price is None:
            return Cost(None, None, None)
        expected, n_in = self.completion_expected, self.prompt_tokens
        return Cost(
            self.price.cost_usd(n_in, 0),
            None if expected is None else self.price.cost_usd(n_in, round(expected)),
            self.price.cost_usd(n_in, self.completion_most),
        )

    def as_dict(self) -> dict[str, Any]:
        """Plain values, for scripts."""
        values = asdict(self)
        return {**values, "completion_expected": self.completion_expected, "cost_usd": asdict(self.cost_usd)}


@dataclass(frozen=True)
class DryRun:
    """A session that was not run.

    Attributes:
        n_rerun: further requests that ``--llm-rerun`` might add; their tokens are not in the numbers.
        is_sequential: whether it might stop earlier.
    """

    evaluations: Sequence[DryEvaluation]
    limits: BudgetLimits
    n_rerun: int = 0
    is_sequential: bool = False

    @property
    def n_calls(self) -> int:
        """Calls of the first pass."""
        return sum(each.n_calls for each in self.evaluations)

    @property
    def prompt_tokens(self) -> int:
        """Of all calls."""
        return sum(each.prompt_tokens for each in self.evaluations)

    @property
    def is_counted(self) -> bool:
        """Whether tokenizers counted all of them."""
        return all(each.is_counted for each in self.evaluations)

    @property
    def completion_most(self) -> int:
        """Tokens of all answers, at most."""
        return sum(each.completion_most for each in self.evaluations)

    @property
    def completion_expected(self) -> float | None:
        """Tokens of all answers by earlier ones; None where one of the tasks has none."""
        return _total(self.evaluations, lambda each: each.completion_expected)

    @property
    def cost_usd(self) -> Cost:
        """Of all calls; unknown as soon as a part of it is."""
        return Cost(
            _total(self.evaluations, lambda each: each.cost_usd.least),
            _total(self.evaluations, lambda each: each.cost_usd.expected),
            _total(self.evaluations, lambda each: each.cost_usd.most),
        )

    def as_dict(self) -> dict[str, Any]:
        """Plain values, for scripts."""
        return {
            "evaluations": [each.as_dict() for each in self.evaluations],
            "total": {
                "n_calls": self.n_calls,
                "n_cached": sum(each.n_cached for each in self.evaluations),
                "n_recorded": sum(each.n_recorded for each in self.evaluations),
                "prompt_tokens": self.prompt_tokens,
                "is_counted": self.is_counted,
                "completion_expected": self.completion_expected,
                "completion_most": self.completion_most,
                "cost_usd": asdict(self.cost_usd),
            },
            "limits": asdict(self.limits),
            "n_rerun": self.n_rerun,
            "is_sequential": self.is_sequential,
        }


def _total(
    evaluations: Sequence[DryEvaluation], value: Callable[[DryEvaluation], float | None]
) -> float | None:
    values = [value(each) for each in evaluations]
    known = [each for each in values if each is not None]
    return sum(known) if len(known) == len(values) else None
