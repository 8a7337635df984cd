"""Drives whole sessions of a small project at random, and holds the laws after each."""

from __future__ import annotations

import gzip
import os
import shutil
import signal
import tempfile
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from hypothesis import note
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, rule

from tests.invocation import ALONE
from tests.laws import doors, laws
from tests.laws.baseline_file import exported, zygote
from tests.laws.processes import Ended, kill_group
from tests.laws.project import CANARY, COUNTED, FAILING, KINDS, ODD, RIGHT, WRONG, Project
from tests.laws.seen import COMMENT, REPORT, STORE, SUMMARY, Seen, Stored, answered_ids

#: How a session is ended early. ``-x``, ``exit`` and ``break`` act at the plain test that fails first.
CUTS = st.one_of(
    st.sampled_from(["-x", "--maxfail=1", "exit", "break"]),
    st.sampled_from(["ctrl-c", "ctrl-c twice", "kill"]),
    st.just("delete store"),
)
#: Ids and tags that stand for something else somewhere in pytest, in a path or in a terminal.
ODD_IDS = (
    "accuracy >= 0.5",
    "evaluated",
    "regression(accuracy)",
    "../../x",
    "a::b",
    "x" * 300,
    "\x1b[31mred",
)
TAGS = ("xfail", "skip", "skipif", "slow", "usefixtures", "parametrize", "eine Marke", "::error::")
SPOOL_LINES = (
    b'["runs"]',
    b'["schema_version",99]',
    b'["spool",' + b"9" * 30 + b"]",
    b'["responses","e"]',
    b"\x00\xff",
    b'["responses","e","s",0,"i",null,"o",null,null,1000000000000000000000,1,1.0,1.0,false,1e18]',
    b'["runs","r",1e300,null,"finished",false,null,null,null,"",[],""]',
    b"[" * 5000,
    b'["spool",null]',
    b"{}",
)
#: ``ROOT`` is the folder that the project lies in.
EVIL_RUN_IDS = ("../../../outside", "ROOT/outside", "../outside", "..", "a/b", "")

#: Name of a method of ``Project`` and its arguments.
EDITS = st.one_of(
    st.none(),
    st.tuples(st.just("add_rows"), st.integers(1, 6)),
    st.tuples(st.just("drop_rows"), st.sampled_from([0.1, 0.5, 0.9])),
    st.tuples(st.just("edit_rows"), st.sampled_from([0.1, 0.5])),
    st.tuples(st.just("answer"), st.sampled_from(KINDS), st.sampled_from([0.02, 0.3, 1.0])),
    st.tuples(st.just("answer"), st.just("right"), st.just(1.0)),
    st.tuples(st.just("add_odd_row"), st.sampled_from(ODD_IDS), st.sampled_from([RIGHT, WRONG, "controls"])),
    st.tuples(st.just("tag"), st.lists(st.sampled_from(TAGS), max_size=2, unique=True)),
    st.tuples(st.just("toggle_second_task")),
)
#: How the application answers in a session of its own.
ANSWERS = st.one_of(
    st.just(RIGHT), st.just(WRONG), st.sampled_from(FAILING), st.sampled_from(ODD), st.sampled_from(COUNTED)
)

MORE = (
    "-k=s1", "--llm-limit=3", "--llm-repeats=2", "--llm-sequential", "--llm-rerun=8", "--llm-baseline-runs=2",
    "-v", "-rA", "--llm-max-requests=7", "--llm-max-requests=31",
)  # fmt: skip
#: The same for a session without pytest.
COMMAND_MORE = (
    "--limit=3", "--repeats=2", "--sequential", "--rerun=8", "--baseline-runs=2", "--quiet",
    "--max-requests=7", "--max-requests=31",
)  # fmt: skip
#: Write the report and tell a CI host.
PAGES = (f"--llm-report={REPORT}", "--llm-ci=github")


