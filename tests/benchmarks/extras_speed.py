"""What twenty installed packages of vendors and tools cost a session that uses none of them.

Started from the repository's root with ``python -m tests.benchmarks.extras_speed FOLDER``. The packages are
installed into FOLDER once (some 600 MB), and ``pytest --collect-only`` runs over a suite in turns with and
without that folder on the path. What may cost something is only that they are there: entry points are read of
each installed package, and none is imported. The plugin for pytest that one of them brings itself is left out
on both sides: it would be imported without evalkit as well.
"""

from __future__ import annotations

import argparse
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path

from tests.benchmarks.overhead import compiling
from tests.benchmarks.process import measure

PACKAGES = (
    "any-llm-sdk", "anthropic", "azure-identity", "boto3", "cohere", "genai-prices", "google-auth",
    "google-genai", "groq", "huggingface_hub", "keyring", "langchain-core", "llama-index-core", "mistralai",
    "ollama", "openai", "pandas", "polars", "tiktoken", "together",
)  # fmt: skip
ROUNDS = 15
#: Brought by langsmith, which comes along with langchain-core.
FOREIGN_PLUGIN = "langsmith_plugin"


def main() -> int:
    parser = argparse.ArgumentParser()
    parser.add_argument("folder", type=Path, help="where the packages are, or are installed to")
    parser.add_argument("--rounds", type=int, default=ROUNDS)
    arguments = parser.parse_args()
    folder: Path = arguments.folder.resolve()
    _install(folder)
    suite = Path("suites/quickstart").resolve()
    command = [sys.executable, "-m", "pytest", "--collect-only", "-q", str(suite)]
    command += ["--llm-model=local/smollm2", "-p", f"no:{FOREIGN_PLUGIN}"]
    seconds: dict[str, list[float]] = {"without": [], "with": []}
    with tempfile.TemporaryDirectory() as home:
        for turn in range(arguments.rounds + 1):
            for name in ("without", "with") if turn % 2 else ("with", "without"):
                env = compiling(HOME=home, **({"PYTHONPATH": str(folder)} if name == "with" else {}))
                used = measure(command, cwd=Path(home), env=env)
                if turn:  # the first compiles
                    seconds[name].append(used.cpu_s)
    for name, found in seconds.items():
        print(f"{name:8} median {statistics.median(found):.3f} s of CPU, least {min(found):.3f} s")
    ratio = statistics.median(seconds["with"]) / statistics.median(seconds["without"])
    least = min(seconds["with"]) / min(seconds["without"])
    print(f"with {len(PACKAGES)} packages: {ratio:.3f} times by the median, {least:.3f} by the least")
    return 0


def _install(folder: Path) -> None:
    if folder.exists():
        return
    pip = [sys.executable, "-m", "pip", "install", "--quiet", "--target", str(folder)]
    subprocess.run([*pip, *PACKAGES], check=True)


if __name__ == "__main__":
    sys.exit(main())
