"""``python:package.module:callable``: the user's own application, chain, pipeline or agent."""

from __future__ import annotations

import asyncio
import contextlib
import importlib
import inspect
import sys
import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from functools import partial
from typing import Any

from evalkit.core.frozen import frozen
from evalkit.core.needs import EVERYTHING, Need
from evalkit.core.request import Request
from evalkit.core.response import GIVEN, Response
from evalkit.core.subject import ModelSpec
from evalkit.core.text import cut
from evalkit.core.user_code import caught, contained, told
from evalkit.errors import ModelError, ModelSpecError, UserCodeError, did_you_mean
from evalkit.models.frameworks.detect import as_function, response_fields
from evalkit.models.model import READS_SAMPLE, BaseModel, ModelSettings
from evalkit.models.pacing.rate_limits import RATE_PARAMS, RateLimits
from evalkit.models.spec_params import amount, count, read_params
from evalkit.models.wire.chat_completions import chat_message

#: Takes out of a request what a parameter of a callable gets.
Reader = Callable[[Request], Any]


def _input(request: Request) -> str:
    """The Sample's input. A task that has only a prompt has none, and an empty text would ask nothing."""
    sample = request.sample
    if not sample.input and "input" not in sample.row:
        raise ModelError("the task gives its samples no input", hint="add 'input:' to it, or take 'prompt'")
    return sample.input


#: What a callable may ask for by the name of a parameter; a first one of any other name gets the ``prompt``.
ARGUMENTS: Mapping[str, Reader] = {
    "input": _input,
    "prompt": lambda request: request.text,
    "request": lambda request: request,
    "sample": lambda request: request.sample,
    "messages": lambda request: [chat_message(message) for message in request.messages],
}

#: What it may ask for too, by a keyword. A parameter with a default keeps it where the request has none.
CARRIED: Mapping[str, Reader] = {
    "media": lambda request: list(request.media),
    "tools": lambda request: list(request.tools),
    "tool_choice": lambda request: request.tool_choice,
    "response_format": lambda request: request.response_schema and request.response_schema.as_dict(),
    "schema": lambda request: request.response_schema and request.response_schema.schema,
    "reasoning": lambda request: request.generate.reasoning,
}

#: With one of these a callable sees images, audio and files; a text shows their names alone.
_SEEING = frozenset({"messages", "request", "sample", "media"})
_MEDIA_NEEDS: frozenset[Need] = frozenset({"image", "audio", "file", "ranked_parts"})

_SAMPLE_READERS = (ARGUMENTS["input"], ARGUMENTS["request"], ARGUMENTS["sample"])


def open_model(spec: ModelSpec, settings: ModelSettings) -> PythonModel:
    """``?revision=`` names the application's version and allows its answers to be cached."""
    limits = {"timeout_s": amount, "concurrency": count, **RATE_PARAMS}
    params = read_params(spec, {"revision": str, **limits})
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
    return PythonModel(spec, as_function(function), {}, timeout_s)


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
    function = as_function(target)
    if not callable(function):
        hint = "name a function, a LangChain runnable or a LlamaIndex engine"
        raise ModelSpecError(f"{what} is not callable", hint=hint)
    return function  # type: ignore[no-any-return]


