"""The level ``docker``: the inside runs in a container without network, at its level ``process``."""

from __future__ import annotations

import json
import os
import platform
import shutil
import subprocess
from collections.abc import Callable
from typing import Any

from evalkit.errors import SandboxError
from evalkit.sandbox.paths import ROOT

#: Names another image with Python 3.11 or newer.
IMAGE_VARIABLE = "EVALKIT_SANDBOX_IMAGE"
_PLACE = "/sandbox"


def docker_command(boot: Callable[[str], list[str]], config: dict[str, Any]) -> list[str]:
    """``docker run …`` up to and with the inside's own arguments.

    Args:
        boot: interpreter arguments that start the inside found beneath a folder of the container.
        config: further settings of the inside.

    Raises:
        SandboxError: there is no docker here.
    """
    docker = shutil.which("docker")
    if docker is None:
        raise SandboxError("docker is not installed", hint="install docker, or use --llm-sandbox=auto")
    # What may be read there, and what may not, is looked for there.
    settings = {"root": _PLACE, "tmp": "/tmp", "private": "/tmp"}
    return [
        docker,
        *("run", "--rm", "--interactive", "--init", "--network", "none", "--read-only"),
        *("--cap-drop", "ALL", "--security-opt", "no-new-privileges", "--user", "65534:65534"),
        *("--pids-limit", "512", "--memory", "4g", "--ipc", "private", "--workdir", "/tmp"),
        *("--tmpfs", "/tmp:rw,nosuid,nodev,size=64m,mode=1777"),
        *("--volume", f"{ROOT / 'inside'}:{_PLACE}/inside:ro"),
        *("--env", "PYTHONHASHSEED=0"),
        image(),
        "python",
        *boot(_PLACE),
        json.dumps({**settings, **config}),
    ]


def require_daemon() -> str:
    """The version of the docker that answers; nothing is started or fetched.

    Raises:
        SandboxError: there is no docker here, or none that answers.
    """
    docker = shutil.which("docker")
    if docker is None:
        raise SandboxError("docker is not installed", hint="install docker")
    command = [docker, "version", "--format", "{{.Server.Version}}"]
    try:
        asked = subprocess.run(command, capture_output=True, text=True, timeout=10, check=False)
    except (OSError, subprocess.TimeoutExpired) as error:
        raise SandboxError(f"docker does not answer: {error}", hint="start its daemon") from error
    if asked.returncode != 0:
        lines = asked.stderr.strip().splitlines() or [f"exit status {asked.returncode}"]
        raise SandboxError(f"docker does not answer: {lines[0]}", hint="start its daemon")
    return asked.stdout.strip()


def image() -> str:
    """The image that ``EVALKIT_SANDBOX_IMAGE`` names, else the official one of this Python's version."""
    version = ".".join(platform.python_version_tuple()[:2])
    return os.environ.get(IMAGE_VARIABLE) or f"python:{version}-slim"
