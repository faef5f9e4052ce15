"""What of a conversation the metrics look at."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from conversations.audit.duplicates import DuplicateIndex
from conversations.audit.embedding import Vector
from conversations.grounding.codes import looks_like_code
from conversations.grounding.embedding import find_embedder
from conversations.grounding.sources import trace_arguments
from toolworlds.language.words import to_words
from toolworlds.records.conversations import Conversation
from toolworlds.world.canonical import digest

Words = list[str]

NGRAMS = (1, 2, 3)
NGRAM_SAMPLE = 1000
"""Conversations of a file over which distinct-n is counted: it falls with their number."""
EMBEDDED = 300
"""Conversations of a file whose openings are embedded."""
OPENING = 4
"""Words that make an opening."""


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
    vector: Vector | None
    """The meaning of the first message; None beyond the sample, or without an embedding model."""
    duplicate: bool
    """Whether an earlier conversation is its near-duplicate."""


def read_features(conversations: Iterable[Conversation]) -> Iterator[Features]:
    """The features of each conversation, one at a time."""
    index = DuplicateIndex()
    for place, conversation in enumerate(conversations):
        vector = _embed_opening(conversation) if place < EMBEDDED else None
        yield _read_one(conversation, index, vector, with_grams=place < NGRAM_SAMPLE)


def _read_one(
    conversation: Conversation, index: DuplicateIndex, vector: Vector | None, *, with_grams: bool
) -> Features:
    metadata, calls = conversation.metadata, conversation.tool_calls
    texts = list_dialogue(conversation)
    counted = NGRAMS if with_grams else ()
    ids = [
        argument
        for argument in trace_arguments(conversation.messages)
        if isinstance(argument.value, str) and looks_like_code(argument.value)
    ]
    return Features(
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
        grams=tuple(_list_grams(texts, n) for n in counted),
        gram_counts=tuple(sum(max(0, len(words) - n + 1) for words in texts) for n in counted),
        vector=vector,
        duplicate=index.add(texts),
    )


def _embed_opening(conversation: Conversation) -> Vector | None:
    embed = find_embedder()
    return embed(conversation.messages[0].content) if embed and conversation.messages else None


def list_dialogue(conversation: Conversation) -> list[Words]:
    """The words of each text that user and assistant say."""
    texts = (message.content for message in conversation.messages if message.role != "tool")
    return [to_words(text).split() for text in texts if text]


def _list_grams(texts: Sequence[Words], n: int) -> frozenset[int]:
    """n-grams within single texts, as hashes."""
    return frozenset(
        hash(tuple(words[start : start + n])) for words in texts for start in range(len(words) - n + 1)
    )
