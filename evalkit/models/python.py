"""``python:package.module:callable``: the user's own application, chain, pipeline or agent."""

from __future__ import annotations

import asyncio
import contextlib
import importlib
import inspect
import sys
import threading
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

from evalkit.core.request import Request
from evalkit.core.response import Response
from evalkit.core.subject import ModelSpec
from evalkit.core.text import cut
from evalkit.core.user_code import caught, contained, told
from evalkit.errors import ModelError, ModelSpecError, UserCodeError, did_you_mean
from evalkit.models.model import READS_SAMPLE, BaseModel, ModelSettings
from evalkit.models.spec_params import amount, count, read_params


def _input(request: Request) -> str:
    """The Sample's input. A task that has only a prompt has none, and an empty text would ask nothing."""
    sample = request.sample
    if not sample.input and "input" not in sample.row:
        raise ModelError("the task gives its samples no input", hint="add 'input:' to it, or take 'prompt'")
    return sample.input


#: What a callable may ask for by the name of a parameter; a first one of any other name gets the ``prompt``.
ARGUMENTS: Mapping[str, Callable[[Request], Any]] = {
    "input": _input,
    "prompt": lambda request: request.text,
    "request": lambda request: request,
    "sample": lambda request: request.sample,
    "messages": lambda request: [{"role": m.role, "content": m.content} for m in request.messages],
}

_SAMPLE_READERS = (ARGUMENTS["input"], ARGUMENTS["request"], ARGUMENTS["sample"])


def open_model(spec: ModelSpec, settings: ModelSettings) -> PythonModel:
    """``?revision=`` names the application's version and allows its answers to be cached."""
    params = read_params(spec, {"revision": str, "timeout_s": amount, "concurrency": count})
    return PythonModel(spec, _load(spec, settings), params, params.get("timeout_s", settings.timeout_s))


def model_of_callable(
    function: Callable[..., Any], text: str, timeout_s: float = ModelSettings.timeout_s
) -> PythonModel:
    """A function at hand as a Model: what ``python:package.module:callable`` opens by its name.

    Args:
        text: how its Subject is called, ``python:MODULE:NAME`` for one that can be imported.
    """
    provider, _, name = text.partition(":")
    spec = ModelSpec("python", name if provider == "python" and name else text, {}, text)
    return PythonModel(spec, function, {}, timeout_s)


def _load(spec: ModelSpec, settings: ModelSettings) -> Callable[..., Any]:
    module_name, _, attribute = spec.name.partition(":")
    what = f"python:{spec.name}"
    if not module_name or not attribute:
        raise ModelSpecError(f"{what} cannot be read", hint="write python:package.module:callable")
    folder = str(settings.base_dir.absolute())
    if folder not in sys.path:
        sys.path.insert(0, folder)
    try:
        module = importlib.import_module(module_name)
    except BaseException as error:
        raise ModelSpecError(
            f"{what}: module {module_name} cannot be imported: {told(caught(error))}",
            hint="check the name and that the module is importable from here",
        ) from None
    target: Any = module
    for part in attribute.split("."):
        if not hasattr(target, part):
            names = [name for name in dir(target) if not name.startswith("_")]
            raise ModelSpecError(f"{what}: {module_name} has no {part!r}", hint=did_you_mean(part, names))
        target = getattr(target, part)
    if not callable(target):
        raise ModelSpecError(f"{what} is not callable", hint="name a function")
    return target  # type: ignore[no-any-return]


