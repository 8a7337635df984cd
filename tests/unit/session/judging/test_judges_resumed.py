"""A session with judges that was cut off, and one whose judge runs in this process."""

from __future__ import annotations

import asyncio
import itertools
from contextlib import suppress
from pathlib import Path
from typing import Any

import evalkit
from evalkit.store.store import Store
from tests.local_models import weights
from tests.loopback import Call, Reply, chat, serving

N = 6
CASES = "\n".join(f"  - {{id: s{i}, input: case {i}}}" for i in range(N))
TASK = (
    f"task: shout\nsamples:\n{CASES}\nscorers: [asks]\nmetrics: ['mean:asks']\ngates: ['mean:asks >= 0.5']\n"
)
DECIDED = """
task: decided
samples: [{id: a, input: x}, {id: b, input: y}]
scorers: [{judge: {rubric: "The answer is a colour.", decide: rank}}]
metrics: ["mean:judge"]
"""


def answers(call: Call) -> Reply:
    """Repeats what it is asked; as a judge it likes even numbers."""
    asked = call.body["messages"][-1]["content"]
    if not asked.startswith("heard"):
        return chat(f"heard {asked}")
    return chat("yes" if int(asked[-1]) % 2 == 0 else "no")


def judged(store: str) -> list[tuple[Any, ...]]:
    """What the last run of a store says of each answer."""
    with Store.open(Path(store)) as opened:
        run_id = opened.run("latest").run_id
        return opened.connection.execute(
            """SELECT sample_id, round, verdict, j.value, s.value, j.error FROM judgements j
               JOIN scores s USING (evaluation_id, sample_id, repeat, scorer)
               JOIN evaluations USING (evaluation_id) WHERE run_id = ? ORDER BY sample_id, round""",
            [run_id],
        ).fetchall()


def test_a_session_that_is_resumed_says_what_one_does_that_was_left_alone(project: Path) -> None:
    (project / "shout.eval.yaml").write_text(TASK)

    async def run() -> tuple[int, int]:
        reached, numbers = asyncio.Event(), itertools.count(1)

        def counted(call: Call) -> Reply:
            if next(numbers) == 2 * N:
                reached.set()
            return answers(call)

        async with serving(counted) as server:
            spec = f"openai/both?base_url={server.base_url}"
            options: dict[str, Any] = {"judge": spec, "judge_repeats": 2, "concurrency": 1, "progress": False}
            cut = asyncio.create_task(
                evalkit.aevaluate("shout.eval.yaml", spec, store="a/r.duckdb", **options)
            )
            await reached.wait()
            cut.cancel()
            with suppress(asyncio.CancelledError):
                await cut
            await evalkit.aevaluate("shout.eval.yaml", spec, store="a/r.duckdb", **options)
            n_of_both = len(server.calls)
            await evalkit.aevaluate("shout.eval.yaml", spec, store="b/r.duckdb", **options)
            return n_of_both, len(server.calls) - n_of_both

    n_of_both, n_alone = asyncio.run(run())
    assert judged("a/r.duckdb") == judged("b/r.duckdb")
    assert len(judged("a/r.duckdb")) == 2 * N
    assert n_alone == 3 * N
    assert n_of_both <= n_alone + 1  # the call that was in flight


def test_a_judge_in_this_process_decides_by_probability_and_answers_offline_from_the_cache(
    project: Path,
) -> None:
    weights("smollm2")
    (project / "decided.eval.yaml").write_text(DECIDED)
    rows = []
    for is_offline in (False, True):
        results = evalkit.evaluate(
            "decided.eval.yaml", {"m": str.upper}, progress=False, judge="local/smollm2", offline=is_offline
        )
        with Store.open(Path(".evalkit/results.duckdb")) as store:
            rows.append(
                store.connection.execute(
                    """SELECT sample_id, verdict, probability, judge_revision, is_cached FROM judgements
                       JOIN evaluations USING (evaluation_id) WHERE run_id = ? ORDER BY sample_id""",
                    [results.run_id],
                ).fetchall()
            )
    assert [row[:4] for row in rows[0]] == [row[:4] for row in rows[1]]
    assert all(0 < probability < 1 and revision for _, _, probability, revision, _ in rows[0])
    assert [[row[4] for row in each] for each in rows] == [[False, False], [True, True]]
