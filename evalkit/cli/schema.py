"""``evalkit schema``: the JSON Schema of task files, by which editors complete and check them."""

from __future__ import annotations

import argparse
import json

from evalkit.cli.printing import print_text
from evalkit.schema.task_file import task_file_schema

HELP = "print the JSON Schema of task files, for editors"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """It takes no arguments of its own."""


def run(arguments: argparse.Namespace) -> int:
    """The schema knows the scorers and metrics that are installed here, plug-ins included."""
    print_text(json.dumps(task_file_schema(), ensure_ascii=False, indent=1))
    return 0