class PythonModel(BaseModel):
    """Calls a function; it returns text or an ``evalkit.Response``.

    A parameter called ``input`` gets the Sample's input, without the prompt around it; ``messages`` the chat
    messages, ``request`` and ``sample`` these objects. ``prompt``, and a first parameter of any other name,
    gets the rendered prompt as one text: the bare text of a prompt without roles, else with a line ``role:``
    before each message. Async functions are
    awaited, others run in a thread each. Answers are cached only with ``?revision=``, because what the
    application knows may change without its name.
    """

    def __init__(
        self, spec: ModelSpec, function: Callable[..., Any], params: Mapping[str, Any], timeout_s: float
    ) -> None:
        super().__init__(spec)
        self.revision: str | None = params.get("revision")
        self.params: Mapping[str, Any] = {}
        self._readers = _readers(function)
        self.reads_sample = any(reader in _SAMPLE_READERS for reader in self._readers)
        self.default_concurrency: int = params.get("concurrency", 8)
        self.cache_identity: Mapping[str, Any] | None = None
        if self.revision is not None:
            self.cache_identity = {"provider": "python", "name": spec.name, "revision": self.revision}
            if self.reads_sample:
                self.cache_identity = {**self.cache_identity, READS_SAMPLE: True}
        self._function = function
        self._timeout_s = timeout_s
        self._is_async = inspect.iscoroutinefunction(function) or inspect.iscoroutinefunction(
            getattr(function, "__call__", None)  # noqa: B004 - an object with an async __call__ counts too
        )

    async def respond(self, request: Request) -> Response:
        """Call it once. Whatever it raises, and a call that takes too long, is a ModelError."""
        arguments = [read(request) for read in self._readers]
        try:
            async with asyncio.timeout(self._timeout_s) as bound:
                if self._is_async:
                    answer = await contained(self._function(*arguments))
                else:
                    answer = await _in_thread(self._function, arguments)
        except TimeoutError as error:
            if not bound.expired():
                raise ModelError(f"{self.spec.name} raised {told(error)}") from None
            what = f"{self.spec.name} gave no answer within {self._timeout_s:g} s"
            raise ModelError(what, kind="late") from None
        except ModelError:
            raise
        except Exception as error:
            raise ModelError(f"{self.spec.name} raised {told(error)}") from None
        return self._checked(answer, request)

    def _checked(self, answer: Any, request: Request) -> Response:
        if isinstance(answer, Response) and answer.error:
            raise ModelError(str(answer.error))
        if request.continuations is not None and getattr(answer, "choice_logprobs", None) is None:
            raise ModelError(
                f"{self.spec.name} does not rank choices",
                hint="use scoring: generate, or return an evalkit.Response with choice_logprobs",
            )
        if isinstance(answer, str):
            return Response(answer)
        if isinstance(answer, Response) and isinstance(answer.output, str):
            return replace(answer)
        seen = cut(f"{type(answer).__name__} {answer!r}", 80)
        raise ModelError(f"{self.spec.name} returned {seen}", hint="return a str or an evalkit.Response")


def _readers(function: Callable[..., Any]) -> list[Callable[[Request], Any]]:
    """For each required parameter, what is put there."""
    try:
        parameters = list(inspect.signature(function).parameters.values())
    except (TypeError, ValueError):
        return [_text]
    positional = [p for p in parameters if p.kind in (p.POSITIONAL_ONLY, p.POSITIONAL_OR_KEYWORD)]
    readers: list[Callable[[Request], Any]] = []
    for index, parameter in enumerate(positional):
        if parameter.name in ARGUMENTS:
            readers.append(ARGUMENTS[parameter.name])
        elif index == 0:
            readers.append(_text)
        else:
            break
    return readers or [_text]


def _text(request: Request) -> str:
    return request.text


async def _in_thread(function: Callable[..., Any], arguments: list[Any]) -> Any:
    """Run in a daemon thread of its own: one that hangs for ever keeps neither the session nor the others."""
    loop = asyncio.get_running_loop()
    future: asyncio.Future[Any] = loop.create_future()

    def settle(value: Any, error: Exception | None) -> None:
        if future.done():
            return
        if error is not None:
            future.set_exception(error)
        else:
            future.set_result(value)

    def run() -> None:
        value: Any = None
        failure: Exception | None = None
        try:
            value = function(*arguments)
        except StopIteration as error:
            failure = UserCodeError(told(error))
        except BaseException as error:
            failure = caught(error)
        with contextlib.suppress(RuntimeError):  # The session is over, and the loop is closed.
            loop.call_soon_threadsafe(settle, value, failure)

    threading.Thread(target=run, name="evalkit-call", daemon=True).start()
    return await future
