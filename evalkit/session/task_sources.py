"""Tasks by where they are: a task file, a Python module, a folder of both."""

from __future__ import annotations

import importlib.util
import sys
from collections.abc import Iterator, Mapping
from fnmatch import fnmatch
from hashlib import sha256
from pathlib import Path
from typing import Any

from evalkit.core.task import Task
from evalkit.core.text import shown_path
from evalkit.core.user_code import caught, told
from evalkit.errors import TaskError
from evalkit.tasks.taskfile import load_task_file

SUFFIX = ".eval.yaml"
#: Python files of a folder that are looked into, as pytest does.
_MODULES = ("test_*.py", "*_test.py")
#: Folders that hold no tasks, as pytest has them.
_PASSED_OVER = (
    "*.egg", ".*", "_darcs", "build", "CVS", "dist", "node_modules", "venv", "{arch}", "__pycache__",
)  # fmt: skip


def load_tasks(path: Path) -> list[Task]:
    """All Tasks of a file, or of a folder, in the order of their files.

    Raises:
        TaskError: there is none, or a file cannot be read.
    """
    where = shown_path(path.resolve(), Path.cwd())
    if path.is_dir():
        found = [task for file in _files(path) for task in _tasks_of(file)]
    elif path.exists():
        found = _tasks_of(path)
    else:
        raise TaskError("there is no such file or folder", where=where)
    if not found:
        hint = f"tasks are files *{SUFFIX}, or evalkit.Task in a module"
        raise TaskError(f"there is no task in {where}", hint=hint)
    return found


def tasks_in(names: Mapping[str, Any]) -> list[tuple[str, Task]]:
    """The Tasks that a module's variables hold, with the names of the variables: a Task, or lists of them.

    One that stands in a variable of its own too is not taken again from a list.
    """
    own = [(name, value) for name, value in names.items() if isinstance(value, Task)]
    listed: list[tuple[str, Task]] = []
    for name, value in names.items():
        if isinstance(value, list | tuple):
            tasks = [each for each in value if isinstance(each, Task)]
            listed += [(name, each) for each in tasks if not any(each is other for _, other in own)]
    return own + listed


def _tasks_of(file: Path) -> list[Task]:
    if file.name.endswith(SUFFIX):
        return load_task_file(file)
    if file.suffix == ".py":
        return [task for _, task in tasks_in(_variables(file))]
    hint = f"tasks are files *{SUFFIX}, or evalkit.Task in a Python module"
    raise TaskError("this is not a task file", where=shown_path(file.resolve(), Path.cwd()), hint=hint)


def _files(folder: Path) -> Iterator[Path]:
    for entry in sorted(folder.iterdir()):
        if entry.is_dir():
            is_passed_over = any(fnmatch(entry.name, pattern) for pattern in _PASSED_OVER)
            if not is_passed_over and not (entry / "pyvenv.cfg").exists():
                yield from _files(entry)
        elif entry.name.endswith(SUFFIX) or any(fnmatch(entry.name, pattern) for pattern in _MODULES):
            yield entry


def _variables(file: Path) -> Mapping[str, Any]:
    """Of the module, imported under a name of its own; its folder can be imported from, as under pytest."""
    resolved = file.resolve()
    name = f"evalkit_tasks_{sha256(str(resolved).encode()).hexdigest()[:12]}"
    if name in sys.modules:
        return vars(sys.modules[name])
    if str(resolved.parent) not in sys.path:
        sys.path.insert(0, str(resolved.parent))
    spec = importlib.util.spec_from_file_location(name, resolved)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module
    try:
        spec.loader.exec_module(module)
    except BaseException as error:
        del sys.modules[name]
        what = f"the module cannot be imported: {told(caught(error))}"
        raise TaskError(what, where=shown_path(resolved, Path.cwd())) from None
    return vars(module)
