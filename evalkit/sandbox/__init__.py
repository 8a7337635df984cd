"""Runs code that a model wrote. Way in: ``open.open_sandbox``; contract: ``sandbox.Sandbox``."""

from evalkit.sandbox.limits import Limits
from evalkit.sandbox.open import open_sandbox
from evalkit.sandbox.outcome import Outcome
from evalkit.sandbox.probe import Probe
from evalkit.sandbox.program import Program
from evalkit.sandbox.sandbox import Sandbox

__all__ = ["Limits", "Outcome", "Probe", "Program", "Sandbox", "open_sandbox"]
