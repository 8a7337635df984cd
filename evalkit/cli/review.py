"""``evalkit review``: people label answers in the browser."""

from __future__ import annotations

import argparse
import getpass
import socket
import sys
import webbrowser
from collections.abc import Sequence
from contextlib import suppress
from typing import TYPE_CHECKING, cast, get_args

from evalkit.cli.counts import count
from evalkit.cli.printing import print_json, print_notes, say
from evalkit.core.label import ReviewKind
from evalkit.core.plain_name import is_plain_name
from evalkit.core.run import Evaluation
from evalkit.core.text import plural, shown
from evalkit.errors import StoreError, UsageError, did_you_mean
from evalkit.redaction.redact import redact
from evalkit.session.stored.run_names import RUN_HELP
from evalkit.session.stored.sides import Side, pair, read_side
from evalkit.store.store import Store

if TYPE_CHECKING:
    from evalkit.review.board import Board
    from evalkit.review.desk import Desk

HELP = "label answers in the browser: pass or fail, by a rubric, or which of two is better"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    side = f"{RUN_HELP}; with ::SUBJECT one subject of it"
    parser.add_argument("run", metavar="RUN", nargs="?", default="latest", help=f"{side} (default latest)")
    parser.add_argument(
        "--against", metavar="RUN",
        help="the other side of each pair; for other kinds, the baseline that answers are compared with",
    )  # fmt: skip
    parser.add_argument("--task", metavar="NAME", help="which task, if the run has several")
    parser.add_argument("--kind", choices=get_args(ReviewKind), help="what is asked of each answer")
    parser.add_argument(
        "--rubric", metavar="FILE|TEXT",
        help="what a label means: Markdown, or a YAML file with question, rubric, criteria and scale",
    )  # fmt: skip
    parser.add_argument("--scale", metavar="LOW-HIGH", help="numbers of a rubric (default 1-5)")
    parser.add_argument(
        "--n", type=count, default=200, metavar="N", help="review at most N answers (default 200)"
    )
    parser.add_argument(
        "--control-share", type=float, default=0.2, metavar="SHARE",
        help="share of them to pick at random (default 0.2)",
    )  # fmt: skip
    parser.add_argument("--reviewers", metavar="NAMES", help="who reviews: anna,ben (default: your login)")
    parser.add_argument(
        "--overlap", type=count, default=2, metavar="N", help="reviewers of each answer (default 2)"
    )
    parser.add_argument("--host", default="127.0.0.1", help="address to serve at (default 127.0.0.1)")
    parser.add_argument("--port", type=int, help="port to serve at (default: the same for the same project)")
    parser.add_argument(
        "--allow-network", action="store_true",
        help="also serve other machines, unencrypted: anyone on the network can read answers and tokens",
    )  # fmt: skip
    parser.add_argument("--no-browser", action="store_true", help="print the links without opening a browser")


def run(arguments: argparse.Namespace) -> int:
    """Serves until Ctrl-C; status 0 then."""
    from evalkit.review.desk import Desk
    from evalkit.review.planning import Wish, plan
    from evalkit.review.question import question_of
    from evalkit.web.serving import require_server

    require_server("review", "markdown_it")  # of markdown-it-py
    reviewers = _reviewers(arguments.reviewers)
    _check_numbers(arguments)
    question = question_of(_kind(arguments), arguments.rubric, arguments.scale)
    with Store.open(arguments.store) as store:
        sides = _sides(store, arguments, question.kind)
        wish = Wish(question, sides, arguments.n, arguments.control_share)
        project, more = plan(store.connection, wish)
        notes = [*store.notes, *more]
    with Desk.open(arguments.store, project, reviewers, arguments.overlap) as desk:
        print_notes([*notes, *desk.notes])
        desk.notes.clear()
        _serve(desk, arguments)
    print_notes(desk.notes)
    if not arguments.json:
        say(*_summary(desk.board))
    return 0


def _check_numbers(arguments: argparse.Namespace) -> None:
    if arguments.n < 1 or arguments.overlap < 1:
        raise UsageError("--n and --overlap take numbers from 1 on")
    if not 0 < arguments.control_share <= 1:
        hint = "above 0 and at most 1: without a random part nothing can be said of the answers not picked"
        raise UsageError(f"--control-share={arguments.control_share:g} is not a share", hint=hint)


def _kind(arguments: argparse.Namespace) -> ReviewKind:
    """What was asked for, else what the other options are for."""
    if arguments.kind is not None:
        return cast(ReviewKind, arguments.kind)
    if arguments.against:
        return "pairwise"
    return "rubric" if arguments.rubric or arguments.scale else "pass_fail"


