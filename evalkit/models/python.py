"""``python:package.module:callable``: the user's own application, chain, pipeline or agent."""

from __future__ import annotations

import asyncio
import inspect
import sys
import threading
from collections.abc import Callable, Mapping
from contextlib import suppress
from contextvars import copy_context
from importlib import import_module
from typing import Any

from evalkit.core.request import Request
from evalkit.core.response import Response
from evalkit.core.subject import ModelSpec
from evalkit.errors import ModelError, ModelSpecError, did_you_mean
from evalkit.models.model import ModelSettings
from evalkit.models.parameters import Parameters

#: What a parameter of one of these names is filled with.
_FILLED: dict[str, Callable[[Request], Any]] = {
    "request": lambda request: request,
    "sample": lambda request: request.sample,
    "messages": lambda request: [{"role": m.role, "content": m.content} for m in request.messages],
}

_POSITIONAL = (
    inspect.Parameter.POSITIONAL_ONLY,
    inspect.Parameter.POSITIONAL_OR_KEYWORD,
    inspect.Parameter.VAR_POSITIONAL,
)


class PythonModel:
    """Calls a Python callable, sync ones in daemon threads.

    The callable gets the rendered prompt as its first argument; parameters named ``request``
    (evalkit.Request), ``sample`` (evalkit.Sample) or ``messages`` (a list of ``{"role", "content"}``) are
    filled by name. It returns a text or an evalkit.Response. Answers are cached only with ``?revision=…``:
    what an application knows may change.
    """

    default_concurrency = 8

    def __init__(self, spec: ModelSpec, settings: ModelSettings) -> None:
        parameters = Parameters(spec)
        self.revision = parameters.text("revision")
        parameters.finish()
        self.spec = spec
        self.params: Mapping[str, Any] = {}
        self.cache_identity: Mapping[str, Any] | None = None
        if self.revision:
            self.cache_identity = {"provider": "python", "name": spec.name, "revision": self.revision}
        self._settings = settings
        self._call: Callable[[Request], Any] | None = None
        self._is_async = False

    async def start(self) -> None:
        """Import the module, in a thread: applications may take their time. Raises ModelSpecError."""
        folder = str(self._settings.base_dir.resolve())
        if folder not in sys.path:
            sys.path.insert(0, folder)
        target = await in_daemon_thread(lambda: load_callable(self.spec))
        self._is_async = _is_async(target)
        self._call = _caller(target, self.spec)

    async def respond(self, request: Request) -> Response:
        if self._call is None:
            await self.start()
        try:
            async with asyncio.timeout(self._settings.timeout_s):
                value = await self._ask(request)
        except TimeoutError:
            # Not retryable: a thread that hangs cannot be stopped, and each retry would leave one more
            # behind.
            raise ModelError(
                f"{self.spec.name} gave no answer within {self._settings.timeout_s:g} s"
            ) from None
        except ModelError:
            raise
        except (Exception, SystemExit) as error:
            raise ModelError(f"{self.spec.name} raised {type(error).__name__}: {error}") from error
        return _response(value, request, self.spec)

    async def close(self) -> None:
        self._call = None

    async def _ask(self, request: Request) -> Any:
        call = self._call
        assert call is not None
        value = call(request) if self._is_async else await in_daemon_thread(lambda: call(request))
        return await value if inspect.isawaitable(value) else value


def open_model(spec: ModelSpec, settings: ModelSettings) -> PythonModel:
    """The registry's factory."""
    return PythonModel(spec, settings)


def load_callable(spec: ModelSpec) -> Callable[..., Any]:
    """Import ``package.module:callable``. Raises ModelSpecError that says which half is wrong."""
    module_name, _, attribute = spec.name.partition(":")
    if not module_name or not attribute:
        raise ModelSpecError(
            "no callable is named", where=spec.text, mend="write python:package.module:callable"
        )
    try:
        module = import_module(module_name)
    except (Exception, SystemExit) as error:
        raise _import_error(module_name, error, spec) from error
    target: Any = module
    for part in attribute.split("."):
        if not hasattr(target, part):
            names = [
                name for name in vars(target) if callable(getattr(target, name)) and not name.startswith("_")
            ]
            raise ModelSpecError(
                f"{module_name} has no {part!r}", where=spec.text, mend=did_you_mean(part, names)
            )
        target = getattr(target, part)
    if not callable(target):
        raise ModelSpecError(f"{spec.name} is a {type(target).__name__}, not a callable", where=spec.text)
    return target  # type: ignore[no-any-return]


def _import_error(module: str, error: BaseException, spec: ModelSpec) -> ModelSpecError:
    is_absent = isinstance(error, ModuleNotFoundError) and f"{module}.".startswith(f"{error.name}.")
    if is_absent:
        return ModelSpecError(
            f"no module named {module!r}",
            where=spec.text,
            mend="run from the folder that holds it, or install it",
        )
    return ModelSpecError(f"importing {module} raised {type(error).__name__}: {error}", where=spec.text)


def _is_async(target: Callable[..., Any]) -> bool:
    return inspect.iscoroutinefunction(target) or inspect.iscoroutinefunction(type(target).__call__)


def _caller(target: Callable[..., Any], spec: ModelSpec) -> Callable[[Request], Any]:
    """How to call it, read from the signature once."""
    try:
        parameters = list(inspect.signature(target).parameters.values())
    except (TypeError, ValueError):  # builtins without a signature take the text
        return lambda request: target(request.text)
    named = [p.name for p in parameters if p.name in _FILLED]
    others = [p for p in parameters if p.name not in _FILLED]
    takes_text = bool(others) and others[0].kind in _POSITIONAL
    return lambda request: target(
        *([request.text] if takes_text else []), **{name: _FILLED[name](request) for name in named}
    )


def _response(value: Any, request: Request, spec: ModelSpec) -> Response:
    if isinstance(value, str):
        if request.continuations is not None:
            raise ModelError(
                f"{spec.name} returned text, but this task ranks choices by log-likelihood",
                mend="use scoring: generate, or return an evalkit.Response with choice_logprobs",
            )
        return Response(output=value)
    if not isinstance(value, Response):
        raise ModelError(
            f"{spec.name} returned {type(value).__name__} {value!r:.60}",
            mend="return a str or an evalkit.Response",
        )
    if value.error is not None or value.output is None:
        raise ModelError(value.error or f"{spec.name} returned a Response with neither output nor error")
    return value


async def in_daemon_thread(call: Callable[[], Any]) -> Any:
    """Run ``call`` in a thread that never holds up the end of the process, unlike an executor's."""
    loop = asyncio.get_running_loop()
    done: asyncio.Future[Any] = loop.create_future()

    def settle(value: Any, error: BaseException | None) -> None:
        if done.cancelled():
            return
        if error is None:
            done.set_result(value)
        else:
            done.set_exception(error)

    def work() -> None:
        value, error = None, None
        try:
            value = context.run(call)
        except (Exception, SystemExit) as caught:
            error = caught if not isinstance(caught, StopIteration) else RuntimeError("StopIteration")
        with suppress(RuntimeError):  # the loop closed while a hanging call was left behind
            loop.call_soon_threadsafe(settle, value, error)

    context = copy_context()
    threading.Thread(target=work, name="evalkit-python-model", daemon=True).start()
    return await done
