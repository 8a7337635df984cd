"""``make attacks``: hostile input over every border, each a whole session or command, and what came of it.

python -m tests.laws.attacks --border import
"""

from __future__ import annotations

import argparse
import shutil
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

from tests.invocation import ALONE
from tests.laws import laws
from tests.laws.attacks import answers, datasets, files, options, servers, task_files
from tests.laws.attacks.attack import PLAIN_CASES, PLAIN_TASK, Attack
from tests.laws.processes import Zygote
from tests.laws.project import CANARY
from tests.laws.seen import STORE, Seen, Stored

#: How long one attack may take; a clear error comes within a second or two on a quiet machine.
_BOUND_S = 20.0
_ENV = {"OPENAI_API_KEY": CANARY, "APP_API_KEY": CANARY}
_APP = "def answer(text):\n    return text.upper()\n"


def main() -> int:
    parser = argparse.ArgumentParser()
    parser.add_argument("--border", help="only this one")
    parser.add_argument("--name", default="", help="only those whose name contains this")
    parser.add_argument("--verbose", action="store_true")
    arguments = parser.parse_args()
    tried: Counter[str] = Counter()
    broken: list[tuple[str, str, str]] = []
    slowest = (0.0, "")
    with Zygote() as zygote:
        server, base = servers.serve()
        for attack in _all(zygote, base):
            if arguments.border not in (None, attack.border) or arguments.name not in attack.name:
                continue
            start = time.monotonic()
            problem = _try(zygote, attack)
            took = time.monotonic() - start
            slowest = max(slowest, (took, f"{attack.border}: {attack.name}"))
            if problem is None and took > _BOUND_S:
                problem = f"took {took:.0f} s"
            tried[attack.border] += attack.n
            if problem is not None:
                broken.append((attack.border, attack.name, problem))
                print(f"FAILED {attack.border} | {attack.name} | {problem[-600:]}", flush=True)
            elif arguments.verbose:
                print(f"ok {took:5.2f} {attack.border} | {attack.name}", flush=True)
        server.shutdown()
    for border, n in tried.items():
        print(f"{border:<15} {n:4d} tried, {sum(each[0] == border for each in broken):3d} failed")
    print(f"{'all':<15} {sum(tried.values()):4d} tried, {len(broken):3d} failed")
    print(f"slowest: {slowest[0]:.1f} s, {slowest[1]}")
    return 1 if broken else 0


def _all(zygote: Zygote, base: str) -> Iterator[Attack]:
    yield from task_files.attacks()
    yield from datasets.attacks()
    yield from answers.attacks()
    yield from servers.attacks(base)
    yield from options.attacks()
    yield from files.attacks()
    yield from files.run_file_attacks(*_exported(zygote))


def _project(root: Path) -> Path:
    folder = root / "project"
    (folder / "suites").mkdir(parents=True)
    plain = {
        "app.py": _APP,
        "pytest.ini": "[pytest]\n",
        "suites/plain.eval.yaml": PLAIN_TASK,
        "suites/cases.jsonl": PLAIN_CASES,
    }
    for name, text in plain.items():
        (folder / name).write_text(text)
    return folder


def _exported(zygote: Zygote) -> tuple[bytes, str]:
    """A run file as evalkit writes it, and its run id."""
    with tempfile.TemporaryDirectory() as root:
        folder = _project(Path(root))
        _session(zygote, folder, ("suites", "--llm-model=python:app:answer", "--llm-save-baseline=main"))
        zygote.run("evalkit", ("baseline", "export", "main", "run.jsonl"), folder)
        return (folder / "run.jsonl").read_bytes(), Stored(folder).baselines()["main"]


def _session(zygote: Zygote, folder: Path, arguments: tuple[str, ...]) -> Seen:
    more = ("--llm-report=reports/r.html", "--junit-xml=junit.xml", "-p", "no:cacheprovider", *ALONE)
    ended = zygote.run("pytest", (*arguments, *more), folder, env=_ENV)
    return Seen(folder, ended, (), None, arguments)


def _try(zygote: Zygote, attack: Attack) -> str | None:
    """What went wrong, None where all laws held."""
    root = Path(tempfile.mkdtemp(prefix="evalkit-attack-"))
    try:
        folder = _project(root)
        for name, content in attack.files.items():
            path = folder / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(
                content if isinstance(content, bytes) else content.encode("utf-8", "surrogatepass")
            )
        if attack.kind == "pytest":
            seen = _session(zygote, folder, attack.arguments)
        else:
            if attack.border == "command":
                _session(zygote, folder, ("suites", "--llm-model=python:app:answer"))
            ended = zygote.run("evalkit", attack.arguments, folder, env=_ENV)
            seen = Seen(folder, ended, (), None, attack.arguments)
        _hold(zygote, folder, attack, seen)
    except AssertionError as error:
        return " ".join(str(error).split()) or "assertion"
    finally:
        shutil.rmtree(root, ignore_errors=True)
    return None


def _hold(zygote: Zygote, folder: Path, attack: Attack, seen: Seen) -> None:
    laws.every_session_ends(seen)
    laws.no_traceback(seen)
    laws.nothing_raw(seen)
    assert seen.ended.status in attack.ends, f"status {seen.ended.status}: {seen.ended.text[-800:]}"
    assert not (attack.must_fail and seen.ended.status == 0), f"status 0: {seen.ended.text[-800:]}"
    assert seen.ended.status in (0, 5) or seen.ended.text.strip(), "said nothing"
    laws.nothing_outside(folder, frozenset({"project"}), None)
    assert not [*Path("/tmp").glob("evalkit_attack*")], "written to /tmp"
    for path in folder.rglob("*"):
        is_ours = path.is_file() and str(path.relative_to(folder)) not in attack.files
        assert not (is_ours and CANARY.encode() in path.read_bytes()), f"the key is in {path.name}"
    if (folder / STORE).exists():
        later = zygote.run("evalkit", ("runs", "--json", "--store", STORE), folder, env=_ENV)
        assert later.status == 0, f"a later command: {later.text[-500:]}"
        if attack.kind == "pytest" and attack.border not in ("task file", "dataset", "prompt", "option"):
            again = _session(zygote, folder, ("suites/plain.eval.yaml", "--llm-model=python:app:answer"))
            assert again.ended.status in (0, 1, 4), f"a later session: {again.ended.text[-500:]}"


if __name__ == "__main__":
    sys.exit(main())
