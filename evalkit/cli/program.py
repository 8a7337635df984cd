"""Reading the command line, running a command, and ending with its status."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Sequence
from importlib import import_module
from keyword import iskeyword
from pathlib import Path
from typing import Any, NoReturn

from evalkit.cli.printing import say
from evalkit.cli.shared_options import STORE, add_shared_options
from evalkit.core.text import encodable
from evalkit.errors import EvalkitError, UsageError
from evalkit.redaction.redact import redact
from evalkit.store.losses import watched_losses
from evalkit.version import __version__

#: Modules of this package with ``HELP``, ``add_arguments(parser)`` and ``run(arguments) -> status``.
COMMANDS = (
    "run",
    "runs",
    "show",
    "compare",
    "drift",
    "bridge",
    "plan",
    "flaky",
    "items",
    "judge",
    "review",
    "view",
    "report",
    "baseline",
    "prompts",
    "import",
    "sql",
    "cache",
    "suites",
    "schema",
    "init",
    "setup",
    "doctor",
)
#: Words that stand behind a command and are one of their own with it, ``review_decide`` in this package: what
#: else stands there is an argument of the first.
WITHIN = {"review": ("decide", "export", "import")}
USAGE_STATUS = 4


class _Parser(argparse.ArgumentParser):
    def error(self, message: str) -> NoReturn:
        is_plugins = "arguments: --llm-" in message
        more = f"'{self.prog} --help' says more"
        hint = "these are pytest's: here they stand without llm-, as in --model=SPEC" if is_plugins else more
        raise UsageError(message, hint=hint)


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command. Returns 0 when all is well, 1 when something got worse or a row of a run could not be
    stored, 4 on usage errors."""
    words = sys.argv[1:] if argv is None else argv
    try:
        joined = _joined(words)
        arguments = _parser(joined).parse_args(joined)
        # What is not UTF-8 on the command line names nothing in the store, but may name a file.
        for name, value in list(vars(arguments).items()):
            if isinstance(value, str):
                setattr(arguments, name, encodable(value))
        arguments.json = getattr(arguments, "json", False)
        arguments.words = words
        arguments.store = _named_stores(getattr(arguments, "store", None)) or _default_store()
        with watched_losses() as losses:
            try:
                status = int(_module(arguments.command).run(arguments))
            finally:
                for loss in losses:
                    say(f"evalkit: {loss}", is_aside=True)
        return status or int(bool(losses))
    except EvalkitError as error:
        say(f"evalkit: {redact(' '.join(str(error).split()))}", is_aside=True)
        return USAGE_STATUS
    except BrokenPipeError:  # the reader (head, less) has seen enough
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    except KeyboardInterrupt:
        return 130


def _parser(words: Sequence[str]) -> argparse.ArgumentParser:
    """The parser of the command that comes first, or of all: a command waits for no other one's imports."""
    parser = _Parser(prog="evalkit", description="Evaluate models; show, compare and report stored results.")
    parser.add_argument("--version", action="version", version=f"evalkit {__version__}")
    commands = parser.add_subparsers(dest="command", required=True)
    known = {*COMMANDS, *(f"{name} {word}" for name, its in WITHIN.items() for word in its)}
    for name in words[:1] if words and words[0] in known else COMMANDS:
        module, more = _module(name), [f"evalkit {name} {word}" for word in WITHIN.get(name, ())]
        also = f"See also: {', '.join(more)}" if more else None
        command = commands.add_parser(name, help=module.HELP, description=module.HELP, epilog=also)
        add_shared_options(command, has_many_stores=getattr(module, "HAS_MANY_STORES", False))
        module.add_arguments(command)
    return parser


def _joined(words: Sequence[str]) -> Sequence[str]:
    """``review decide`` as one word; what stands behind an option of ``run`` that needs no value."""
    if words and words[0] == "run":
        from evalkit.session.bare_options import paths_kept  # only for the command that has such options

        return paths_kept(words, lambda option: f"--{option.name}", Path.cwd())
    if len(words) > 1 and words[1] in WITHIN.get(words[0], ()):
        return [f"{words[0]} {words[1]}", *words[2:]]
    return words


def _module(command: str) -> Any:
    """``import_`` for ``import``: a word of Python cannot name a module that is imported by name."""
    command = command.replace(" ", "_")
    return import_module(f"evalkit.cli.{command}_" if iskeyword(command) else f"evalkit.cli.{command}")


def _named_stores(named: Path | list[Path | None] | None) -> Path | list[Path] | None:
    return [each for each in named if each is not None] if isinstance(named, list) else named


def _default_store() -> Path:
    """What EVALKIT_STORE names, else the store of this folder or of the nearest one above that has one."""
    named = os.environ.get("EVALKIT_STORE")
    if named:
        return Path(os.path.expanduser(named))
    here = Path.cwd()
    return next((each / STORE for each in (here, *here.parents) if (each / STORE).exists()), STORE)
