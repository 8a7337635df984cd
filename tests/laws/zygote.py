"""A process that has imported everything once and forks a child for each session, command or program.

A fork costs a tenth of a start of Python, so that a machine can try hundreds of whole sessions, and a child
can be interrupted or killed like any process. Reads one JSON request a line, answers one JSON line each.
"""

from __future__ import annotations

import importlib
import json
import os
import pkgutil
import signal
import sys
from collections.abc import Sequence
from typing import Any, NoReturn

#: Imported before the first fork; the last two are what a session loads late.
_EARLY = ("duckdb", "numpy", "jinja2", "aiohttp", "pytest", "xdist", "evalkit.pytest_plugin", "evalkit.cli")


def main() -> None:
    for name in _EARLY:
        importlib.import_module(name)
    for package in ("evalkit.pytest_plugin", "evalkit.cli", "evalkit.report", "evalkit.session"):
        for module in pkgutil.walk_packages(importlib.import_module(package).__path__, package + "."):
            importlib.import_module(module.name)
    print(json.dumps({"ready": os.getpid()}), flush=True)
    for line in sys.stdin:
        print(json.dumps(_answer(json.loads(line))), flush=True)


def _answer(request: dict[str, Any]) -> dict[str, Any]:
    if "poll" in request:
        pid, status = os.waitpid(request["poll"], os.WNOHANG)
        return {"status": os.waitstatus_to_exitcode(status) if pid else None}
    pid = os.fork()
    if pid == 0:
        _become(**request)
    return {"pid": pid}


def _become(kind: str, arguments: Sequence[str], folder: str, output: str, env: dict[str, str]) -> NoReturn:
    """The child: a process group of its own, its output in a file, and no way back."""
    status = 70
    try:
        os.setpgid(0, 0)
        signal.signal(signal.SIGINT, signal.default_int_handler)
        os.chdir(folder)
        out = os.open(output, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o644)
        nothing = os.open(os.devnull, os.O_RDONLY)
        for source, target in ((nothing, 0), (out, 1), (out, 2)):
            os.dup2(source, target)
        os.environ.update(env)
        sys.path.insert(0, folder)
        importlib.invalidate_caches()
        plant = env.get("EVALKIT_LAWS_FAULT")
        if plant:
            importlib.import_module("tests.laws.faults").plant(plant)
        if "EVALKIT_LAWS_INSIDE" in env:
            importlib.import_module("tests.laws.paid.inside").prepare(env["EVALKIT_LAWS_INSIDE"])
        status = _run(kind, arguments)
        sys.stdout.flush()
        sys.stderr.flush()
    except SystemExit as error:
        status = error.code if isinstance(error.code, int) else 1
    except BaseException:
        import traceback

        traceback.print_exc()
    finally:
        os._exit(status)


def _run(kind: str, arguments: Sequence[str]) -> int:
    if kind == "pytest":
        import pytest

        return int(pytest.main(list(arguments)))
    if kind == "python":
        exec(compile(arguments[0], "<string>", "exec"), {"__name__": "__main__"})
        return 0
    from evalkit.cli import main as command

    return command(list(arguments))


if __name__ == "__main__":
    main()
