"""How whole sessions are started that a vendor on loopback answers for money, and what is held after each."""

from __future__ import annotations

import contextlib
import json
import re
import shutil
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

from hypothesis import note
from hypothesis.stateful import RuleBasedStateMachine

from tests.invocation import ALONE
from tests.laws import doors
from tests.laws import laws as common
from tests.laws.baseline_file import zygote
from tests.laws.paid import inside, laws
from tests.laws.paid.project import MARGIN, PaidProject
from tests.laws.paid.vendor import KEY_NAME, vendor
from tests.laws.processes import Ended, kill_group
from tests.laws.project import CANARY
from tests.laws.seen import REPORT, Seen, Stored

PENDING = 75
#: A store of its own, with a cache of its own, for what a live session would have said.
LIVE = "live"
#: What lies in a project after any session.
EXPECTED = frozenset(
    (
        "suites", "pytest.ini", "junit.xml", "output.txt", ".evalkit", "__pycache__", REPORT, LIVE,
        "carried.jsonl", "carried.jsonl.gz",
    )
)  # fmt: skip

#: The environment of a session that has the key.
KEY = {KEY_NAME: CANARY}


class PaidRuns(RuleBasedStateMachine):
    """A project, its vendor, and how sessions of it are started.

    ``run_ids`` is what was in the store after the last session, ``n_repeats`` the most that any asked for.
    """

    def __init__(self) -> None:
        super().__init__()
        self.root = Path(tempfile.mkdtemp(prefix="evalkit-laws-"))
        self.project = PaidProject(self.root / "project")
        self.folder = self.project.folder
        self.siblings = frozenset(entry.name for entry in self.root.iterdir())
        self.closing = contextlib.ExitStack()
        self.vendor = self.closing.enter_context(vendor())
        self.run_ids: set[str] = set()
        self.n_repeats = 1

    def teardown(self) -> None:
        self.closing.close()
        shutil.rmtree(self.root, ignore_errors=True)

    @contextlib.contextmanager
    def _uncounted(self) -> Iterator[None]:
        """What is asked meanwhile is not counted as asked."""
        asked, self.vendor.asked = self.vendor.asked, Counter()
        try:
            yield
        finally:
            self.vendor.asked = asked

    def _import(self, file: str, death: tuple[str, int] | None) -> Ended:
        ended = zygote().run("evalkit", ("cache", "import", file), self.folder, env=inside.told(death))
        note(f"import {file} dies at {death}: {ended.status} {ended.text[-300:]}")
        assert ended.status == 0 or (death is not None and ended.status == -9), ended.text[-2000:]
        return ended

    def _n_cached(self) -> int:
        ended = self._command("cache", "stats", "--json")
        return int(json.loads(ended.text[ended.text.index("{") :])["n_entries"])

    def _rows(self, stored: Stored, seen: Seen) -> list[dict[str, Any]]:
        assert seen.run_id is not None, seen.ended.text[-2000:]
        return [r for e in stored.evaluations(seen.run_id) for r in stored.responses(e["evaluation_id"])]

    def _content(self) -> dict[str, bytes]:
        """The project's files, but what the drive's own options and Python make, and the index and the empty
        log that SQLite needs to read a file."""
        return {
            str(path.relative_to(self.folder)): path.read_bytes()
            for path in self.folder.rglob("*")
            if path.is_file()
            and path.name not in ("output.txt", "junit.xml")
            and "__pycache__" not in path.parts
            and not path.name.endswith("-shm")
            and not (path.name.endswith("-wal") and not path.stat().st_size)
        }

    def _start(
        self,
        door: str,
        options: list[str],
        *,
        env: Mapping[str, str],
        death: tuple[str, int] | None = None,
        meanwhile: Callable[[int, Callable[[], bool]], None] | None = None,
        suffix: str = "",
    ) -> Ended:
        model = self.project.model(self.vendor.base_url) + suffix
        prefix = "--" if door == "evalkit" else "--llm-"
        words = [f"{prefix}{each}" for each in (f"model={model}", "ci=off", *options)]
        if door == "pytest":
            words += ["--junit-xml=junit.xml", "-p", "no:cacheprovider", *ALONE]
        arguments = [*(["run"] if door == "evalkit" else []), "suites", *words]
        note(f"{door} {' '.join(arguments)} {env} {death}")
        start = time.monotonic()
        ended = zygote().run(
            door, arguments, self.folder, env={**env, **inside.told(death)}, meanwhile=meanwhile
        )
        note(f"status {ended.status} after {time.monotonic() - start:.1f} s: {ended.text[-1500:]}")
        return ended

    def _run(
        self,
        door: str,
        *options: str,
        key: bool = True,
        kill: tuple[Any, Any] | None = None,
        rejects: tuple[Mapping[str, int], str] | None = None,
        suffix: str = "",
        first: Callable[[Seen], None] = lambda seen: None,
    ) -> Seen:
        """``first`` holds what comes before all other laws."""
        self.project.save()
        (self.folder / "junit.xml").unlink(missing_ok=True)
        self.vendor.begin()
        if rejects is not None:
            self.vendor.rejects, self.vendor.retry_after = rejects
        is_call = kill is not None and isinstance(kill[0], int)
        self.vendor.hangs = kill if is_call else None
        told = [*options, *([] if any(each.startswith("report=") for each in options) else ["report=off"])]
        ended = self._start(
            door,
            told,
            env=KEY if key else {},
            death=None if is_call else kill,
            meanwhile=self._killer if is_call else None,
            suffix=suffix,
        )
        cut = "kill" if ended.status == -9 else None
        assert cut is None or kill is not None, "somebody killed it"
        answered = tuple("s" + prompt.split()[-2] for prompt in self.vendor.prompts)
        seen = Seen(self.folder, ended, answered, cut, tuple(told))
        n_repeats = max([1, *(int(each[8:]) for each in options if each.startswith("repeats="))])
        self.n_repeats = max(self.n_repeats, n_repeats)
        first(seen)
        self._hold(seen)
        return seen

    def _killer(self, pid: int, is_over: Callable[[], bool]) -> None:
        while not is_over() and not self.vendor.is_hanging.is_set():
            time.sleep(0.005)
        if not is_over():
            kill_group(pid)

    def _hold(self, seen: Seen) -> None:
        common.every_session_ends(seen)
        common.no_traceback(seen)
        common.nothing_raw(seen)
        common.nothing_outside(self.folder, self.siblings, EXPECTED)
        laws.nothing_is_asked_twice(self.vendor, self.n_repeats)
        status, text = seen.ended.status, seen.ended.text
        assert seen.cut is not None or status in (0, 1, 4, PENDING), f"status {status}\n{text[-2000:]}"
        assert status not in (0, 1) or seen.run_id is not None, f"status {status} and no run\n{text[-2000:]}"
        self._command("runs", "--json")
        with Stored(self.folder) as stored:
            common.no_secret(self.folder, stored)
            if not stored.is_there:
                assert seen.cut is not None or seen.ended.status in (4, PENDING), seen.ended.text[-2000:]
                return
            common.no_run_vanishes(seen, stored, self.run_ids)
            self.run_ids = stored.run_ids
            if seen.ended.status != PENDING and seen.run_id is not None and seen.cut is None:
                self._hold_to_the_store(seen, stored, seen.run_id)

    def _hold_to_the_store(self, seen: Seen, stored: Stored, run_id: str) -> None:
        prompts = self.project.prompts
        options = " ".join(seen.arguments)
        limit = re.search(r"limit=(\d+)", options)
        n_due = min(len(self.project.kinds), int(limit[1]) if limit else len(self.project.kinds))
        laws.no_answer_is_lost_or_wrong(stored, run_id, prompts, None if "sequential" in options else n_due)
        laws.costs_add_up(seen, stored, run_id, prompts, is_priced=self.project.is_priced)
        if seen.cases:
            doors.doors_agree(seen, stored)
        else:
            doors.status_agrees(seen, stored)
        if not any(each.startswith("batch") for each in seen.arguments):
            common.nothing_lost(seen, stored)
        common.budgets_are_kept(seen, stored, run_id)
        common.no_unearned_pass(stored, run_id, MARGIN)
        common.no_unearned_fail(stored, run_id, MARGIN)
        common.baselines_are_sound(stored, {})
        common.whole_runs_are_whole(stored, {})

    def _command(self, *words: str) -> Ended:
        """A later command: whatever came before, it does its work or says in one line why not."""
        ended = zygote().run("evalkit", words, self.folder, env=inside.told())
        note(f"evalkit {' '.join(words)}: {ended.status} {ended.text[-300:]}")
        assert ended.status is not None, words
        assert "Traceback" not in ended.text, ended.text[-2000:]
        if words[0] == "runs":
            common.later_commands_work(ended, self.folder)
        return ended
