"""Functions of a user, for the ``python`` scorer."""

from __future__ import annotations

from evalkit.core.response import Response
from evalkit.core.sample import Sample
from evalkit.core.score import Score

not_a_function = 3


def is_short(output: str) -> bool:
    return len(output) < 10


async def is_short_async(output: str) -> bool:
    return len(output) < 10


def names_target(sample: Sample, response: Response) -> Score:
    return Score("mine", float(sample.target in (response.output or "")), answer="a", explanation="looked")


def asserts_short(output: str) -> bool:
    assert len(output) < 10, f"{len(output)} characters"
    return True


def forgets_to_return(output: str) -> None:
    len(output)


def raises(output: str) -> bool:
    raise KeyError(output)


def takes_three(a: str, b: str, c: str) -> bool:
    return True