class Sessions(RuleBasedStateMachine):
    """A project that is edited, evaluated, cut off, compared and attacked in any order.

    ``sizes`` is run id to what ``Project.sizes`` were when the run ended whole,
    ``run_ids`` what was in the store after the last session.
    """

    def __init__(self) -> None:
        super().__init__()
        self.root = Path(tempfile.mkdtemp(prefix="evalkit-laws-"))
        self.project = Project(self.root / "project")
        self.folder = self.project.folder
        self.siblings = frozenset(entry.name for entry in self.root.iterdir())
        self.sizes: dict[str, dict[str, int]] = {}
        self.run_ids: set[str] = set()

    def teardown(self) -> None:
        shutil.rmtree(self.root, ignore_errors=True)

    @initialize(
        n=st.sampled_from([4, 12, 40]),
        odd_id=st.one_of(st.none(), st.sampled_from(ODD_IDS)),
        kind=st.sampled_from([RIGHT, WRONG, "controls"]),
        tags=st.one_of(st.just(()), st.just(()), st.tuples(st.sampled_from(TAGS))),
    )
    def begin(self, n: int, odd_id: str | None, kind: str, tags: tuple[str, ...]) -> None:
        self.project.add_rows(n)
        self.project.tags = tags
        if odd_id is not None:
            self.project.add_odd_row(odd_id, kind)

    # Sessions, each of the project as somebody edited it before.

    @rule(
        edit=EDITS,
        kind=ANSWERS,
        baseline=st.sampled_from(["", "main", "main", "latest", "subject:python:app:answer"]),
        is_saving=st.booleans(),
        has_pages=st.booleans(),
        has_workers=st.sampled_from([*[False] * 7, True]),  # two more starts of Python
        more=st.lists(
            st.sampled_from(MORE), max_size=2, unique=True,
        ),
    )  # fmt: skip
    def session(
        self,
        edit: tuple[object, ...] | None,
        kind: str,
        baseline: str,
        is_saving: bool,
        has_pages: bool,
        has_workers: bool,
        more: list[str],
    ) -> None:
        self._edit(edit)
        self.project.answer(kind, 1.0 if kind == RIGHT else 0.3)
        options = [f"--llm-baseline={baseline}"] if baseline else []
        options += ["--llm-save-baseline=main"] if is_saving else []
        options += ["--llm-model=python:app:other"] if baseline.startswith("subject") else []
        options += [
            part for text in more for part in (text.split("=", 1) if text.startswith("-k") else [text])
        ]
        self._run([*options, *(PAGES if has_pages else ()), *(["-n2"] if has_workers else ())])

    @rule(
        edit=EDITS,
        kind=ANSWERS,
        baseline=st.sampled_from(["", "main", "latest"]),
        is_saving=st.booleans(),
        more=st.lists(st.sampled_from(COMMAND_MORE), max_size=2, unique=True),
    )
    def session_without_pytest(
        self, edit: tuple[object, ...] | None, kind: str, baseline: str, is_saving: bool, more: list[str]
    ) -> None:
        self._edit(edit)
        self.project.answer(kind, 1.0 if kind == RIGHT else 0.3)
        self.project.save()
        options = [f"--baseline={baseline}"] if baseline else []
        options += ["--save-baseline=main"] if is_saving else []
        (self.folder / "answered.jsonl").unlink(missing_ok=True)
        (self.folder / "junit.xml").unlink(missing_ok=True)
        words = ("run", "suites", "--model=python:app:answer", "--report=off", "--ci=off", *options, *more)
        note(f"evalkit {' '.join(words)}")
        ended = zygote().run("evalkit", words, self.folder, env={"APP_API_KEY": CANARY})
        note(ended.text[-1500:])
        seen = Seen(self.folder, ended, answered_ids(self.folder), None, words)
        laws.every_session_ends(seen)
        laws.no_traceback(seen)
        laws.nothing_raw(seen)
        laws.nothing_outside(self.folder, self.siblings)
        with Stored(self.folder) as stored:
            laws.no_secret(self.folder, stored)
            if (self.folder / STORE).exists():
                seen = replace(seen, untold_run_id=stored.new_run_of(words, self.run_ids))
                doors.status_agrees(seen, stored)
                self._hold_to_the_store(seen, stored, has_items=False)
            self.run_ids = stored.run_ids if stored.is_there else set()

    @rule(edit=EDITS, cut=CUTS, is_saving=st.booleans(), n_answers=st.integers(0, 8))
    def cut_session(self, edit: tuple[object, ...] | None, cut: str, is_saving: bool, n_answers: int) -> None:
        self._edit(edit)
        options = ["--llm-save-baseline=main"] if is_saving else []
        options += [cut] if cut.startswith("-") else []
        self._run(options, cut=cut, n_answers=n_answers)

    @rule(baseline=st.sampled_from(["subject:old", "latest"]))
    def session_of_a_recording(self, baseline: str) -> None:
        """Under two prompts, or after an earlier one."""
        self.project.record()
        prompts = ["--llm-prompt=old=old.txt", "--llm-prompt=new=new.txt"]
        self._run(
            [f"--llm-baseline={baseline}", *(prompts if baseline.startswith("subject") else ())],
            model="replay:recorded.jsonl",
        )

    @rule(
        share=st.sampled_from([0.0, 0.3, 0.5]),
        policy=st.sampled_from(["", ":undecided"]),
        n_runs=st.sampled_from([1, 2]),
    )
    def sessions_before_and_after_a_drop(self, share: float, policy: str, n_runs: int) -> None:
        """Of few samples: the last one is undecided more often than not, and wants to be the baseline of what
        may be two runs, pooled."""
        self.project.answer(RIGHT, 1.0)
        for _ in range(n_runs):
            self._run(["--llm-save-baseline=main", f"--llm-baseline-runs={n_runs}"])
        self.project.answer(WRONG, share)
        self._run(["--llm-baseline=main", f"--llm-save-baseline=main{policy}"])

    # Attacks on what lies about, and a look at what is there: one rule, so that most steps are sessions.

    @rule(
        attack=st.one_of(
            st.tuples(
                st.just("_drop_a_spool"), st.lists(st.sampled_from(SPOOL_LINES), min_size=1, max_size=3)
            ),
            st.tuples(st.just("_import_an_evil_run"), st.sampled_from(EVIL_RUN_IDS), st.booleans()),
            st.tuples(st.just("_compare_with_the_baseline")),
            st.tuples(st.just("_carry_the_baseline")),
        )
    )
    def attack(self, attack: tuple[object, ...]) -> None:
        what, *values = attack
        note(f"{what} {values}")
        getattr(self, str(what))(*values)

    def _drop_a_spool(self, lines: list[bytes]) -> None:
        spool = self.folder / f"{STORE}.spool" / "foreign" / "main.jsonl"
        spool.parent.mkdir(parents=True, exist_ok=True)
        spool.write_bytes(b'["spool",1,"0"]\n' + b"\n".join(lines) + b"\n")
        told = zygote().run("evalkit", ("runs", "--json"), self.folder)
        assert told.status == 0 or b"foreign" in told.output, told.text[-2000:]
        self._command("runs", "--json")

    def _import_an_evil_run(self, run_id: str, is_packed: bool) -> None:
        path = self.folder / ("evil.jsonl.gz" if is_packed else "evil.jsonl")
        good, old_id = exported()
        changed = good.replace(old_id.encode(), run_id.replace("ROOT", str(self.root)).encode())
        path.write_bytes(gzip.compress(changed) if is_packed else changed)
        self._command("baseline", "import", str(path), "--name", "evil", status=4)
        self._run([f"--llm-baseline=file:{path.name}"])

    def _carry_the_baseline(self) -> None:
        """In a file, with all the runs that it pools."""
        with Stored(self.folder) as stored:
            has_one = stored.is_there and "main" in stored.baselines()
        if has_one:
            self._command("baseline", "export", "main", "main.jsonl")
            self._run(["--llm-baseline=file:main.jsonl"])

    def _compare_with_the_baseline(self) -> None:
        with Stored(self.folder) as stored:
            base = stored.baselines().get("main") if stored.is_there else None
            last = stored.last_run() if base else None
        if last is None or base is None or last["run_id"] == base:
            return
        ended = self._command("compare", base, last["run_id"], "--json")
        with Stored(self.folder) as stored:
            doors.compare_agrees(ended, stored, base, last["run_id"])

    # What a rule is made of.

    def _edit(self, edit: tuple[object, ...] | None) -> None:
        if edit is not None:
            what, *values = edit
            note(f"{what} {values}")
            getattr(self.project, str(what))(*values)

    def _run(
        self,
        options: list[str],
        *,
        model: str = "python:app:answer",
        cut: str | None = None,
        n_answers: int = 0,
    ) -> Seen:
        self.project.save()
        for name in ("answered.jsonl", "junit.xml", REPORT, SUMMARY):
            (self.folder / name).unlink(missing_ok=True)
        paths = ["test_plain.py", "suites"] if cut in ("-x", "--maxfail=1", "exit", "break") else ["suites"]
        arguments = [
            *paths,
            f"--llm-model={model}",
            "--llm-report=off",
            "--llm-concurrency=2",
            "--llm-ci=off",
            "--junit-xml=junit.xml",
            "-p",
            "no:cacheprovider",
            *ALONE,
            *options,
        ]
        env = {"APP_API_KEY": CANARY, "APP_DELAY_S": "0.02" if cut else "0", "CONFTEST_ENDS": cut or ""}
        env["GITHUB_STEP_SUMMARY"] = str(self.folder / SUMMARY)
        note(f"pytest {' '.join(arguments)} cut={cut} after {n_answers}")
        ended = zygote().run(
            "pytest", arguments, self.folder, env=env, meanwhile=self._cutter(cut, n_answers) if cut else None
        )
        seen = Seen(self.folder, ended, answered_ids(self.folder), cut, tuple(arguments))
        note(ended.text[-1500:])
        self._hold(seen)
        return seen

    def _cutter(self, cut: str | None, n_answers: int) -> Callable[[int, Callable[[], bool]], None]:
        def act(pid: int, is_over: Callable[[], bool]) -> None:
            output = self.folder / "output.txt"
            while not is_over() and (
                len(answered_ids(self.folder)) < n_answers or b"collected" not in output.read_bytes()
            ):
                time.sleep(0.005)
            if is_over():
                return
            if cut == "kill":
                kill_group(pid)
            elif cut in ("ctrl-c", "ctrl-c twice"):
                os.kill(pid, signal.SIGINT)
                if cut == "ctrl-c twice":
                    time.sleep(0.05)
                    if not is_over():
                        os.kill(pid, signal.SIGINT)
            elif cut == "delete store":
                (self.folder / STORE).unlink(missing_ok=True)

        return act

    def _hold(self, seen: Seen) -> None:
        laws.every_session_ends(seen)
        laws.no_traceback(seen)
        laws.nothing_raw(seen)
        laws.nothing_outside(self.folder, self.siblings)
        laws.one_outcome_each(seen)
        is_there = (self.folder / STORE).exists()
        self._command("runs", "--json")
        comment = self._comment(seen)
        with Stored(self.folder) as stored:
            laws.no_secret(self.folder, stored)
            if is_there:
                self._hold_to_the_store(seen, stored)
                if comment is not None:
                    doors.comment_agrees(comment, stored, seen.run_id or "")
            else:
                self.sizes.clear()
            self.run_ids = stored.run_ids if is_there else set()

    def _hold_to_the_store(self, seen: Seen, stored: Stored, *, has_items: bool = True) -> None:
        if has_items:
            doors.something_is_said(seen, stored)
        laws.no_run_vanishes(seen, stored, self.run_ids)
        run = stored.run(seen.run_id) if seen.run_id is not None else None
        if run is not None and seen.cut is None and not run["is_partial"]:
            self.sizes[run["run_id"]] = self.project.sizes
        if has_items:
            doors.doors_agree(seen, stored)
        doors.pages_agree(seen, stored)
        doors.numbers_say_what_they_are_of(seen, stored)
        laws.nothing_lost(seen, stored)
        laws.whole_runs_are_whole(stored, self.sizes)
        laws.baselines_are_sound(stored, self.sizes)
        if run is not None:
            laws.budgets_are_kept(seen, stored, run["run_id"])
            laws.no_unearned_pass(stored, run["run_id"], self.project.margin)
            laws.no_unearned_fail(stored, run["run_id"], self.project.margin)

    def _comment(self, seen: Seen) -> str | None:
        """What a pull request is told, where the session wrote pages."""
        if seen.run_id is None or PAGES[0] not in seen.arguments:
            return None
        path = self.folder / COMMENT
        self._command("report", seen.run_id, "--markdown", str(path), status=0)
        return path.read_text(encoding="utf-8")

    def _command(self, *words: str, status: int | None = None) -> Ended:
        """A later command: whatever came before, it does its work or says in one line why not."""
        ended = zygote().run("evalkit", words, self.folder, env={"APP_API_KEY": CANARY})
        note(f"evalkit {' '.join(words)}: {ended.status} {ended.text[-300:]}")
        assert ended.status is not None, words
        assert "Traceback" not in ended.text, ended.text[-2000:]
        if words[0] == "runs":
            laws.later_commands_work(ended, self.folder)
        if status is not None:
            assert ended.status == status, ended.text
        return ended
