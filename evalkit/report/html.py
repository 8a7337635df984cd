"""One self-contained HTML file: no network, no fonts, no script but its own."""

from __future__ import annotations

import base64
import hashlib
import re
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from evalkit.core.text import plural
from evalkit.report import wording
from evalkit.report.data import ReportData
from evalkit.report.numbers import seconds_text, time_text
from evalkit.report.payload import Payload, inert_json, pack
from evalkit.report.sections import build

if TYPE_CHECKING:
    from jinja2 import Environment

    from evalkit.report.ways import Door

#: Where names like ``local/smollm2#terse`` and ``regression(mean:judge)[language=de]`` may be broken.
_JOINTS = re.compile(r"(?<=[/#?&:(])(?=.)|(?<=.)(?=\[)")

_FOLDER = Path(__file__).parent / "templates"
#: What every page of evalkit has; scripts are modules there.
_SHARED = Path(__file__).parent.parent / "web" / "shared"
_MODULE_WORDS = re.compile(r"^export |^import .*\n", re.MULTILINE)

#: Style sheets and scripts in the order that they are put together.
STYLES = ("tokens.css", "base.css", "page.css", "blocks.css", "story.css", "history.css", "samples.css")
SCRIPTS = (
    "theme.js", "dom.js", "blocks.js", "rows.js", "search.js", "fields.js", "diff.js", "steps.js",
    "detail.js", "table.js", "viewport.js", "address.js", "filters.js", "export.js", "main.js",
)  # fmt: skip


def render(data: ReportData, payload: Payload | None = None, door: Door | None = None) -> str:
    """The whole page as text, with ``door`` as one of many. Lone surrogates may be in it: encode with
    ``xmlcharrefreplace``."""
    style, script = stylesheet(with_ways=door is not None), scripts()
    return (
        environment()
        .get_template("report.html.j2")
        .render(
            title=_title(data),
            data=data,
            headline=wording.headline(data),
            banners=wording.banners(data),
            facts=_facts(data),
            more=lambda n, word: plural(n, f"more {word}"),
            sections=list(build(data)),
            payload=payload if payload is not None else pack(data),
            summary=data.summary(),
            style=style,
            script=script,
            policy=policy(style, script),
            door=door,
        )
    )


@cache
def environment() -> Environment:
    """Escapes everything, and shows hidden characters in everything that is not markup."""
    from jinja2 import Environment, FileSystemLoader, StrictUndefined

    from evalkit.report.compiled_templates import CompiledTemplates

    settings: dict[str, Any] = {"autoescape": True, "trim_blocks": True, "lstrip_blocks": True}
    env = Environment(
        loader=FileSystemLoader(_FOLDER),
        undefined=StrictUndefined,
        finalize=_finalize,
        bytecode_cache=CompiledTemplates(_FOLDER, str(settings)),
        **settings,
    )
    env.filters["embed"] = _embed
    env.filters["breakable"] = _breakable
    return env


def _breakable(text: str) -> Any:
    """A name that may go on in the next line at the signs that join its parts, not within a word."""
    from markupsafe import Markup, escape

    if " " in text:
        return text
    return Markup("<wbr>").join(map(escape, _JOINTS.split(wording.visible(text))))


def _embed(value: Any) -> Any:
    """JSON that is safe inside a script element."""
    from markupsafe import Markup

    return Markup(inert_json(value))


def _finalize(value: Any) -> Any:
    # Markup is a str subclass: only plain text comes from outside.
    return wording.visible(value) if type(value) is str else value


@cache
def stylesheet(*, with_ways: bool = False) -> str:
    """``with_ways`` for pages that are one of many."""
    return "".join(map(part, (*STYLES, "ways.css") if with_ways else STYLES))


def scripts(*, is_followed: bool = False) -> str:
    """``is_followed`` for pages that a server gives anew."""
    return joined_scripts((*SCRIPTS, "follow.js") if is_followed else SCRIPTS)


@cache
def joined_scripts(names: tuple[str, ...]) -> str:
    """Modules as one script, in this order."""
    body = _MODULE_WORDS.sub("", "".join(map(part, names)))
    return f'"use strict";\n(() => {{\n{body}}})();\n'


def part(name: str) -> str:
    """A style sheet or script of this package, or one that all pages share."""
    shared = _SHARED / name
    return (shared if shared.is_file() else _FOLDER / name).read_text("utf-8")


def policy(style: str, script: str) -> str:
    """A Content-Security-Policy that runs this script and no other, and opens no connection."""
    return (
        f"default-src 'none'; script-src '{_hash(script)}'; style-src '{_hash(style)}'; "
        "img-src data:; base-uri 'none'; form-action 'none'"
    )


def _hash(text: str) -> str:
    return "sha256-" + base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()


def _title(data: ReportData) -> str:
    return f"{data.outcome if data.outcome != 'none' else 'no gates'}: {_names(data.tasks)}"


def _names(names: tuple[str, ...]) -> str:
    return ", ".join(names[:3]) + (f" and {len(names) - 3} more" if len(names) > 3 else "")


def _facts(data: ReportData) -> list[str]:
    """The line under the headline."""
    run, operations = data.run, [item.operations for item in data.evaluations]
    facts = [
        f"run {run.run_id}" if data.baseline_run is None else f"{data.baseline_run.run_id} → {run.run_id}",
        time_text(run.started_at),
        wording.commit_text(run),
        plural(sum(o.n for o in operations), "response"),
        plural(sum(o.n_errors for o in operations), "error"),
        wording.cost_text(data),
    ]
    if run.finished_at is not None:
        facts.append(seconds_text(run.finished_at - run.started_at))
    return [fact for fact in facts if fact]
