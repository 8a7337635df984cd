"""Drives whole sessions that a vendor on loopback answers for money, and holds the laws after each."""

from __future__ import annotations

import json
import re
import shutil
from typing import Any

from hypothesis import note
from hypothesis import strategies as st
from hypothesis.stateful import initialize, rule

from tests.laws.paid import inside, laws
from tests.laws.paid.running import KEY, LIVE, PENDING, PaidRuns
from tests.laws.paid.vendor import KINDS
from tests.laws.seen import REPORT, STORE, Seen, Stored

_KIND = st.sampled_from(KINDS)
#: Name of a method of ``PaidProject`` and its arguments.
EDITS = st.one_of(
    st.none(),
    st.tuples(st.just("add_rows"), st.integers(1, 6), _KIND),
    st.tuples(st.just("drop_rows"), st.integers(1, 6)),
    st.tuples(st.just("turn_rows"), st.integers(1, 4), _KIND),
    st.tuples(st.just("toggle_second_task")),
)
Edit = tuple[object, ...] | None
DOORS = st.sampled_from(["pytest", "evalkit"])
#: Spelled as at the command line; pytest puts ``llm-`` before each.
MORE = st.lists(
    st.sampled_from(["limit=3", "repeats=2", "sequential", "save-baseline=main", "baseline=latest"]),
    max_size=2,
    unique=True,
)
CALL = st.tuples(st.integers(1, 9), st.booleans())
DEATH = st.tuples(st.sampled_from(sorted(inside.DEATHS)), st.integers(1, 5))


