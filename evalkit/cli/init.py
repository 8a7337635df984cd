"""``evalkit init``: a first suite and a workflow for CI, or a plug-in, ready to edit."""

from __future__ import annotations

import argparse
import json
import shlex
from importlib.resources import files
from pathlib import Path

from evalkit.cli.printing import print_json, say
from evalkit.core.subject import ModelSpec
from evalkit.errors import UsageError
from evalkit.registry import MODELS

HELP = "write a first suite and a workflow for CI, or a plug-in package"

#: Host -> where its workflow goes.
WORKFLOWS = {"github": Path(".github/workflows/evalkit.yml"), "gitlab": Path(".gitlab-ci.yml")}
#: Provider -> the secret that it needs, and how it is installed where a plain install is not enough.
_KEYS = {
    "anthropic": "ANTHROPIC_API_KEY",
    "azure": "AZURE_OPENAI_API_KEY",
    "gemini": "GEMINI_API_KEY",
    "hf_inference": "HF_TOKEN",
    "mistral": "MISTRAL_API_KEY",
    "openai": "OPENAI_API_KEY",
}
_INSTALLS = {"local": "pip install 'pytest-evalkit[local]' && evalkit setup local"}
EXAMPLE = Path("suites/example/intent.eval.yaml")
_IGNORED = (".evalkit/", "reports/")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--ci",
        choices=(*WORKFLOWS, "none"),
        help="CI host of the workflow (default: that of the repository)",
    )
    parser.add_argument("--model", default="openai/gpt-4o-mini", metavar="SPEC", help="the model to test")
    parser.add_argument("--plugin", metavar="NAME", help="write an installable package with its tests")
    parser.add_argument("--force", action="store_true", help="overwrite files that differ")


def run(arguments: argparse.Namespace) -> int:
    """Nothing is written for a model that no provider answers for, nor while a file that differs would be
    lost."""
    if arguments.plugin is not None:
        return _write_plugin(arguments)
    MODELS.check(ModelSpec.parse(arguments.model).provider)
    host = arguments.ci or ("gitlab" if WORKFLOWS["gitlab"].exists() else "github")
    wanted = {EXAMPLE: _template("example.eval.yaml")}
    if host != "none":
        wanted[WORKFLOWS[host]] = workflow(host, arguments.model)
    if not arguments.force:
        _refuse_changed(wanted)
    written = [path for path, text in wanted.items() if _write(path, text)]
    if _ignore():
        written.append(Path(".gitignore"))
    if arguments.json:
        print_json({"written": list(map(str, written)), "model": arguments.model})
        return 0
    for path in written:
        say(path)
    say(f"run: pytest suites --llm-model={shlex.quote(arguments.model)}")
    return 0


def _write_plugin(arguments: argparse.Namespace) -> int:
    from evalkit.cli.plugin import plugin_files

    wanted = plugin_files(arguments.plugin)
    if not arguments.force:
        _refuse_changed(wanted)
    written = [path for path, text in wanted.items() if _write(path, text)]
    if arguments.json:
        print_json({"written": list(map(str, written))})
        return 0
    for path in written:
        say(path)
    say(f"run: cd {arguments.plugin} && pip install -e . && pytest")
    return 0


def workflow(host: str, model: str) -> str:
    """The file that evaluates ``model`` on the host: its key from the secrets, its weights where it needs
    them. The model is a JSON string, which YAML reads as it is, and no shell reads."""
    provider = model.partition("/")[0]
    key = _KEYS.get(provider)
    text = _template(f"{host}.yml")
    if key is None:
        text = "".join(line for line in text.splitlines(keepends=True) if "$KEY" not in line)
    install = _INSTALLS.get(provider, "pip install pytest-evalkit")
    return text.replace("$KEY", key or "").replace("$INSTALL", install).replace("$MODEL", json.dumps(model))


def _template(name: str) -> str:
    return (files("evalkit.cli") / "templates" / name).read_text(encoding="utf-8")


def _refuse_changed(wanted: dict[Path, str]) -> None:
    for path, text in wanted.items():
        if path.exists() and path.read_text(encoding="utf-8", errors="replace") != text:
            raise UsageError("is there and differs", where=str(path), hint="move it, or add --force")


def _write(path: Path, text: str) -> bool:
    """Whether anything changed."""
    if path.exists() and path.read_text(encoding="utf-8", errors="replace") == text:
        return False
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    except OSError as error:
        raise UsageError(f"cannot be written: {error.strerror or error}", where=str(path)) from None
    return True


def _ignore() -> bool:
    """Results and reports stay out of the repository; whether ``.gitignore`` was changed."""
    path = Path(".gitignore")
    text = path.read_text(encoding="utf-8") if path.exists() else ""
    missing = [entry for entry in _IGNORED if entry not in text.splitlines()]
    if missing:
        start = text if not text or text.endswith("\n") else text + "\n"
        _write(path, start + "".join(f"{entry}\n" for entry in missing))
    return bool(missing)
