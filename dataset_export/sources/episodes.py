"""SFT tool episodes: calls between tags become native ones, and each stays in the split it was made for."""

import re
from collections.abc import Iterator

import msgspec
import orjson

from dataset_export.dialogue import DialogueCall, Message, TrainingDialogue, Unfit, write_arguments
from dataset_export.sources.kind import Head, InputKind, decode
from toolworlds.batch.record_files import parse_record
from toolworlds.records.base import Json
from toolworlds.records.episodes import Episode
from toolworlds.tokens.call_format import learn_format
from toolworlds.tokens.tokenizer import Tokens

_TAUGHT = re.compile(r'\s*A call is the whole message: <[^<>]+>\{"name": …, argument: value\}<[^<>]+>\.')
"""How a system text teaches that form; native calls are taught by chat templates."""


class _Meta(msgspec.Struct):
    split: str = "train"


class _EpisodeHead(msgspec.Struct):
    episode_id: str
    meta: _Meta
    input_ids: msgspec.Raw = msgspec.Raw(b"null")


_DECODER = msgspec.json.Decoder(_EpisodeHead)


class EpisodeRow(Episode):
    """An episode as its file holds it."""

    input_ids: list[int] | None = None
    loss_mask: list[int] | None = None


def read_head(data: bytes, place: str) -> Head:
    """All episodes look at one workspace; what keeps the splits apart are their templates and documents."""
    head = decode(data, _DECODER, place)
    split = head.meta.split
    return Head(
        head.episode_id, f"{split} documents", split=split, has_tokens=bytes(head.input_ids) != b"null"
    )


def read_dialogue(data: bytes, place: str) -> TrainingDialogue:
    """The episode with native calls."""
    episode = parse_record(orjson.loads(data), EpisodeRow, place)
    meta = episode.meta
    system = _TAUGHT.sub("", episode.system).strip()
    messages = (*([Message("system", system)] if system else []), *_read_messages(episode))
    labels = {"category": meta.category, "pattern": meta.pattern, "language": meta.language}
    pieces = (
        (Tokens(episode.input_ids, episode.loss_mask),) if episode.input_ids and episode.loss_mask else ()
    )
    return TrainingDialogue(episode.episode_id, messages, labels=labels, pieces=pieces)


def _read_messages(episode: Episode) -> Iterator[Message]:
    call: DialogueCall | None = None
    made = 0
    for message in episode.messages:
        if message.role == "toolresult":
            if call is None or call.name != message.name:
                raise Unfit("a result that answers no call")
            yield Message("tool", message.content, call_id=call.id, name=call.name)
            call = None
        elif message.role == "assistant" and (written := _read_call(message.content)):
            call = DialogueCall(f"call_{made}", written[0], write_arguments(written[1]))
            made += 1
            yield Message("assistant", "", calls=(call,), trained=message.loss)
        else:
            trained = message.role == "user" or message.loss
            yield Message(message.role, message.content, trained=trained)


def _read_call(content: str) -> tuple[str, dict[str, Json]] | None:
    """(name, arguments) of a message that is a call, between whatever tags; None for any other message."""
    try:
        return learn_format(content).read(content)
    except ValueError:
        return None


EPISODES = InputKind(
    noun="episodes",
    records=(EpisodeRow,),
    read_head=read_head,
    read_dialogue=read_dialogue,
    labels={"category": "string", "pattern": "string", "language": "string"},
    tools="text",
    side_file="full_results.jsonl",
)
