"""What holds calls of each Model back: how many are in flight, its throttle, and whether it is given up."""

from __future__ import annotations

from collections.abc import Mapping

from evalkit.core.text import plural
from evalkit.errors import FailureKind
from evalkit.models.model import Model
from evalkit.models.pacing.throttle import Throttle
from evalkit.models.wire.patience import Bound, Patience
from evalkit.runner.limit import Limit
from evalkit.runner.slots import Slots


class ModelLimits:
    """Those of one session.

    Args:
        n_concurrent: requests in flight for each Model; None takes each Model's default.
        bounds: when a Model is given up.
        is_adaptive: let the number find its own size.
    """

    def __init__(
        self, n_concurrent: int | None, bounds: Mapping[FailureKind, Bound], *, is_adaptive: bool
    ) -> None:
        self._n_concurrent = n_concurrent
        self._bounds = bounds
        self._patience: dict[int, Patience] = {}
        self._is_adaptive = is_adaptive
        self._throttles: dict[int, tuple[Model, Throttle]] = {}
        self._slots: dict[int, tuple[Model, Slots]] = {}

    def new_limit(self, model: Model) -> Limit:
        """A bound on requests in flight, for one pass over the work."""
        if not self._is_adaptive:
            return Limit(self._n_concurrent or model.default_concurrency)
        from evalkit.runner.adaptive import AdaptiveLimit  # for --llm-concurrency=auto alone

        return AdaptiveLimit(model.default_concurrency)

    def slots(self, model: Model) -> Slots:
        """Those of all that ask the Model; they bind nobody before a judge asks it."""
        found = self._slots.get(id(model))
        if found is None:
            found = self._slots[id(model)] = model, Slots(self.new_limit(model))
        return found[1]

    def patience(self, model: Model) -> Patience:
        """The one of all that ask the Model."""
        return self._patience.setdefault(id(model), Patience(self._bounds))

    def throttle(self, model: Model) -> Throttle:
        """The one of all that ask the Model."""
        found = self._throttles.get(id(model))
        if found is None:
            found = self._throttles[id(model)] = model, Throttle(model.rates)
        return found[1]

    @property
    def waiting(self) -> list[str]:
        """What calls wait for now, for people: a line for each Model whose limits hold them up."""
        held = [(model, throttle.text()) for model, throttle in tuple(self._throttles.values())]
        return [f"waiting for the limit of {model.spec.text}: {text}" for model, text in held if text]

    @property
    def rejections(self) -> list[str]:
        """A line for each Model of whose calls some were rejected."""
        lines = []
        for model, throttle in self._throttles.values():
            if n := throttle.n_rejected:
                calls = plural(n + throttle.n_answered, "call")
                lines.append(f"limits: {model.spec.text} rejected {n:,} of {calls}")
        return lines
