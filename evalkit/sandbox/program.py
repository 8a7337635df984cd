"""A program that a model wrote and the check that decides about it."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Program:
    """One sample to run.

    Attributes:
        source: the untrusted program, whole (for HumanEval the prompt and the completion).
        check: trusted Python. It runs in a process of its own, in which ``entry_point``, ``names`` and every
            other name that it uses and the program defines stand for the program's. Where it defines
            ``check(candidate)`` (HumanEval), that is called with the entry point; otherwise running it is
            the check (MBPP: setup code and assertions, one after the other). It passes unless it raises.
        entry_point: the function under test, called ``candidate`` as well.
        names: further names of the program that the check needs, where its source does not say them.
    """

    source: str
    check: str
    entry_point: str
    names: tuple[str, ...] = ()
