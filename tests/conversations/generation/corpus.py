"""Conversations over the small travel catalogue, made once for all tests that read some."""

import tempfile
from functools import cache
from itertools import chain
from pathlib import Path

import orjson

from conversations.generation.generation import (
    ConversationSettings,
    hold_all,
    open_catalogue,
    plan_conversations,
)
from conversations.generation.memory import CorpusMemory
from tests.toolworlds.catalogue.travel import TOOLS
from toolworlds.catalogue.artifacts import Catalogue, build_catalogue, write_artifacts
from toolworlds.catalogue.sampler import AnyMode
from toolworlds.records.conversations import Conversation

SEED_COUNT = 300


@cache
def build_artifacts() -> Path:
    """A folder of artifacts of the travel catalogue."""
    folder = Path(tempfile.mkdtemp(prefix="travel"))
    path = folder / "travel.json"
    path.write_bytes(orjson.dumps(TOOLS))
    write_artifacts(build_catalogue(path), folder / "artifacts")
    return folder / "artifacts"


@cache
def build_travel_catalogue() -> Catalogue:
    path = build_artifacts().parent / "travel.json"
    return build_catalogue(path).catalogue


@cache
def make_seed_conversations() -> tuple[Conversation, ...]:
    """Over the shipped catalogue."""
    settings, catalogue = ConversationSettings(None, 11, "mixed", remembers=False), open_catalogue(None)
    plans = plan_conversations(settings, catalogue, None, 1, SEED_COUNT)
    held = hold_all(settings, catalogue, plans, jobs=1)
    return tuple(Conversation.model_validate(orjson.loads(one.line)) for one in held)


@cache
def make_conversations(count: int, mode: AnyMode = "mixed", seed: int = 7) -> tuple[Conversation, ...]:
    settings = ConversationSettings(build_artifacts(), seed, mode, remembers=True)
    catalogue = build_travel_catalogue()
    plans = plan_conversations(settings, catalogue, CorpusMemory(), 1, count)
    held = list(hold_all(settings, catalogue, plans, jobs=1))
    assert not [one.problem for one in held if one.problem]
    return tuple(Conversation.model_validate(orjson.loads(one.line)) for one in held)


def list_texts(conversation: Conversation, role: str) -> list[str]:
    return [message.content for message in conversation.messages if message.role == role]


def list_all_texts(count: int) -> list[str]:
    made = make_conversations(count)
    return list(chain.from_iterable(list_texts(one, "user") + list_texts(one, "assistant") for one in made))
