"""Both tokenisers against what pycocoevalcap's gave, and against each other; what may not move a caption."""

from __future__ import annotations

import json
import sys
import zipfile
from itertools import islice
from pathlib import Path
from typing import Any

import pytest

from evalkit.metrics.captions.engine.java import JavaError, MissingJavaError, find_java
from evalkit.metrics.captions.engine.ptb import java_tokenizer
from evalkit.metrics.captions.engine.ptb.java_tokenizer import JavaTokenizer
from evalkit.metrics.captions.engine.ptb.tokenizer import PythonTokenizer
from tests.shared_data import shared_data

LINE_ENDS = ["\n", "\r", "\r\n", "\x0b", "\x0c", "\x85", "\u2028", "\u2029"]

#: Written for this test: what captions, signs and numbers look like, with what Java made of it.
SEEN_IN_JAVA = {
    "John's dogs' toys, isn't it?": "john 's dogs toys is n't it",
    "He'll say they're O'Brien's and Hawai'i's": "he 'll say they 're o'brien 's and hawai'i 's",
    "rock 'n' roll in the '90s, 'tis so": "rock 'n' roll in the '90s 't is so",
    "'Don't eat us'": "do n't eat us",
    "Y'all cannot: gonna wanna": "y' all can not gon na wan na",
    "at 10:30am on 12/25/2010, 1 1/2 cups": "at 10:30 am on 12/25/2010 1\xa01/2 cups",
    "call (555) 123-4567 or 555-1234": "call -lrb-555-rrb-\xa0123-4567 or 555-1234",
    "the U.S. Open in St. Louis vs. A.C. Milan etc.": "the u.s. open in st. louis vs. a.c. milan etc.",
    "A man, J. Smith, and a big T. The end": "a man j. smith and a big t the end",
    "No. 5 is no. A no.": "no. 5 is no a no",
    "black-and-white t-shirt -- mid-1990s": "black-and-white t-shirt mid-1990s",
    "AT&T, R&B; black & white": "at&t r&b black & white",
    "a <b c> d </i> 1 < 2": "a <b\xa0c> d </i> 1 < 2",
    ":) :-( ;D ^_^": ":-rrb- :--lrb- ;d ^_^",
    "£5 €5 5¢ ½ © “x” ‘y’ … — é😀日本": "# 5 $ 5 5 cents 1/2 © x y é 日本",
    "enjoying.A boy": "enjoying.a boy",
    "wow!! really?! ok.": "wow !! really ?! ok",
    "x@y.org www.a.com http://b.c/d?e=f": "x@y.org www.a.com http://b.c/d?e=f",
    "": "",
    " \t ": "",
}


def python_of(texts: list[str]) -> list[str]:
    return [" ".join(tokens) for tokens in PythonTokenizer().tokenize(texts)]


def java_of(texts: list[str]) -> list[str]:
    _need_java()
    return [" ".join(tokens) for tokens in JavaTokenizer().tokenize(texts)]


ANYWHERE = ["they're", "next to a letter K.", "A man with a Model T.", "etc.", "in the U.S."]
AROUND = ["one dog", "two cats", "three birds", "four fish"]
HALF_A_SURROGATE = ["a \ud83d dog", "two cats"]
MANY_WORDS = "A man's dog, " * 3_334


def _around(end: str) -> list[str]:
    return ["one dog", f"two{end}cats", f"three{end}{end}birds{end}", "four fish"]


def _among_others(text: str) -> list[str]:
    neighbours = ("A man", "two men", "5 men", "", "'s", ". . .")
    return [*(each for neighbour in neighbours for each in (text, neighbour)), text]


@pytest.fixture(scope="module")
def from_java() -> dict[str, list[str]]:
    """What Java makes of the captions of several tests: one start of it for all of them."""
    groups = {
        "seen": list(SEEN_IN_JAVA),
        **{end: _around(end) for end in LINE_ENDS},
        **{text: _among_others(text) for text in ANYWHERE},
        "half a surrogate": HALF_A_SURROGATE,
        "many words": [MANY_WORDS],
    }
    tokens = iter(java_of([text for texts in groups.values() for text in texts]))
    return {name: list(islice(tokens, len(texts))) for name, texts in groups.items()}


