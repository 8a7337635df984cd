"""Models that were started, each once whoever asks first, and that are closed together."""

from __future__ import annotations

import asyncio

from evalkit.core.user_code import caught
from evalkit.models.model import HeaderListener, Model
from evalkit.runner.closing import closed
from evalkit.runner.scoring import describe

#: What stands in the row of a call whose task was cancelled by somebody else than the runner.
CANCELLED = "CancelledError: its task was cancelled by code of the model or a scorer"


class StartedModels:
    """Used in the runner's loop.

    Attributes:
        is_ending: a CancelledError is now the runner's own.
    """

    def __init__(self) -> None:
        self.is_ending = False
        self._starting: dict[int, asyncio.Task[str | None]] = {}
        self._started: list[Model] = []

    async def ensure(self, model: Model, listener: HeaderListener) -> str | None:
        """Start a Model once; the reason as text when it cannot start. ``listener`` hears its headers."""
        task = self._starting.get(id(model))
        if task is None:
            task = self._starting[id(model)] = asyncio.create_task(self._start(model, listener))
        return await asyncio.shield(task)

    async def close(self, timeout_s: float) -> list[str]:
        """Close all; those that do not within ``timeout_s`` are named."""
        # A Model that cannot be closed keeps no other one open.
        closing = {asyncio.ensure_future(closed(model)): model for model in self._started}
        left = (await asyncio.wait(closing, timeout=timeout_s))[1] if closing else set()
        for task in left:
            task.cancel()
        for starting in self._starting.values():
            starting.cancel()
        await asyncio.sleep(0)  # what was cancelled hears of it
        return [f"{closing[task].spec.text} has not closed" for task in left]

    async def _start(self, model: Model, listener: HeaderListener) -> str | None:
        self._started.append(model)
        model.listen(listener)
        try:
            await model.start()
        except asyncio.CancelledError:
            if self.is_ending:
                raise
            return CANCELLED
        except BaseException as error:
            return describe(caught(error))
        return None
