"""``evalkit review decide RUN``: the gates of a run on what people say, decided as far as they said it."""

from __future__ import annotations

import argparse
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from evalkit.cli.printing import cell_text, print_json, print_notes, print_table, say
from evalkit.session.stored.run_names import RUN_HELP, find_run

if TYPE_CHECKING:
    from evalkit.session.stored.reviewed_gates import Decided, DecidedRun

HELP = "decide the gates of a run that read reviews, and store the verdicts"
FAILED, UNDECIDED = 1, 2


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "run", metavar="RUN", nargs="?", default="latest", help=f"{RUN_HELP} (default latest)"
    )
    parser.add_argument(
        "--baseline", metavar="RUN", help="what to compare with (default: what the run was compared with)"
    )
    parser.add_argument("--strict", action="store_true", help="exit with 2 if something is still undecided")


def run(arguments: argparse.Namespace) -> int:
    """Status 0 when no gate failed, 1 when one did or is an error, 2 when undecided and ``--strict``."""
    from evalkit.session.stored.reviewed_gates import decide_run
    from evalkit.store.connection import told
    from evalkit.store.decided import write_decided
    from evalkit.store.store import Store

    with Store.open(arguments.store) as store:
        decided = decide_run(store, find_run(store, arguments.run), arguments.baseline)
        print_notes(store.notes)
    verdicts = [(each.evaluation.evaluation_id, each.verdict, each.baseline_id) for each in decided.gates]
    with Store.open(arguments.store, mode="write") as store, told(arguments.store):
        write_decided(store.connection, decided.estimates, verdicts)
    if arguments.json:
        print_json(_object(decided))
    else:
        _print(decided)
    words = {each.verdict.verdict for each in decided.gates}
    if words & {"fail", "error"}:
        return FAILED
    is_open = "undecided" in words or bool(decided.left)
    return UNDECIDED if arguments.strict and is_open else 0


def _print(decided: DecidedRun) -> None:
    from evalkit.report.wrapping import wrapped

    say(f"run  {decided.run.run_id}", "")
    headers = ["task", "subject", "gate", "before", "now"]
    rows = [[*_place(each), _word(each), each.verdict.word] for each in decided.gates]
    rows += [[*_place(each), _word(each), _word(each)] for each, _ in decided.left]
    print_table(headers, rows, whole=["gate", "before", "now"])
    told = [(each, each.verdict.detail) for each in decided.gates]
    told += [(each, f"Left as it was: {reason}.") for each, reason in decided.left]
    for each, text in told:
        task, subject, gate = _place(each)
        say("", f"{task}, {subject}: {gate}: {each.verdict.word}")
        say("\n".join(wrapped(cell_text(text), indent="  ")))


def _place(decided: Decided) -> tuple[str, str, str]:
    evaluation = decided.evaluation
    return cell_text(evaluation.task), cell_text(evaluation.subject.label), cell_text(decided.gate.text)


def _word(decided: Decided) -> str:
    return "" if decided.before is None else decided.before.word


def _object(decided: DecidedRun) -> dict[str, Any]:
    reasons = {id(each): reason for each, reason in decided.left}
    return {
        "run": decided.run.run_id,
        "gates": [
            {
                "task": each.evaluation.task,
                "subject": each.evaluation.subject.label,
                "before": _word(each) or None,
                "left": reasons.get(id(each)),
                **asdict(each.verdict),
                "verdict": each.verdict.word,
            }
            for each in (*decided.gates, *(place for place, _ in decided.left))
        ],
    }