def _need_java() -> None:
    try:
        find_java()
        java_tokenizer.jar()
    except JavaError as error:
        pytest.skip(str(error))


@pytest.fixture
def captions_100() -> dict[str, Any]:
    found: dict[str, Any] = json.loads(shared_data("reference", "captions_100.json").read_text("utf-8"))
    return found


@pytest.mark.parametrize("text", SEEN_IN_JAVA, ids=list(range(len(SEEN_IN_JAVA))))
def test_the_python_tokeniser_gives_what_java_gave(text: str) -> None:
    assert python_of([text]) == [SEEN_IN_JAVA[text]]


def test_java_gives_what_java_gave(from_java: dict[str, list[str]]) -> None:
    assert from_java["seen"] == list(SEEN_IN_JAVA.values())


@pytest.mark.shared_data
@pytest.mark.parametrize("tokenise", [python_of, java_of])
def test_both_give_the_reference_on_odd_texts(tokenise: Any) -> None:
    data = json.loads(shared_data("reference", "ptb_utf8.json").read_text("utf-8"))
    assert tokenise(data["inputs"]) == data["batch"]


@pytest.mark.shared_data
@pytest.mark.parametrize("tokenise", [python_of, java_of])
def test_both_give_the_reference_on_captions(tokenise: Any, captions_100: dict[str, Any]) -> None:
    raw, tokens = (
        [text for kind in ("gts", "res") for each in captions_100[f"{form}_{kind}"].values() for text in each]
        for form in ("raw", "tok")
    )
    assert tokenise(raw) == tokens


@pytest.mark.shared_data
def test_both_agree_on_six_thousand_captions_of_coco() -> None:
    data = json.loads(shared_data("reference", "coco_cap_1000_raw.json").read_text("utf-8"))
    texts = [text for kind in ("gts", "res") for group in data[kind].values() for text in group]
    assert len(texts) >= 6_000
    assert python_of(texts) == java_of(texts)


def test_both_agree_on_captions_with_signs_of_the_packages_own_corpus() -> None:
    pycocoevalcap = pytest.importorskip("pycocoevalcap")
    jar = Path(pycocoevalcap.__path__[0]) / "spice/spice-1.0.jar"
    with zipfile.ZipFile(jar) as archive, archive.open("coco/annotations/captions_val2014.json") as file:
        captions = sorted({a["caption"] for a in json.load(file)["annotations"]})
    odd = [text for text in captions if not text.replace(" ", "").rstrip(".").isalpha()][::10]
    assert len(odd) > 1_500
    assert python_of(odd) == java_of(odd)


@pytest.mark.parametrize("end", LINE_ENDS, ids=[end.encode("unicode_escape").decode() for end in LINE_ENDS])
def test_a_line_end_in_a_caption_moves_no_other_caption(end: str) -> None:
    assert python_of(_around(end)) == AROUND


def test_no_line_end_in_a_caption_moves_another_in_java(from_java: dict[str, list[str]]) -> None:
    assert [from_java[end] for end in LINE_ENDS] == [AROUND] * len(LINE_ENDS)


@pytest.mark.parametrize("text", ANYWHERE)
def test_a_caption_has_the_same_tokens_wherever_it_stands(text: str) -> None:
    assert set(python_of(_among_others(text))[::2]) == set(python_of([text]))


def test_a_caption_has_the_same_tokens_wherever_it_stands_in_java(from_java: dict[str, list[str]]) -> None:
    assert [set(from_java[text][::2]) for text in ANYWHERE] == [set(python_of([text])) for text in ANYWHERE]


def test_the_order_of_captions_does_not_matter_to_what_is_remembered() -> None:
    texts = [*SEEN_IN_JAVA, "no. a", "no. 5", "a T.", "T. Rex", "1 1/2", "1 dog"]
    assert python_of(texts) == python_of(texts[::-1])[::-1] == [python_of([text])[0] for text in texts]


def test_half_a_surrogate_is_dropped_and_harms_no_other_caption() -> None:
    assert python_of(HALF_A_SURROGATE)[1] == "two cats"


def test_half_a_surrogate_harms_no_other_caption_in_java(from_java: dict[str, list[str]]) -> None:
    assert from_java["half a surrogate"][1] == "two cats"


def test_ten_thousand_words_in_a_caption_are_tokenised() -> None:
    (tokens,) = PythonTokenizer().tokenize([MANY_WORDS])
    assert len(tokens) == 4 * 3_334


