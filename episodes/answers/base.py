"""What all answers share: the words of a language, and the sentences of a text that answer best."""

import random
from dataclasses import dataclass, field

from episodes.language import content_words, stem
from episodes.phrasing import load_phrases, name_document
from episodes.sentences import join_sentences, points_back, split_sentences
from episodes.toolsets.base import Arguments, Result
from toolworlds.language.phrases import fill
from toolworlds.records.base import Json
from toolworlds.records.episodes import Language


@dataclass(frozen=True, slots=True)
class Exchange:
    """A call and what came back."""

    name: str
    arguments: Arguments
    result: Result


@dataclass(frozen=True, slots=True)
class Answer:
    """A text and the files it cites."""

    text: str
    cites: list[str] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Voice:
    """Wordings of answers in one language."""

    language: Language
    rng: random.Random

    def say(self, name: str, **slots: Json) -> str:
        """One wording, its slots filled; `{named}` and `{Named}` are the title within a sentence."""
        wordings = load_phrases("answers")[self.language][name]
        chosen = wordings if isinstance(wordings, str) else self.rng.choice(wordings)
        if title := slots.get("title"):
            slots["named"] = name_document(str(title), self.language)
        return fill(chosen, slots, self.rng)


def pick_sentences(text: str, asked: str, most: int) -> str:
    """Up to `most` whole sentences in a row, from the one that shares most words with the question.

    One that begins by pointing at what stands before it is quoted with that.
    """
    sentences = [" ".join(s.text.split()) for s in split_sentences(text)]
    stems = [stem(word) for word in content_words(asked)]
    shared = [sum(s in sentence.lower() for s in stems) for sentence in sentences]
    first = max(range(len(sentences)), key=lambda n: (shared[n], -n), default=0)
    while first and points_back(sentences[first]):
        first -= 1
    return join_sentences(sentences[first : first + most])
