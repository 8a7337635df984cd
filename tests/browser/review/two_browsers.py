"""Two people in two real browsers at once, and a server that is killed under them: what was kept, exactly.

``python -m tests.browser.review.two_browsers`` (``make proof-review``): 200 samples, 3 kills. Each reviewer
works by keyboard alone: most items get a label, some are skipped, some labels are taken back and given anew.
The server is killed by SIGKILL while both go on, and started again at its port a little later. At the end
every label that either said must be in the store once, and nothing else.
"""

from __future__ import annotations

import argparse
import asyncio
import random
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tests.browser.chromium import ARGUMENTS, chromium_path
from tests.browser.review.answers import add_run, short_answers
from tests.browser.review.served import ReviewProcess, stored_reviews

REVIEWERS = ("anna", "ben")
_PATIENCE_MS = 300_000
_KEYS = {"pass": "p", "fail": "f", "skip": "s"}


@dataclass
class Reviewer:
    """One at a keyboard.

    Attributes:
        heard: told of each label.
        said: what must be in the store at the end, by sample.
        waits_s: from a key to the next item, for each label.
        n_said, n_undone: labels given and taken back.
        most_waiting: labels at most that the page held while the server was gone.
    """

    name: str
    page: Any
    draw: random.Random
    heard: asyncio.Queue[str]
    said: dict[str, str] = field(default_factory=dict)
    waits_s: list[float] = field(default_factory=list)
    n_said: int = 0
    n_undone: int = 0
    most_waiting: int = 0

    async def work(self) -> None:
        """Until nothing is left."""
        while (sample := await self._sample()) is not None:
            label = self.draw.choices(list(_KEYS), [6, 4, 1])[0]
            await self._say(sample, label)
            if self.draw.random() < 0.05:
                await self._undo(sample)
            waiting = await self.page.get_attribute("#kept", "data-waiting")
            self.most_waiting = max(self.most_waiting, int(waiting))

    async def _say(self, sample: str, label: str) -> None:
        begun = time.perf_counter()
        await self.page.keyboard.press(_KEYS[label])
        await self._leave(sample)
        self.waits_s.append(time.perf_counter() - begun)
        self.said[sample] = label
        self.n_said += 1
        self.heard.put_nowait(label)

    async def _undo(self, sample: str) -> None:
        await self.page.keyboard.press("u")
        await self.page.wait_for_function(
            "id => document.querySelector('.item-line .id')?.textContent === id", arg=sample
        )
        del self.said[sample]
        self.n_undone += 1

    async def _leave(self, sample: str) -> None:
        """Until another item is shown, or the end."""
        await self.page.wait_for_function(
            """id => { const line = document.querySelector('.item-line .id');
                return line ? line.textContent !== id : document.querySelector('.finish') !== null; }""",
            arg=sample,
        )

    async def _sample(self) -> str | None:
        await self.page.wait_for_selector(".item-line .id, .finish")
        found = await self.page.query_selector(".item-line .id")
        return await found.text_content() if found else None

    async def until_kept(self) -> None:
        await self.page.wait_for_selector("#kept[data-state=kept][data-waiting='0']")


@dataclass
class Proof:
    """What came of it."""

    reviewers: Sequence[Reviewer]
    kills: int
    seconds: float
    n_rows: int
    problems: list[str]


async def drive(store: Path, n_samples: int, n_kills: int, seed: int = 14) -> Proof:
    """Let both review all samples, and kill the server in between."""
    server = ReviewProcess(store, ["latest", f"--reviewers={','.join(REVIEWERS)}", "--overlap=2"])
    begun = time.perf_counter()
    try:
        people = await _people_at_work(server, n_samples, n_kills, seed)
    finally:
        # No kind end either: what was acknowledged is in the journal.
        server.kill()
    seconds = time.perf_counter() - begun
    reviews = stored_reviews(store, "a-1")
    return Proof(people, n_kills, seconds, len(reviews), _problems(people, reviews))


async def _people_at_work(server: ReviewProcess, n_samples: int, n_kills: int, seed: int) -> list[Reviewer]:
    from playwright.async_api import async_playwright

    await asyncio.to_thread(server.start)
    async with async_playwright() as running:
        people = []
        heard: asyncio.Queue[str] = asyncio.Queue()
        for i, name in enumerate(REVIEWERS):
            browser = await running.chromium.launch(executable_path=chromium_path(), args=list(ARGUMENTS))
            page = await (await browser.new_context()).new_page()
            page.set_default_timeout(_PATIENCE_MS)
            await page.goto(server.links[name])
            await page.wait_for_selector("html[data-ready]")
            people.append(Reviewer(name, page, random.Random(f"{seed}/{i}"), heard))
        ended = asyncio.gather(*(each.work() for each in people))
        for _ in range(n_kills):
            for _ in range(n_samples * len(people) // (n_kills + 1)):
                await heard.get()
            server.kill()
            await asyncio.sleep(1)
            links = server.links
            await asyncio.to_thread(server.start)  # the pages that are open go on by themselves
            assert server.links == links
        await ended
        await asyncio.gather(*(each.until_kept() for each in people))
    return people


def _problems(people: Sequence[Reviewer], reviews: Sequence[Any]) -> list[str]:
    found = []
    for each in people:
        counting = [one for one in reviews if one.reviewer == each.name and not one.is_undone]
        kept = {one.item.sample_id: one.label for one in counting}
        found += [f"{each.name}: {sample} is lost" for sample in each.said.keys() - kept.keys()]
        found += [f"{each.name}: {sample} was never said" for sample in kept.keys() - each.said.keys()]
        found += [
            f"{each.name}: {sample} is {kept[sample]}, said was {label}"
            for sample, label in each.said.items()
            if kept.get(sample, label) != label
        ]
        if len(counting) != len(kept):
            found.append(f"{each.name}: {len(counting) - len(kept)} doubled")
    ids = [one.review_id for one in reviews]
    if len(ids) != len(set(ids)):
        found.append(f"{len(ids) - len(set(ids))} reviews are there twice")
    return found


def report(proof: Proof) -> str:
    lines = [f"{proof.kills} kills of the server, {proof.seconds:.0f} s, {proof.n_rows} rows in the store"]
    for each in proof.reviewers:
        waits = sorted(each.waits_s)
        lines.append(
            f"{each.name}: {len(each.said)} labels stand ({each.n_said} said, {each.n_undone} taken back); "
            f"next item after {1000 * waits[len(waits) // 2]:.0f} ms in the middle, "
            f"{1000 * waits[int(len(waits) * 0.99)]:.0f} ms at the 99th percentile; "
            f"at most {each.most_waiting} waited in the page"
        )
    return "\n".join([*lines, *(proof.problems or ["nothing lost, nothing doubled"])])


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--samples", type=int, default=200)
    parser.add_argument("--kills", type=int, default=3)
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        store = Path(folder) / "results.duckdb"
        add_run(store, "a", short_answers(arguments.samples))
        proof = asyncio.run(drive(store, arguments.samples, arguments.kills))
    print(report(proof))
    return 1 if proof.problems else 0


if __name__ == "__main__":
    sys.exit(main())
