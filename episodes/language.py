"""Words of a text: content words, stop words of English and German, and which of the two it is."""

import re

WORD = re.compile(r"[^\W_]+(?:[-'][^\W_]+)*")
ENGLISH_TEXT = """
a about after all also an and any are as at be been but by can could do does for from had has have
how i if in into is it its me my no not of on one or our out please say says she so some such tell
than that the their them then there these they this to up us was we were what when where which who
why will with would you your
"""
ENGLISH = frozenset(ENGLISH_TEXT.split())
GERMAN_TEXT = """
aber alle als also am an auch auf aus bei bin bis bitte da damit dann das dass dem den der des die
dies diese dieser dieses doch du durch ein eine einem einen einer eines er es etwas für gibt hat
haben ich ihr im in ist kann kein keine man mehr mein mich mir mit nach nicht noch nur ob oder ohne
sein sich sie sind so steht über um und uns unser unsere unter vom von vor war warum was welche wenn
wer werden wie wir wird wo zu zum zur
"""
GERMAN = frozenset(GERMAN_TEXT.split())
STOP_WORDS = ENGLISH | GERMAN


def split_words(text: str) -> list[str]:
    """All words in lower case, hyphenated ones whole."""
    return [word.lower() for word in WORD.findall(text)]


def content_words(text: str) -> list[str]:
    """The words that carry meaning, each once, in order."""
    return list(dict.fromkeys(w for w in split_words(text) if w not in STOP_WORDS))


def guess_language(text: str) -> str:
    """`de` or `en`, by the stop words of the first thousand words; `en` where neither shows."""
    words = split_words(text[:8000])[:1000]
    german = sum(word in GERMAN and word not in ENGLISH for word in words)
    english = sum(word in ENGLISH and word not in GERMAN for word in words)
    return "de" if german > english else "en"


def stem(word: str) -> str:
    """A rough common beginning of a word's forms: enough to see that a sentence speaks of it."""
    return word[: max(4, len(word) - 3)] if len(word) > 4 else word