class PythonModel(BaseModel):
    """Calls a function; it returns text, an ``evalkit.Response``, or a dict or object with fields of one.

    A parameter called ``input`` gets the Sample's input, without the prompt around it; ``messages`` the chat
    messages, ``request`` and ``sample`` these objects, and those of ``CARRIED`` what else is asked.
    ``prompt``, and a first parameter of any other name,
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
        self.rates = RateLimits.of(params)
        self.params: Mapping[str, Any] = {}
        self._arguments = _arguments(function)
        self.reads_sample = any(reader in _SAMPLE_READERS for reader in self._arguments.always)
        # How it answers is the application's business; what it is asked must reach it.
        self.carries = EVERYTHING if self._arguments.is_seeing else EVERYTHING - _MEDIA_NEEDS
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
        call = self._arguments.filled(self._function, request)
        try:
            async with asyncio.timeout(self._timeout_s) as bound:
                answer = await contained(call()) if self._is_async else await _in_thread(call)
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
        logprobs = answer.get("choice_logprobs") if isinstance(answer, Mapping) else None
        if request.continuations is not None and getattr(answer, "choice_logprobs", logprobs) is None:
            raise ModelError(
                f"{self.spec.name} does not rank choices",
                hint="use scoring: generate, or return an evalkit.Response with choice_logprobs",
            )
        if isinstance(answer, str):
            return Response(answer)
        if isinstance(answer, Response) and isinstance(answer.output, str):
            return replace(answer)
        if (told := response_fields(answer) or fields_told(answer)) is not None:
            return Response(**told)
        seen = cut(f"{type(answer).__name__} {answer!r}", 80)
        hint = "return a str, an evalkit.Response, or a dict or object with its fields"
        raise ModelError(f"{self.spec.name} returned {seen}", hint=hint)


def fields_told(answer: Any) -> dict[str, Any] | None:
    """The fields of a Response that a dict has as keys, or an object of the user's own as attributes; None
    where there is no text ``output`` among them. Raises ModelError on a key that is not a field."""
    if isinstance(answer, Mapping):
        unknown = next((key for key in answer if key not in ("output", *GIVEN)), None)
        if unknown is not None and "output" in answer:
            raise ModelError(
                f"{unknown!r} is not a field of a Response", hint=did_you_mean(str(unknown), GIVEN)
            )
        told = dict(answer)
    else:
        told = {name: getattr(answer, name) for name in ("output", *GIVEN) if hasattr(answer, name)}
    return told if isinstance(told.get("output"), str) else None


@frozen
class _Arguments:
    """What a callable is called with.

    Attributes:
        leading: what is put in the place of its first parameters.
        named: the same by name, behind a parameter that is filled by its name alone.
        carried: names of ``CARRIED``, and whether the parameter has a default.
        is_seeing: whether images, audio and files reach it.
    """

    leading: Sequence[Reader]
    named: Mapping[str, Reader]
    carried: Mapping[str, bool]
    is_seeing: bool

    @property
    def always(self) -> tuple[Reader, ...]:
        return (*self.leading, *self.named.values())

    def filled(self, function: Callable[..., Any], request: Request) -> Callable[[], Any]:
        """The call for one request."""
        leading = [read(request) for read in self.leading]
        if not self.named and not self.carried:
            return partial(function, *leading)
        named = {name: read(request) for name, read in self.named.items()}
        for name, has_default in self.carried.items():
            value = CARRIED[name](request)
            if value or not has_default:
                named[name] = value
        return partial(function, *leading, **named)


def _arguments(function: Callable[..., Any]) -> _Arguments:
    try:
        parameters = list(inspect.signature(function).parameters.values())
    except (TypeError, ValueError):
        return _Arguments([_text], {}, {}, False)
    takes_name = (inspect.Parameter.POSITIONAL_OR_KEYWORD, inspect.Parameter.KEYWORD_ONLY)
    carried = {
        each.name: each.default is not each.empty
        for each in parameters
        if each.name in CARRIED and each.kind in takes_name
    }
    leading: list[Reader] = []
    named: dict[str, Reader] = {}
    positional = [p for p in parameters if p.kind in (p.POSITIONAL_ONLY, p.POSITIONAL_OR_KEYWORD)]
    is_behind = False
    for index, parameter in enumerate(positional):
        if parameter.name in carried:
            is_behind = True
            continue
        reader = ARGUMENTS.get(parameter.name, _text if index == 0 else None)
        if reader is None:
            break
        if is_behind:
            named[parameter.name] = reader
        else:
            leading.append(reader)
    if not (leading or named or carried):
        leading = [_text]
    names = {each.name for each in positional[: len(leading)]} | named.keys() | carried.keys()
    return _Arguments(leading, named, carried, not names.isdisjoint(_SEEING))


def _text(request: Request) -> str:
    return request.text


async def _in_thread(call: Callable[[], Any]) -> Any:
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
            value = call()
        except StopIteration as error:
            failure = UserCodeError(told(error))
        except BaseException as error:
            failure = caught(error)
        with contextlib.suppress(RuntimeError):  # The session is over, and the loop is closed.
            loop.call_soon_threadsafe(settle, value, failure)

    threading.Thread(target=run, name="evalkit-call", daemon=True).start()
    return await future
