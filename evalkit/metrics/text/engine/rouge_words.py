"""Words as ROUGE counts them: which texts its own tokenizer would drop, and one for every script."""

from __future__ import annotations

import re
import unicodedata

from evalkit.errors import MissingExtraError

_ASCII_WORD = re.compile(r"[a-z0-9]")
#: Scripts that put no spaces between words, by the beginning of their characters' names.
_UNSPACED = ("CJK ", "HIRAGANA ", "KATAKANA ", "THAI ", "LAO ", "KHMER ", "MYANMAR ")


def has_ascii_words(text: str) -> bool:
    """Whether rouge-score's tokenizer leaves anything of the text."""
    return _ASCII_WORD.search(text.lower()) is not None


def has_other_words(text: str) -> bool:
    """Whether the text has letters or digits that rouge-score's tokenizer drops."""
    return not text.isascii() and any(
        char.isalnum() and not char.isascii() and not _ASCII_WORD.search(char.lower()) for char in text
    )


class UnicodeWords:
    """The ``unicode`` tokenizer, as a rewriting of texts that rouge-score's own tokenizer can read.

    Text is normalised (NFKC, case folded). Letters, digits and combining marks of any script make up words;
    in scripts without spaces (Han, kana, Thai, Lao, Khmer, Burmese) each character is a word. Of text in
    ASCII these are the words that rouge-score finds. Every word that is not ASCII, or all digits, is
    replaced by a number of its own, so one instance must see all texts that are compared.
    """

    def __init__(self) -> None:
        self._numbers: dict[str, str] = {}
        self._table = _Table()

    def encoded(self, text: str) -> str:
        """The words with spaces between them, line by line."""
        return "\n".join(" ".join(map(self._code, self.words(line))) for line in text.split("\n"))

    def words(self, text: str) -> list[str]:
        """The words of a text."""
        if not text.isascii():
            text = unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", text).casefold())
        return text.lower().translate(self._table).split()

    def _code(self, word: str) -> str:
        if word.isascii() and not word.isdigit():
            return word
        return self._numbers.setdefault(word, str(len(self._numbers)))


class _Table(dict[int, str]):
    """For ``str.translate``: what stands in a word stays, format characters go, the rest becomes a space."""

    def __missing__(self, code: int) -> str:
        char = chr(code)
        category = unicodedata.category(char)
        if category[0] in "LMN":
            is_unspaced = unicodedata.name(char, "").startswith(_UNSPACED)
            value = f" {char} " if is_unspaced else char
        else:
            value = "" if category == "Cf" else " "
        self[code] = value
        return value


def split_sentences(text: str) -> str:
    """One sentence on each line, as NLTK finds them. Raises MissingExtraError without NLTK or its data."""
    try:
        import nltk

        sentences = nltk.sent_tokenize(text)
    except ImportError:
        hint = "pip install 'pytest-evalkit[text]'"
        raise MissingExtraError("split_summaries needs nltk", hint=hint) from None
    except LookupError:
        hint = "python -m nltk.downloader punkt_tab"
        raise MissingExtraError("split_summaries needs NLTK's punkt_tab data", hint=hint) from None
    return "\n".join(sentence.replace("\n", " ") for sentence in sentences)
