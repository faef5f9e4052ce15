"""What an endpoint is for, by ordered rules on whole words: of its name, then of its description."""

from collections.abc import Sequence

from toolworlds.language.words import base_form, gather, split_name
from toolworlds.records.catalogues import Intent

RULES: tuple[tuple[Intent, frozenset[str]], ...] = (
    ("search", gather("search find query list lookup browse discover explore")),
    ("retrieve", gather("get fetch retrieve return show read load view details info track lookup")),
    (
        "create",
        gather(
            "book create make add schedule post submit register reserve order buy purchase place rent hire "
            "enroll enrol apply subscribe upload insert open"
        ),
    ),
    (
        "update",
        gather("update edit modify change patch set put move reschedule rename extend replace"),
    ),
    ("delete", gather("delete remove cancel unsubscribe clear drop close")),
    (
        "execute",
        gather(
            "convert translate calculate compute run process generate send check pay transfer refund detect "
            "validate verify encode decode parse predict solve"
        ),
    ),
    ("compare", gather("compare rank sort filter select choose recommend suggest")),
    ("summarize", gather("summarize summarise aggregate report analyze analyse review describe")),
)
"""The first rule that has the word wins."""
ALSO_NOUNS = gather(
    "query details info schedule post order place report review process rank filter address check open view "
    "book register purchase put set run change track transfer close drop"
)
"""Words that may as well be what the endpoint is about: they count when no plain verb is there."""
BY_METHOD: dict[str, Intent] = {"GET": "retrieve", "PUT": "update", "PATCH": "update", "DELETE": "delete"}
VERBS = frozenset(word for _, words in RULES for word in words)
PLAIN_VERBS = VERBS - ALSO_NOUNS
"""Words that never name a thing."""


def read_intent(name: str, description: str, method: str) -> Intent:
    """The intent; "unknown" where neither words nor method tell."""
    opening = split_name(description.partition(".")[0])[:3]
    for words in (split_name(name), opening, [base_form(word, VERBS) for word in opening]):
        if intent := _match(words):
            return intent
    return BY_METHOD.get(method, "unknown")


def _match(words: Sequence[str]) -> Intent | None:
    """By the first plain verb, else by the first word that may be one."""
    for chosen in (PLAIN_VERBS, ALSO_NOUNS):
        if verb := next((word for word in words if word in chosen), None):
            return next((intent for intent, known in RULES if verb in known), None)
    return None
