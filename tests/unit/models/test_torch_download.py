"""``hf/ORG/NAME`` is fetched from a Hub that is there, once, and said. The library asks a loopback Hub."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from pathlib import Path
from typing import Any

import pytest
from aiohttp import web

from evalkit.errors import ModelSpecError
from evalkit.models.torch_engine.source import DownloadWarning, Source, Wanted

COMMIT = "0123456789abcdef0123456789abcdef01234567"
FILES = {
    "config.json": b"{}",
    "model.safetensors": b"weights",
    "pytorch_model.bin": b"pickle",
    "README.md": b"#",
}


class Hub:
    """The four addresses that a snapshot needs, and which files were asked for."""

    def __init__(self) -> None:
        self.fetched: list[str] = []

    async def answer(self, request: web.Request) -> web.StreamResponse:
        parts = request.path.strip("/").split("/")
        if "missing" in parts:
            return web.json_response({"error": "Repository not found"}, status=404)
        if parts[:2] == ["api", "models"] and "tree" in parts:
            entries = [
                {"type": "file", "path": name, "size": len(data), "oid": "0" * 40}
                for name, data in FILES.items()
            ]
            return web.json_response(entries)
        if parts[:2] == ["api", "models"]:
            siblings = [{"rfilename": name} for name in FILES]
            return web.json_response({"id": "org/name", "sha": COMMIT, "siblings": siblings})
        name = parts[-1]
        if name not in FILES:  # what the library asks a Hub beside that
            return web.json_response({}, status=404)
        if request.method == "GET":
            self.fetched.append(name)
        headers = {"X-Repo-Commit": COMMIT, "ETag": f'"{name}"'}
        return web.Response(body=FILES[name], headers=headers)


def with_hub(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, hub: Hub, use: Any) -> Any:
    async def run() -> Any:
        app = web.Application()
        app.router.add_route("*", "/{path:.*}", hub.answer)
        runner = web.AppRunner(app)
        await runner.setup()
        site = web.TCPSite(runner, "127.0.0.1", 0)
        await site.start()
        (_, port) = runner.addresses[0][:2]
        monkeypatch.setattr("huggingface_hub.constants.ENDPOINT", f"http://127.0.0.1:{port}")
        template = f"http://127.0.0.1:{port}/{{repo_id}}/resolve/{{revision}}/{{filename}}"
        monkeypatch.setattr("huggingface_hub.constants.HUGGINGFACE_CO_URL_TEMPLATE", template)
        monkeypatch.setattr("huggingface_hub.constants.HF_HUB_CACHE", str(tmp_path / "hub"))
        monkeypatch.setattr("huggingface_hub.constants.HF_HUB_OFFLINE", False)
        work: Coroutine[Any, Any, Any] = asyncio.to_thread(use)
        try:
            return await work
        finally:
            await runner.cleanup()

    return asyncio.run(run())


def test_what_is_needed_is_fetched_once_and_found_by_its_commit_from_then_on(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    hub, wanted = Hub(), Wanted("org/name", tmp_path)

    def use() -> tuple[Source, Source]:
        with pytest.warns(DownloadWarning, match="org/name is not on this machine: downloading it"):
            first = wanted.fetch(is_offline=False)
        return first, wanted.fetch(is_offline=True)

    first, again = with_hub(monkeypatch, tmp_path, hub, use)
    assert first == again
    assert first.revision() == COMMIT
    assert sorted(set(hub.fetched)) == ["config.json", "model.safetensors"]
    assert (first.folder / "model.safetensors").read_bytes() == b"weights"


def test_a_download_that_was_broken_off_is_gone_on_with(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    hub, wanted = Hub(), Wanted("org/name", tmp_path)

    def use() -> Source:
        with pytest.warns(DownloadWarning):
            (wanted.fetch(is_offline=False).folder / "model.safetensors").unlink()
        assert wanted.find() is None
        with pytest.warns(DownloadWarning):
            return wanted.fetch(is_offline=False)

    assert (with_hub(monkeypatch, tmp_path, hub, use).folder / "model.safetensors").is_file()


@pytest.mark.filterwarnings("ignore::evalkit.models.torch_engine.source.DownloadWarning")
def test_a_repository_that_is_not_there_is_one_clear_error(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    def use() -> None:
        with pytest.raises(ModelSpecError, match="org/missing cannot be downloaded") as caught:
            Wanted("org/missing", tmp_path).fetch(is_offline=False)
        assert "\n" not in str(caught.value)

    with_hub(monkeypatch, tmp_path, Hub(), use)


def test_offline_nothing_is_fetched_even_from_a_hub_that_is_there(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    hub = Hub()

    def use() -> None:
        with pytest.raises(ModelSpecError, match="this session is offline"):
            Wanted("org/name", tmp_path).fetch(is_offline=True)

    with_hub(monkeypatch, tmp_path, hub, use)
    assert hub.fetched == []