def test_both_agree_on_ten_thousand_words(from_java: dict[str, list[str]]) -> None:
    assert from_java["many words"] == python_of([MANY_WORDS])


@pytest.mark.parametrize("piece", ["a,", "a-", "a.", "<", "'s", "1", "x@", "é", "a\u200b", "(5", "U.S.", "’"])
def test_twenty_thousand_signs_without_a_space_are_tokenised(piece: str) -> None:
    tokens, after = PythonTokenizer().tokenize([piece * (20_000 // len(piece)), "two cats"])
    assert after == ("two", "cats")
    assert isinstance(tokens, tuple)


def test_no_text_starts_no_java(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "")
    assert JavaTokenizer().tokenize([]) == []


@pytest.fixture
def fake_java(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Any:
    """Puts a script in the place of Java; it counts its starts in a file."""
    monkeypatch.setattr(java_tokenizer, "jar", lambda: tmp_path / "ptb.jar")
    monkeypatch.delenv("JAVA_HOME", raising=False)

    def put(program: str) -> Path:
        folder = tmp_path / "bin"
        folder.mkdir()
        launcher, starts = folder / "java", tmp_path / "starts"
        launcher.write_text(
            f"#!{sys.executable}\nimport os, sys, time\n"
            "if sys.argv[1] == '-version':\n    print('openjdk version \"17\"'); sys.exit()\n"
            f"with open({str(starts)!r}, 'a') as file: file.write('x')\n"
            f"n_starts = os.path.getsize({str(starts)!r})\n{program}\n",
            encoding="utf-8",
        )
        launcher.chmod(0o755)
        monkeypatch.setenv("PATH", str(folder))
        return starts

    return put


ECHO = "for line in sys.stdin: print(line.rstrip().lower(), flush=True)"


def test_java_killed_half_way_is_tried_once_more(fake_java: Any) -> None:
    starts = fake_java(
        f"if n_starts == 1:\n    print('a'); sys.stdout.flush(); os.kill(os.getpid(), 9)\n{ECHO}"
    )
    assert JavaTokenizer().tokenize(["One dog", "two"]) == [("one", "dog"), ("two",)]
    assert starts.read_text() == "xx"


def test_java_that_dies_every_time_is_one_clear_error(fake_java: Any) -> None:
    starts = fake_java("print('no memory', file=sys.stderr); sys.exit(3)")
    with pytest.raises(JavaError, match="PTBTokenizer ended with status 3: no memory"):
        JavaTokenizer().tokenize(["one"])
    assert starts.read_text() == "xx"


def test_java_that_hangs_is_ended_and_named(fake_java: Any) -> None:
    fake_java("time.sleep(600)")
    with pytest.raises(JavaError, match=r"gave no answer in 0\.2 s"):
        JavaTokenizer(timeout_s=0.2).tokenize(["one"])


def test_java_that_loses_a_line_is_an_error_and_shifts_nothing(fake_java: Any) -> None:
    fake_java("for i, line in enumerate(sys.stdin):\n    if i != 1: print(line.rstrip().lower(), flush=True)")
    with pytest.raises(JavaError, match="lost a line"):
        JavaTokenizer().tokenize(["one", "two"])


def test_java_that_is_absent_is_one_line_that_says_what_to_install(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.delenv("JAVA_HOME", raising=False)
    with pytest.raises(MissingJavaError, match="install a Java runtime"):
        JavaTokenizer().tokenize(["one"])


def test_nothing_is_written_beside_the_package() -> None:
    _need_java()
    folder = java_tokenizer.jar().parent
    before = sorted(path.name for path in folder.iterdir())
    JavaTokenizer().tokenize(["one dog"])
    assert sorted(path.name for path in folder.iterdir()) == before


@pytest.mark.parametrize("locale", ["de_DE.UTF-8", "tr_TR.UTF-8", "C"])
def test_a_locale_changes_no_token(monkeypatch: pytest.MonkeyPatch, locale: str) -> None:
    monkeypatch.setenv("LC_ALL", locale)
    monkeypatch.setenv("LANG", locale)
    assert java_of(["I paid 1.5 CENTS IN Ü"]) == python_of(["I paid 1.5 CENTS IN Ü"])
