"""Words that the Penn Treebank tokeniser treats by themselves."""

from __future__ import annotations


def _words(text: str) -> tuple[str, ...]:
    return tuple(text.split())


#: Keep their full stop wherever they stand, in any case.
TITLES = _words(
    "adj adm adv alex assoc asst atty attys ave brig capt cf cie cmdr col comdr cpl dept det dr drs elec "
    "ens ft gen gov govs hon insp invt jos lt maj messrs mfg mlle mme mr mrs ms msgr mt mtg natl pfc ph pres "
    "prof pvt rep reps rev sen sens sfc sgt spc st ste supt vs wm"
)

#: Keep their full stop, and give another one to the sentence that ends with them.
ABBREVIATIONS = _words(
    "al ala apr ariz assn aug bhd bldg blvd bros calif co colo conn corp cos ct dak dec esq est etc ext feb "
    "fla fri ga inc ind intl jan jr jul jun kan kans ky ltd mar md mich minn mo mon mont neb nev nov oct "
    "okla penn plc rd rt sep sept seq sq sr sys tel tenn thu thurs tue tues univ va vt wed wis wisc wyo "
    "ph\\.d ed\\.d"
)

#: The same, where they begin with a capital.
_CAPITAL = _words("ark az del ill la mass miss ore pa tex wash")
CAPITAL_ABBREVIATIONS = (
    *(f"(?:{word.capitalize()}|{word.upper()})" for word in _CAPITAL),
    "[Pp]p?tes?",
    "[Pp]p?tys?",
)

#: Keep their full stop before a number alone.
BEFORE_NUMBERS = _words("art ca fig figs no nos op pp prop")

#: Words that are two tokens.
JOINED = (
    ("can", "not"),
    ("gon", "na"),
    ("got", "ta"),
    ("lem", "me"),
    ("gim", "me"),
    ("wan", "na"),
    ("'t", "is"),
    ("'t", "was"),
)

#: Words with an apostrophe that are one token.
CONTRACTED = (
    "'n(?:['’]|(?=\\s))",
    "’n['’]?",
    "dunkin['’]",
    "somethin['’]",
    "ol['’]",
    "['’]em",
    "['’]till?",
    "['’]cause",
    "nor['’]easter",
    "c['’]mon",
    "e['’]er",
    "s['’]mores",
    "ev['’]ry",
    "li['’]l",
    "nat['’]l",
)

#: A single letter with a full stop ends the sentence where one of these follows.
STARTERS = _words(
    "A About According After An As At But Earlier He Her Here However If In It Last Many More Now Once One "
    "Other Our She Since So Some Such That The Their Then There These They This We What When While Yet You "
    "Mr\\. Mrs\\. Ms\\."
)

#: Plain words that are more than one token, or may keep a full stop.
SPECIAL = frozenset(
    (
        *(*TITLES, *ABBREVIATIONS, *_CAPITAL, *BEFORE_NUMBERS, *map("".join, JOINED)),
        *_words("pte pty ppte ppty ptes ptys pptes pptys"),
    )
)
