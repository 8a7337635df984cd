"""The pytest plugin. Without a configured model it declares its options and does nothing else."""

from __future__ import annotations

import gc
import threading
from functools import cache
from typing import TYPE_CHECKING

import pytest

from evalkit.pytest_plugin.options import SUFFIX, add_options, configured_models, keep_paths, store_of

if TYPE_CHECKING:
    from evalkit.pytest_plugin.hooks import ActivePlugin

__all__ = ["pytest_addoption", "pytest_configure", "pytest_load_initial_conftests"]


def pytest_addoption(parser: pytest.Parser) -> None:
    add_options(parser)


@pytest.hookimpl(tryfirst=True)
def pytest_load_initial_conftests(
    early_config: pytest.Config, parser: pytest.Parser, args: list[str]
) -> None:
    keep_paths(early_config, parser, args)


@pytest.hookimpl(trylast=True)
def pytest_configure(config: pytest.Config) -> None:
    if configured_models(config):
        _activate(config)
    else:
        _refuse_eval_files(config)
        config.pluginmanager.register(_WithoutModel(), "evalkit-without-model")


class _WithoutModel:
    """What stands in for the session when no model is configured."""

    @pytest.fixture
    def llm(self) -> None:
        """Skips: the test asks a model, and none is configured."""
        pytest.skip("needs a model: --llm-model=SPEC")


def _make_store_ahead() -> None:
    from evalkit.store.creation import make_ahead

    make_ahead()


def _activate(config: pytest.Config) -> ActivePlugin:
    if not hasattr(config, "workerinput") and not store_of(config).exists():
        threading.Thread(target=_make_store_ahead, name="evalkit new store").start()
    plugin = _active_plugin().create(config)
    config.pluginmanager.register(plugin, "evalkit-active")
    return plugin


@cache
def _active_plugin() -> type[ActivePlugin]:
    """What is imported stays: to look for garbage among it, now and twice at the end of pytest, would take a
    tenth of a small session's time."""
    from evalkit.pytest_plugin.plain_imports import import_plainly

    import_plainly()
    is_collecting = gc.isenabled()
    gc.disable()
    try:
        from evalkit.pytest_plugin.hooks import ActivePlugin
    finally:
        gc.freeze()
        if is_collecting:
            gc.enable()
    return ActivePlugin


def _refuse_eval_files(config: pytest.Config) -> None:
    named = [arg for arg in config.args if arg.split("::")[0].endswith(SUFFIX)]
    if named:
        from evalkit.pytest_plugin.shown_text import usage_error

        raise usage_error(
            f"{named[0]} needs a model: add --llm-model=SPEC, for example --llm-model=local/smollm2"
        )
