"""What the signature of a scorer tells of its judges: ``judge(model=m,prompt=0a…,rubric=1b…,votes=3)``."""

from __future__ import annotations

import re

#: Parameters that stand in the signature of every scorer that asks a judge.
_OF_JUDGES = {"model", "prompt", "rubric"}
_NEXT = re.compile(r",(?=\w+=)")


def parameters_of(signature: str) -> dict[str, str]:
    """The parameters by name; what stands in a value stays in it."""
    _, _, inside = signature.removesuffix(")").partition("(")
    found = [part.partition("=") for part in _NEXT.split(inside)]
    return {name: value for name, equals, value in found if equals}


def asks_judge(signature: str) -> bool:
    """Whether it is that of a scorer that asks a judge."""
    return "rubric=" in signature and parameters_of(signature).keys() >= _OF_JUDGES


def judge_specs(signature: str) -> list[str]:
    """The specs of its judges."""
    return parameters_of(signature)["model"].split("+")


def n_votes(signature: str) -> int:
    """How often each judge is asked for one verdict."""
    return int(parameters_of(signature).get("votes", "1"))
