"""``evalkit init --plugin NAME``: an installable package with a scorer, a metric, a provider and tests."""

from __future__ import annotations

import re
from importlib.resources import files
from keyword import iskeyword
from pathlib import Path
from string import Template

from evalkit.errors import UsageError
from evalkit.registry import MODELS

_NAME = re.compile(r"[a-z][a-z0-9]*([-_][a-z0-9]+)*")
#: Template -> where it goes in the package's folder.
_FILES = {
    "pyproject.toml": "pyproject.toml",
    "README.md": "README.md",
    "init.py": "src/$MODULE/__init__.py",
    "scorer.py": "src/$MODULE/scorer.py",
    "metric.py": "src/$MODULE/metric.py",
    "model.py": "src/$MODULE/model.py",
    "tests.py": "tests/test_$MODULE.py",
    "suite.yaml": "suites/hello.eval.yaml",
}


def plugin_files(name: str) -> dict[Path, str]:
    """Path, in a folder called ``name``, to the text of each file.

    Raises UsageError on a name that no package, module or provider can have."""
    module = name.replace("-", "_")
    if not _NAME.fullmatch(name) or iskeyword(module):
        hint = "write small letters and digits, with '-' between words: evalkit-legal"
        raise UsageError(f"{name!r} is not a name for a package", hint=hint)
    if module in MODELS.builtin or module in ("evalkit", "pytest"):
        raise UsageError(f"{name!r} is a name that evalkit itself uses", hint="take another one")
    names = {"NAME": name, "MODULE": module}
    templates = files("evalkit.cli") / "templates" / "plugin"
    return {
        Path(name) / Template(target).substitute(names): Template(
            (templates / f"{source}.txt").read_text(encoding="utf-8")
        ).substitute(names)
        for source, target in _FILES.items()
    }
