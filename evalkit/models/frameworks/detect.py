"""Whether an object is one of a framework's, told by what it offers: nothing is imported for it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any


def as_function(target: Any) -> Any:
    """A function that asks ``target``, where that is a LangChain runnable or a LlamaIndex engine; else
    ``target`` itself."""
    found = _maker(target)
    return target if found is None else found(target)


def _maker(target: Any) -> Callable[[Any], Callable[..., Any]] | None:
    if isinstance(target, type) or (callable(target) and not is_of(target, "langchain_core", "llama_index")):
        return None
    if _has(target, "ainvoke", "get_input_jsonschema"):
        from evalkit.models.frameworks.langchain import asking_runnable

        return asking_runnable
    if _has(target, "aquery", "query"):
        from evalkit.models.frameworks.llama_index import asking_query_engine

        return asking_query_engine
    if _has(target, "achat", "astream_chat", "reset"):
        from evalkit.models.frameworks.llama_index import asking_chat_engine

        return asking_chat_engine
    return None


def response_fields(answer: Any) -> dict[str, Any] | None:
    """The fields of a Response that an answer of a framework tells, returned by a function of the user's own;
    None where it is none of theirs."""
    if is_of(answer, "langchain_core"):
        from evalkit.models.frameworks.langchain import fields_of

        return fields_of(answer)
    if hasattr(answer, "source_nodes") and hasattr(answer, "response"):
        from evalkit.models.frameworks.llama_index import engine_fields

        return engine_fields(answer)
    return None


def is_of(value: Any, *packages: str) -> bool:
    """Whether its class comes from one of these packages, or derives from one that does."""
    return any(kind.__module__.partition(".")[0] in packages for kind in type(value).__mro__)


def _has(target: Any, *names: str) -> bool:
    return all(callable(getattr(target, name, None)) for name in names)
