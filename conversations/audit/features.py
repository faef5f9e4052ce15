"""What of a conversation the metrics look at, and near-duplicates: dialogues that say almost the same."""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from rensa import (  # type: ignore[import-untyped,import-not-found,unused-ignore]  # it has no types
    RMinHash,
    RMinHashLSH,
)

from conversations.codes import looks_like_code
from conversations.embedding import find_embedder
from conversations.steps import trace_arguments
from toolworlds.language.words import to_words
from toolworlds.records.conversations import Conversation
from toolworlds.world.canonical import digest

NGRAMS = (1, 2, 3)
NGRAM_SAMPLE = 1000
"""Conversations of a file over which distinct-n is counted: it falls with their number."""
EMBEDDED = 300
"""Conversations of a file whose openings are embedded."""
OPENING = 4
"""Words that make an opening."""
THRESHOLD = 0.8
"""Jaccard similarity of the shingles from which two conversations are near-duplicates."""
SHINGLE = 3
"""Words in a shingle."""
PERMUTATIONS = 128
BANDS = 16
SEED = 42
_NUMBER = re.compile(r"\d+")


@dataclass(frozen=True, slots=True)
class Features:
    """One conversation, small enough to hold many."""

    domain: str
    pattern: str
    chain: str
    """Its endpoints in order."""
    tools: frozenset[str]
    calls: tuple[str, ...]
    """A digest of endpoint and arguments a call."""
    opening: str
    """The first words of the user."""
    turns: int
    questions: int
    grounding: float | None
    ids: int
    """Ids among the arguments."""
    grounded_ids: int
    """Those of them that an earlier output held."""
    grams: tuple[frozenset[int], ...]
    """Distinct n-grams of the dialogue for each n; () beyond the sample."""
    gram_counts: tuple[int, ...]
    """All n-grams for each n."""
    vector: Sequence[float] | None
    """The meaning of the first message; None beyond the sample, or without an embedding model."""
    duplicate: bool
    """Whether an earlier conversation is its near-duplicate."""


class DuplicateIndex:
    """The dialogues seen so far, as MinHash sketches of half a kilobyte each."""

    def __init__(self) -> None:
        self._index = RMinHashLSH(threshold=THRESHOLD, num_perm=PERMUTATIONS, num_bands=BANDS)
        self._seen: list[RMinHash] = []

    def add(self, texts: Sequence[Sequence[str]]) -> bool:
        """Whether a dialogue, given as the words of its texts, is near to an earlier one."""
        sketch = RMinHash(num_perm=PERMUTATIONS, seed=SEED)
        masked = [[_NUMBER.sub("0", word) for word in words] for words in texts]
        sketch.update([" ".join(run) for words in masked for run in _list_runs(words, SHINGLE) or [words]])
        near = any(sketch.jaccard(self._seen[other]) >= THRESHOLD for other in self._index.query(sketch))
        self._index.insert(len(self._seen), sketch)
        self._seen.append(sketch)
        return near


def _list_runs(words: Sequence[str], length: int) -> list[Sequence[str]]:
    """All runs of so many words."""
    return [words[start : start + length] for start in range(len(words) - length + 1)]


def read_features(conversations: Iterable[Conversation]) -> Iterator[Features]:
    """The features of each conversation, one at a time."""
    index, embed = DuplicateIndex(), find_embedder()
    for place, conversation in enumerate(conversations):
        metadata, calls = conversation.metadata, conversation.tool_calls
        said = [message.content for message in conversation.messages if message.role != "tool"]
        texts = [to_words(text).split() for text in said if text]
        runs = [[run for words in texts for run in _list_runs(words, n)] for n in NGRAMS]
        ids = [
            argument
            for argument in trace_arguments(conversation.messages)
            if isinstance(argument.value, str) and looks_like_code(argument.value)
        ]
        yield Features(
            domain=metadata.domain,
            pattern=metadata.pattern_type,
            chain=" ".join(call.name for call in calls),
            tools=frozenset(call.name.partition("::")[0] for call in calls),
            calls=tuple(digest([call.name, call.parameters])[:16] for call in calls),
            opening=" ".join(texts[0][:OPENING]) if texts else "",
            turns=len(conversation.messages),
            questions=metadata.num_clarification_questions,
            grounding=metadata.memory_grounding_rate,
            ids=len(ids),
            grounded_ids=sum(argument.source.kind == "output" for argument in ids),
            grams=tuple(frozenset(hash(tuple(run)) for run in some) for some in runs)
            if place < NGRAM_SAMPLE
            else (),
            gram_counts=tuple(map(len, runs)),
            vector=embed(said[0]) if embed and said and place < EMBEDDED else None,
            duplicate=index.add(texts),
        )
