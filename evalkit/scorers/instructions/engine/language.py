"""``language:`` and what else needs to know a text's language: langdetect, seeded."""

from __future__ import annotations

from evalkit.errors import MissingExtraError
from evalkit.scorers.instructions.engine.parameters import Parameters


def response_language(response: str, given: Parameters) -> bool:
    """The text is in ``language`` (ISO 639-1), or so short of letters that no language can be told."""
    return detected(response) in (given.text("language"), None)


def is_english(text: str) -> bool:
    """Whether a text is English, or has no language that could be told."""
    return detected(text) in ("en", None)


def detected(text: str) -> str | None:
    """The language as langdetect names it, None where it finds nothing to go by.

    The detector samples; its seed is 0 here, so that a text has the same language in every run (the
    reference sets none). Raises MissingExtraError without langdetect.
    """
    try:
        import langdetect
    except ImportError:
        raise MissingExtraError(
            "telling languages apart needs langdetect", hint="pip install 'pytest-evalkit[ifeval]'"
        ) from None
    langdetect.DetectorFactory.seed = 0
    try:
        return str(langdetect.detect(text))
    except langdetect.LangDetectException:
        return None
