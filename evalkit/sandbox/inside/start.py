"""Where the inside begins: builds the walls of its level, warms up, splits, serves.

Started as ``python -P -s -S -c BOOT CONFIG``; ``CONFIG`` is JSON: ``level``, ``root`` (the folder that holds
this package), ``visible`` (paths that the inside may see), ``hidden`` (folders in these that it may not; both
are looked for here where not given), ``private`` (folder of each sample), ``tmp`` (folder of the host for
those of level ``bare``), ``stage``.
"""

from __future__ import annotations

import gc
import importlib
import json
import os
import random
import signal
import sys
from typing import Any

from . import frames, identity, jail, kernel, library, mounts, supervisor, zygote

#: What programs commonly import, loaded once before any is forked; the rest they load themselves.
# fmt: off
_WARM = (
    "abc", "array", "ast", "bisect", "calendar", "cmath", "collections", "collections.abc", "contextlib",
    "copy", "csv", "dataclasses", "datetime", "decimal", "enum", "fractions", "functools", "hashlib",
    "heapq", "inspect", "io", "itertools", "json", "linecache", "logging", "math", "numbers", "operator",
    "os", "pprint", "queue", "random", "re", "statistics", "string", "struct", "symtable", "sys",
    "textwrap", "threading", "time", "timeit", "traceback", "types", "typing", "unicodedata", "unittest",
    "uuid", "warnings",
)
# fmt: on


def main() -> None:
    """Run the inside; never returns to evalkit's own code."""
    config: dict[str, Any] = json.loads(sys.argv[1])
    sys.path.remove(config["root"])
    try:
        task = _serve(config)
    except OSError as error:
        _say({"broken": str(error)})
        os._exit(1)
    if task is not None:
        # What is left of the warm interpreter's objects may not be collected in here: sockets among it would
        # close descriptors whose numbers are the child's by then.
        gc.freeze()
        task()
    os._exit(0)


def _serve(config: dict[str, Any]) -> Any:
    level, other_uid = config["level"], config.get("other_uid")
    if config["stage"] == "identity":
        _end_with_evalkit()
        other_uid = identity.enter_user_namespace()
        if level == "bwrap":
            _exec_bwrap(config, other_uid)
        _enter_namespaces(config)
    if sys.platform == "linux":
        _end_with_evalkit()
    warm_up()
    visible = config.get("visible") or library.visible(os.path.dirname(os.path.abspath(__file__)))
    hidden = config["hidden"] if "hidden" in config else library.packages(visible)
    walls = jail.raise_walls(level, visible, hidden, config["private"], other_uid)
    orders, task = zygote.start(walls)
    if task is not None:
        return task
    _say({"ready": os.getpid(), "abi": walls.abi})
    return supervisor.Supervisor(0, _ANSWERS, orders, walls, config["tmp"]).serve()


_ANSWERS = 1


def _exec_bwrap(config: dict[str, Any], other_uid: int | None) -> None:
    inner = json.dumps({**config, "stage": "inside", "other_uid": other_uid})
    os.execv(config["command"][0], [*config["command"], inner])


def _enter_namespaces(config: dict[str, Any]) -> None:
    """The rest of the namespaces, and the root in them; this process stays behind to pass the end on."""
    kernel.unshare(
        kernel.CLONE_NEWNS
        | kernel.CLONE_NEWPID
        | kernel.CLONE_NEWNET
        | kernel.CLONE_NEWIPC
        | kernel.CLONE_NEWUTS
        | kernel.CLONE_NEWCGROUP
    )
    pid = os.fork()
    if pid != 0:
        os.close(0)
        os.close(1)
        _, status = os.waitpid(pid, 0)
        os._exit(abs(os.waitstatus_to_exitcode(status)))
    mounts.enter_root(config["visible"], config["hidden"], config["private"])


def _end_with_evalkit() -> None:
    kernel.prctl(kernel.PR_SET_PDEATHSIG, signal.SIGKILL)


def warm_up() -> None:
    """Load what programs commonly import, forget the environment, and take all of it out of collection."""
    for name in _WARM:
        importlib.import_module(name)
    os.environ.clear()
    # Forked as it is: programs and checks that draw at random draw the same each time.
    random.seed(0)
    gc.collect()
    gc.freeze()


def _say(message: dict[str, Any]) -> None:
    frames.write_frame(_ANSWERS, json.dumps(message).encode())
