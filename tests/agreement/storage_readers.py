"""A store that this DuckDB makes, opened by an older one, and the other way round.

Started from the repository's root with ``python -m tests.agreement.storage_readers FOLDER``, FOLDER being
where the older DuckDB was installed (``pip install --target``). Ends with status 1 where something differs.
"""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

from tests.invocation import environment

#: Writes a run into the store of its first argument, or says what every table holds.
WRITE = """
import sys
from pathlib import Path
import duckdb
from tests.unit.store.records import write_run
write_run(Path(sys.argv[1]), sys.argv[2], values=tuple(float(i % 2) for i in range(5000)))
print(duckdb.__version__)
"""
READ = """
import json, sys
from pathlib import Path
import duckdb
from evalkit.store.store import Store
with Store.open(Path(sys.argv[1])) as store:
    ask = store.connection.execute
    tables = sorted(name for (name,) in ask("SELECT table_name FROM duckdb_tables()").fetchall())
    counts = {name: ask(f"SELECT count(*) FROM {name}").fetchone()[0] for name in tables}
    first = [repr(store.observations(f"{run.run_id}-1").responses[1]) for run in store.runs()]
print(json.dumps({"counts": counts, "first": first}))
"""


def run(program: str, older: str | None, *words: object) -> Any:
    paths = {"PYTHONPATH": older} if older else {}
    command = [sys.executable, "-c", program, *map(str, words)]
    done = subprocess.run(command, env=environment(**paths), text=True, capture_output=True, check=False)
    if done.returncode:
        raise SystemExit(f"with {older or 'the duckdb of this environment'}:\n{done.stderr}")
    return done.stdout.strip()


def main(older: str) -> int:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "results.duckdb"
        versions = [run(WRITE, None, path, "run-a")]
        seen = [run(READ, each, path) for each in (None, older)]
        versions.append(run(WRITE, older, path, "run-b"))
        seen_after = [run(READ, each, path) for each in (None, older)]
    is_same = seen[0] == seen[1] and seen_after[0] == seen_after[1]
    print(f"made by DuckDB {versions[0]}, read and written by DuckDB {versions[1]}, read again by both:")
    print(json.dumps(json.loads(seen_after[0])["counts"]))
    print("the same to both" if is_same else "NOT the same to both")
    return 0 if is_same else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
