"""Extractive summaries: the sentences that share most with the whole text, in their own order."""

import math
from collections import Counter

from episodes.language import content_words, stem
from episodes.sentences import Sentence, join_sentences, points_back, split_sentences


def summarize(text: str, max_length: int) -> str:
    """Whole sentences of at most `max_length` characters together; the shortest one if none would fit."""
    sentences = split_sentences(text)[:400]
    if not sentences:
        return ""
    stems = [[stem(w) for w in content_words(s.text)] for s in sentences]
    frequency = Counter(word for words in stems for word in set(words))

    def weigh(number: int) -> tuple[float, int]:
        words = stems[number]
        shared = sum(math.log1p(frequency[w]) for w in words) / (len(words) + 4)
        return shared * (1.15 if number < 2 else 1.0), -number

    chosen: list[int] = []
    length = 0
    for number in sorted(range(len(sentences)), key=weigh, reverse=True):
        wanted = [n for n in _with_what_it_points_at(number, sentences) if n not in chosen]
        added = sum(len(_flat(sentences[n])) + 2 for n in wanted)
        if length + added <= max_length:
            chosen += wanted
            length += added
    if not chosen:
        return min((_flat(s) for s in sentences), key=len)
    return join_sentences([_flat(sentences[number]) for number in sorted(chosen)])


def _with_what_it_points_at(number: int, sentences: list[Sentence]) -> list[int]:
    """The sentence, and those before it as long as each begins by pointing back."""
    found = [number]
    while found[-1] and points_back(sentences[found[-1]].text):
        found.append(found[-1] - 1)
    return found


def _flat(sentence: Sentence) -> str:
    return " ".join(sentence.text.split())