def _serve(desk: Desk, arguments: argparse.Namespace) -> None:
    from evalkit.web.application import application_of
    from evalkit.web.hosts import names_of, url_of
    from evalkit.web.serving import serve

    visitors = desk.visitors()
    with _listen(arguments, desk.board.project.project_id) as opened:
        url = url_of(opened, arguments.host)
        port = opened.getsockname()[1]
        site = desk.site(visitors, names_of(arguments.host), port, lambda text: print_notes([redact(text)]))
        links = {name: f"{url}/?token={token}" for name, token in visitors.tokens().items()}
        _tell(desk.board, links, arguments.json)
        if len(links) == 1 and not arguments.no_browser:
            # What stands on a command line others on this machine can read: this token works once.
            webbrowser.open(f"{url}/?token={visitors.ticket(desk.board.reviewers[0])}")
        serve(application_of(site), opened)


def _listen(arguments: argparse.Namespace, project_id: str) -> socket.socket:
    from evalkit.web.hosts import listen, listen_at_own_port

    is_network_allowed: bool = arguments.allow_network
    if arguments.port is None:
        return listen_at_own_port(arguments.host, project_id, is_network_allowed=is_network_allowed)
    return listen(arguments.host, arguments.port, is_network_allowed=is_network_allowed)


def _tell(board: Board, links: dict[str, str], is_json: bool) -> None:
    project = board.project
    if is_json:
        print_json({"project": project.project_id, "n_items": len(project.items), "links": links})
    else:
        say(f"{project.task}: {plural(len(project.items), 'item')}, {project.question.kind}")
        for each in board.progress():
            say(f"  {each.reviewer}, {each.n_assigned - each.n_done:,} to do: {links[each.reviewer]}")
        say("each link is its reviewer's key; Ctrl-C ends; the same command resumes with the same links")
    sys.stdout.flush()  # whoever started this waits for the links


def _summary(board: Board) -> list[str]:
    return [f"{each.reviewer}: {each.n_done:,} of {each.n_assigned:,} reviewed" for each in board.progress()]


def _sides(
    store: Store, arguments: argparse.Namespace, kind: ReviewKind
) -> list[tuple[Evaluation, Evaluation | None]]:
    """The evaluations of one task, each with the one that it is held against."""
    side = read_side(store, arguments.run)
    ours = of_task(side, arguments.task)
    if arguments.against:
        other = read_side(store, arguments.against)
        theirs = [each for each in other.evaluations if each.task == ours[0].task]
        met = pair(Side(other.run, theirs), Side(side.run, ours))
        found = [(one, two) for two, one in met if one.evaluation_id != two.evaluation_id]
    elif kind == "pairwise":
        found = [(ours[0], ours[1])] if len(ours) == 2 else []
    else:
        return [(each, _baseline(store, each)) for each in ours]
    if not found:
        labels = ", ".join(dict.fromkeys(each.subject.label for each in ours))
        hint = f"name the other side with --against=RUN or --against=RUN::SUBJECT; subjects here: {labels}"
        raise UsageError(f"there is nothing to compare {arguments.run} with", hint=hint)
    return [*found]


def _baseline(store: Store, evaluation: Evaluation) -> Evaluation | None:
    """What its gates compared it with, where the store has it."""
    for baseline_id in store.baseline_evaluation_ids(evaluation.evaluation_id).values():
        with suppress(StoreError):
            return store.evaluation(baseline_id)
    return None


def of_task(side: Side, task: str | None) -> Sequence[Evaluation]:
    """The evaluations of one task of a run. Raises UsageError where it is not clear which task is meant."""
    tasks = list(dict.fromkeys(each.task for each in side.evaluations))
    if task is not None and task not in tasks:
        raise UsageError(f"run {side.run.run_id} has no task {task!r}", hint=did_you_mean(task, tasks))
    if task is None and len(tasks) != 1:
        what = "evaluated nothing" if not tasks else f"has {len(tasks)} tasks"
        hint = f"--task={' | '.join(tasks)}" if tasks else "'evalkit runs' lists others"
        raise UsageError(f"run {side.run.run_id} {what}", hint=hint)
    return [each for each in side.evaluations if each.task == (task or tasks[0])]


def _reviewers(names: str | None) -> list[str]:
    if names is None:
        try:
            login = getpass.getuser()
        except (OSError, KeyError, ImportError):  # no such user, as in some containers
            login = ""
        return [login if is_plain_name(login) else "me"]
    found = [name.strip() for name in names.split(",")]
    odd = next((name for name in found if not is_plain_name(name)), None)
    if odd is not None:
        hint = "letters, digits, '-', '_' and '.', with a comma between two: --reviewers=anna,ben"
        raise UsageError(f"{shown(odd)} cannot name a reviewer", hint=hint)
    if len(set(found)) < len(found):
        raise UsageError("a reviewer is named twice", hint="--reviewers takes each name once")
    return found
