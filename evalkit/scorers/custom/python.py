"""``python``: the user's own function scores."""

from __future__ import annotations

import hashlib
import inspect
import sys
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from importlib import import_module
from math import inf
from pathlib import Path
from typing import Any, ClassVar

from evalkit.core.response import Response
from evalkit.core.sample import Sample
from evalkit.core.score import Score
from evalkit.core.text import shown
from evalkit.core.user_code import caught, told
from evalkit.errors import ScorerError, TaskError
from evalkit.redaction.redact import keys_beyond_doubt, redact
from evalkit.redaction.secret_values import SecretValues
from evalkit.scorers.base import BaseScorer


@dataclass(frozen=True)
class Python(BaseScorer):
    """What a function returns for the output (one parameter) or for (sample, response) (two).

    The function, plain or async, returns true or false, a number, or a Score. A failed ``assert`` in it
    is value 0 with its message as the explanation; any other exception, and any other value (None
    included: a forgotten ``return`` must not pass), is an error. The signature carries a hash of the
    function's source, so scores of two versions are never compared.

    Args:
        function: ``package.module:function``; modules are also looked for in the working directory.
    """

    name = "python"
    main: ClassVar[str] = "function"
    bounds: ClassVar[tuple[float, float]] = (-inf, inf)

    function: str
    _call: Callable[..., Any] = field(init=False, repr=False, compare=False)
    _takes_output: bool = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        super().__post_init__()
        self._set("signature", f"{self.name}(function={self.function},source={_source_hash(self._call)})")

    def _prepare(self) -> None:
        call = _load(self.function)
        self._set("_call", call)
        self._set("_takes_output", _n_parameters(self.function, call) == 1)

    def __reduce__(self) -> tuple[Any, ...]:
        return type(self), (self.function,)

    @property
    def columns(self) -> Sequence[str] | None:  # type: ignore[override]
        return () if self._takes_output else None

    def score(self, sample: Sample, response: Response) -> Score | Awaitable[Score]:
        arguments = (response.output,) if self._takes_output else (sample, response)
        try:
            result = self._call(*arguments)
        except AssertionError as error:
            return self._wrong(_assertion_text(error))
        return self._awaited(result) if inspect.isawaitable(result) else self._scored(result)

    async def _awaited(self, pending: Awaitable[Any]) -> Score:
        try:
            return self._scored(await pending)
        except AssertionError as error:
            return self._wrong(_assertion_text(error))

    def _scored(self, result: Any) -> Score:
        if isinstance(result, Score):
            answer, explanation = self._cut(result.answer), self._cut(result.explanation)
            return Score(self.name, result.value, answer, explanation, result.error)
        if isinstance(result, bool | int | float) and result == result:
            return Score(self.name, float(result), explanation=None if result else f"{self.function} says no")
        raise ScorerError(
            f"{self.function} returned {shown(result)}", hint="return true or false, a number or a Score"
        )

    def _cut(self, text: str | None) -> str | None:
        """Without keys that the environment holds: the function may read them."""
        return self._secrets.cut(text) if text else text

    @cached_property
    def _secrets(self) -> SecretValues:
        return keys_beyond_doubt()


def _assertion_text(error: AssertionError) -> str:
    return redact((str(error) or "an assertion failed").splitlines()[0])


def _load(text: str) -> Callable[..., Any]:
    module_name, _, attribute = text.partition(":")
    if not module_name or not attribute:
        raise TaskError(f"function {text!r} cannot be read", hint="write 'package.module:function'")
    try:
        call = getattr(_import(module_name), attribute)
    except BaseException as error:
        raise TaskError(f"function {text!r} cannot be loaded: {told(caught(error))}") from None
    if not callable(call):
        raise TaskError(f"{text!r} is not a function")
    return call  # type: ignore[no-any-return]


def _import(name: str) -> Any:
    folder = str(Path.cwd())
    if folder in sys.path or "" in sys.path:
        return import_module(name)
    sys.path.append(folder)
    try:
        return import_module(name)
    finally:
        sys.path.remove(folder)


def _n_parameters(text: str, call: Callable[..., Any]) -> int:
    parameters = inspect.signature(call).parameters.values()
    needed = [p for p in parameters if p.default is p.empty and p.kind is not p.KEYWORD_ONLY]
    if len(needed) not in (1, 2):
        raise TaskError(
            f"{text!r} takes {len(needed)} parameters", hint="take (output) or (sample, response)"
        )
    return len(needed)


def _source_hash(call: Callable[..., Any]) -> str:
    try:
        source = inspect.getsource(call)
    except (OSError, TypeError):
        return "unknown"
    return hashlib.sha256(source.encode()).hexdigest()[:8]
