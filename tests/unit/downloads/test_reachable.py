from __future__ import annotations

import socket
import sys
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from evalkit.core.task import DatasetSpec
from evalkit.datasets import hub
from evalkit.datasets.load import load_rows
from evalkit.downloads.reachable import is_reachable
from evalkit.errors import DatasetError


@pytest.fixture(autouse=True)
def nothing_is_remembered(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    for name in ("http_proxy", "https_proxy", "all_proxy", "no_proxy"):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.upper(), raising=False)
    is_reachable.cache_clear()
    yield
    is_reachable.cache_clear()


@pytest.fixture
def server() -> Iterator[int]:
    """The port of something that listens."""
    with socket.create_server(("127.0.0.1", 0)) as listening:
        yield listening.getsockname()[1]


def unused_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as listening:
        port: int = listening.getsockname()[1]
    return port


def library_of(load_dataset: Callable[..., Any]) -> Any:
    """What is used of the library ``datasets``."""
    return SimpleNamespace(
        load_dataset=load_dataset,
        config=SimpleNamespace(HF_HUB_OFFLINE=False),
        is_progress_bar_enabled=lambda: False,
        disable_progress_bars=lambda: None,
    )


def test_a_server_that_listens_is_reachable(server: int) -> None:
    assert is_reachable(f"http://127.0.0.1:{server}/path")


def test_a_port_where_nobody_listens_is_not() -> None:
    assert not is_reachable(f"http://127.0.0.1:{unused_port()}")


def test_a_name_whose_look_up_never_ends_is_not_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    over = threading.Event()

    def hang(*_: Any, **__: Any) -> Any:
        over.wait(30)
        raise OSError

    monkeypatch.setattr("evalkit.downloads.reachable._TIMEOUT_S", 0.05)
    monkeypatch.setattr(socket, "create_connection", hang)
    assert not is_reachable("https://hub.example")
    over.set()


def test_behind_a_proxy_the_proxy_is_what_must_be_reached(
    monkeypatch: pytest.MonkeyPatch, server: int
) -> None:
    monkeypatch.setenv("https_proxy", f"http://127.0.0.1:{server}")
    assert is_reachable("https://hub.invalid")
    monkeypatch.setenv("no_proxy", "other.invalid")
    assert not is_reachable("https://other.invalid")


@pytest.mark.parametrize("url", ["", "http://", "nonsense", "http://[::"])
def test_an_address_that_is_none_is_not_reachable(url: str) -> None:
    assert not is_reachable(url)


def test_without_a_network_the_cache_alone_is_asked_and_the_error_says_what_to_do(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    pytest.importorskip("huggingface_hub")
    seen: list[bool] = []

    def load_dataset(*_: Any, **__: Any) -> Any:
        seen.append(library.config.HF_HUB_OFFLINE)
        raise ConnectionError("Couldn't reach 'a/b' on the Hub")

    library = library_of(load_dataset)
    monkeypatch.setitem(sys.modules, "datasets", library)
    monkeypatch.setattr(hub, "_is_hub_reachable", lambda: False)
    with pytest.raises(DatasetError, match="from the cache, and the Hub cannot be reached") as caught:
        load_rows(DatasetSpec(path="a/b"), base_dir=Path(), roots=[])
    assert seen == [True]
    assert "--llm-data" in str(caught.value.hint)


def test_with_a_network_the_hub_is_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("huggingface_hub")
    monkeypatch.setitem(sys.modules, "datasets", library_of(lambda *_, **__: [{"a": 1}]))
    monkeypatch.setattr(hub, "_is_hub_reachable", lambda: True)
    assert load_rows(DatasetSpec(path="a/b"), base_dir=Path(), roots=[]) == [{"a": 1}]
