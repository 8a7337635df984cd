"""What isolation is measured against: each program and its check in one forked process, with no walls at all.

Usage: ``python -P -s -S bare_fork.py FOLDER_OF_INSIDE``, programs as JSON lines on standard input; prints the
seconds that each took.
"""

from __future__ import annotations

import json
import os
import sys
import time


def main() -> None:
    """Time every program, in a fork of an interpreter that is as warm as the sandbox's."""
    sys.path.insert(0, sys.argv[1])
    from inside import start  # type: ignore[import-not-found]

    sys.path.pop(0)
    programs = [json.loads(line) for line in sys.stdin]
    start.warm_up()
    print(json.dumps([timed(each["source"], each["check"], each["entry_point"]) for each in programs]))


def timed(source: str, check: str, entry_point: str) -> float:
    """Seconds from the fork until the child is gone."""
    began = time.perf_counter()
    pid = os.fork()
    if pid == 0:
        names: dict[str, object] = {}
        exec(f"{check}\n{source}\ncheck({entry_point})", names)
        os._exit(0)
    _, status = os.waitpid(pid, 0)
    assert status == 0
    return time.perf_counter() - began


if __name__ == "__main__":
    main()