class PaidSessions(PaidRuns):
    """A project that is edited, asked live and by batch, rejected, estimated, carried, or has no key."""

    @initialize(n=st.sampled_from([4, 9, 16]), is_priced=st.sampled_from([True, True, True, False]))
    def begin(self, n: int, is_priced: bool) -> None:
        self.project.add_rows(n, "right")
        self.project.is_priced = is_priced

    @rule(edit=EDITS, door=DOORS, more=MORE, has_report=st.booleans())
    def live(self, edit: Edit, door: str, more: list[str], has_report: bool) -> None:
        self._edit(edit)
        self._run(door, *more, *([f"report={REPORT}"] if has_report else []))

    @rule(
        edit=EDITS,
        door=DOORS,
        mode=st.sampled_from(["wait", "submit"]),
        n_repeats=st.sampled_from([1, 1, 2]),
        kill=st.one_of(st.none(), CALL, CALL, DEATH),
    )
    def batch(self, edit: Edit, door: str, mode: str, n_repeats: int, kill: tuple[Any, Any] | None) -> None:
        """Killed, then the same command until everything is there."""
        self._edit(edit)
        options = [f"batch={mode}", f"repeats={n_repeats}"]
        self.vendor.n_looks = 1 if mode == "wait" else 2
        if kill is not None:
            self._run(door, *options, kill=kill)
        for _ in range(4):
            seen = self._run(door, *options)
            if seen.ended.status != PENDING:
                break
        assert seen.ended.status in (0, 1), f"status {seen.ended.status}\n{seen.ended.text[-2000:]}"
        self._compare_with_live(seen, f"repeats={n_repeats}")

    @rule(
        edit=EDITS,
        door=DOORS,
        n_rejected=st.integers(1, 3),
        n_rejections=st.sampled_from([1, 1, 2]),
        retry_after=st.sampled_from(["0", "0.02"]),
        limit=st.sampled_from(["", "&rpm=60000", "&rpm=100000&tpm=100000000"]),
    )
    def limited(
        self, edit: Edit, door: str, n_rejected: int, n_rejections: int, retry_after: str, limit: str
    ) -> None:
        """The vendor rejects the first attempts of some prompts, of new ones for sure."""
        self.project.add_rows(n_rejected, "right")
        self._edit(edit)
        chosen = list(self.project.prompts.values())[-n_rejected:]
        seen = self._run(door, rejects=(dict.fromkeys(chosen, n_rejections), retry_after), suffix=limit)
        with Stored(self.folder) as stored:
            assert seen.run_id is not None, seen.ended.text[-2000:]
            laws.rejections_are_counted(seen, stored, seen.run_id, self.vendor.n_rejected)

    @rule(
        edit=EDITS,
        door=DOORS,
        n=st.integers(1, 8),
        limit_usd=st.sampled_from([0.3, 0.5, 1.0, 5.0]),
        kind=_KIND,
    )
    def budget(self, edit: Edit, door: str, n: int, limit_usd: float, kind: str) -> None:
        self._edit(edit)
        self.project.add_rows(n, kind)
        seen = self._run(door, f"max-cost={limit_usd:g}")
        if self.project.is_priced:
            laws.money_is_kept(self.vendor, limit_usd)
        else:
            assert seen.ended.status == 4, f"a budget over unknown costs: {seen.ended.text[-2000:]}"
            assert not self.vendor.n_calls, "asked though the cost is unknown"

    @rule(edit=EDITS, door=DOORS, n_requests=st.integers(1, 40), n_rejected=st.integers(0, 2))
    def budget_of_requests(self, edit: Edit, door: str, n_requests: int, n_rejected: int) -> None:
        """Rejected attempts count."""
        self._edit(edit)
        chosen = list(self.project.prompts.values())[:n_rejected]
        self._run(door, f"max-requests={n_requests}", rejects=(dict.fromkeys(chosen, 1), "0"))
        assert self.vendor.n_chats <= n_requests, f"{self.vendor.n_chats} requests, {n_requests} allowed"

    @rule(
        edit=EDITS,
        door=DOORS,
        more=st.lists(st.sampled_from(["limit=3", "repeats=2"]), max_size=2, unique=True),
    )
    def dry_run(self, edit: Edit, door: str, more: list[str]) -> None:
        """A dry run without a key, then the same session with one."""
        self._edit(edit)
        self.project.save()
        before = self._content()
        self.vendor.begin()
        ended = self._start(door, [*more, "dry-run"], env={})
        assert ended.status == 0, f"status {ended.status}\n{ended.text[-2000:]}"
        found = re.search(r"^total\s+([\d,]+)\s+([\d,]+)", ended.text, re.MULTILINE)
        assert found is not None, ended.text[-2000:]
        n_calls, n_there = (int(each.replace(",", "")) for each in found.groups())
        dry, after = laws.DryRun(n_calls, n_there, self.vendor.n_calls), self._content()
        seen = self._run(door, *more)
        with Stored(self.folder) as stored:
            n_cached = sum(row["is_cached"] or False for row in self._rows(stored, seen))
        laws.dry_runs_keep_their_word(dry, before, after, self.vendor.n_chats, n_cached)

    @rule(
        edit=EDITS,
        door=DOORS,
        is_packed=st.booleans(),
        has_inputs=st.booleans(),
        dies_at=st.one_of(st.none(), st.integers(1, 60)),
        n_kept=st.integers(0, 3),
    )
    def carry(
        self, edit: Edit, door: str, is_packed: bool, has_inputs: bool, dies_at: int | None, n_kept: int
    ) -> None:
        """Export, lose the cache or keep a part, import, and go on without a key."""
        self._edit(edit)
        first = self._run(door)
        file = "carried.jsonl.gz" if is_packed else "carried.jsonl"
        self._command("cache", "export", file, *([] if has_inputs else ["--without-inputs"]))
        n_all = self._n_cached()
        if not n_all:
            return
        shutil.rmtree(self.folder / ".evalkit/cache")
        if n_kept:  # asked again: the vendor was paid for these twice by our own hand
            with self._uncounted():
                self._run(door, f"limit={n_kept}")
        n_before = self._n_cached() if n_kept else 0
        death = None if dies_at is None else ("import", dies_at)
        ended = self._import(file, death)
        laws.imports_are_whole(ended, n_before, self._n_cached(), n_all)
        if ended.status != 0:
            laws.imports_are_whole(self._import(file, None), n_before, self._n_cached(), n_all)
        self._keyless(door, "readwrite", first)

    @rule(
        edit=EDITS,
        door=DOORS,
        cache=st.sampled_from(["readwrite", "read", "off"]),
        more=st.sampled_from(["", "", "batch=wait", "max-requests=1", "sequential"]),
    )
    def keyless(self, edit: Edit, door: str, cache: str, more: str) -> None:
        self._edit(edit)
        self._keyless(door, cache, None, *filter(None, [more]))

    # What a rule is made of.

    def _keyless(self, door: str, cache: str, like: Seen | None, *more: str) -> None:
        """``like`` is a session with a key that saw the same."""
        n_lacking = self._n_lacking(cache)
        before = set(self.run_ids)
        seen = self._run(
            door,
            f"cache={cache}",
            *more,
            key=False,
            first=lambda seen: laws.keyless_sessions_ask_nothing(seen, self.vendor, n_lacking),
        )
        if n_lacking:
            assert self.run_ids == before, "a run of nothing"
        elif like is not None:
            with Stored(self.folder) as stored:
                assert like.run_id is not None
                assert seen.run_id is not None
                laws.results_are_those_of_a_live_session(stored, seen.run_id, stored, like.run_id)

    def _n_lacking(self, cache: str) -> int:
        """Answers that a session would have to ask for, by a dry run, and by what the vendor was asked."""
        if cache == "off":
            return len(self.project.prompts)
        known = {str(json.loads(body)["messages"][-1]["content"]) for body in self.vendor.asked}
        prompts = self.project.prompts.values()
        return sum(prompt not in known or prompt.endswith("refused") for prompt in prompts)

    def _compare_with_live(self, seen: Seen, *options: str) -> None:
        live = self.folder / LIVE
        shutil.rmtree(live, ignore_errors=True)
        with self._uncounted():
            self.vendor.begin()
            ended = self._start("evalkit", [*options, f"store={LIVE}/{STORE}", "report=off"], env=KEY)
        found = re.search(r"evalkit show (\S+)", ended.text)
        assert found is not None, ended.text
        with Stored(self.folder) as stored, Stored(live) as other:
            run = other.last_run()
            assert run is not None
            assert seen.run_id is not None
            laws.results_are_those_of_a_live_session(stored, seen.run_id, other, run["run_id"])
        shutil.rmtree(live, ignore_errors=True)

    def _edit(self, edit: Edit) -> None:
        if edit is not None:
            what, *values = edit
            note(f"{what} {values}")
            getattr(self.project, str(what))(*values)
