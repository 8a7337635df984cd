"""The end of a Model, whatever comes of it."""

from __future__ import annotations

import contextlib

from evalkit.core.user_code import caught
from evalkit.models.model import Model


async def closed(model: Model) -> None:
    """Close it; an error of its own keeps nobody."""
    with contextlib.suppress(Exception):
        try:
            await model.close()
        except BaseException as error:
            raise caught(error) from None
