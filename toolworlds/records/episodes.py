"""SFT tool episodes: one dialogue whose tool results come from real tools. One JSON line each."""

from typing import Literal

from toolworlds.records.base import Record

Language = Literal["en", "de"]
Split = Literal["train", "validation"]
Category = Literal["workspace", "repo", "observability", "cross", "no_tool", "error"]
Pattern = Literal[
    "SEARCH_ANSWER",
    "LIST_SELECT_SUMMARIZE",
    "GETDOC_SUMMARIZE",
    "NO_TOOL",
    "ERROR_RECOVERY",
    "REPO_SEARCH_ANSWER",
    "OBS_COUNT_AGG_DRILLDOWN",
    "LOGS_TO_CODE",
]


class EpisodeMessage(Record):
    """One message. An assistant's content is a text, or exactly one call between the call tags."""

    role: Literal["user", "assistant", "toolresult"]
    name: str | None = None
    """toolresult: the tool that gave it."""
    content: str
    """toolresult: JSON."""
    loss: bool = False
    """Whether a model is trained on it: assistant only, and no call that is a mistake to recover from."""


class EpisodeMeta(Record):
    """What an episode shows and where it comes from."""

    category: Category
    pattern: Pattern
    language: Language
    source: Literal["gold", "generated"]
    plan: str
    """`PATTERN/variant`: which calls are made, in which order."""
    template: str = ""
    """Which wording the first user message was made from."""
    documents: list[str] = []
    """Files that the answers cite."""
    split: Split = "train"
    """Templates and documents of one split are never used in the other."""


class Episode(Record):
    """A generated episode."""

    episode_id: str
    meta: EpisodeMeta
    system: str
    messages: list[EpisodeMessage]


class GoldMeta(Record):
    """A gold entry's meta; `slots` are the words of the user's messages that other episodes replace."""

    category: Category
    pattern: Pattern
    language: Language
    source: Literal["gold"]
    plan: str
    slots: dict[str, str] = {}


class GoldEpisode(Record):
    """A handcrafted episode; placeholders stand where the tools have the say."""

    episode_id: str
    meta: GoldMeta
    messages: list[EpisodeMessage]
