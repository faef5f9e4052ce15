"""Texts by a model: each conversation's messages worded anew under the checks that its own texts satisfy.

The draft stays where the model's words are refused to the end; calls, outputs and counts never change.
"""

import asyncio
import re
from collections import Counter, deque
from collections.abc import AsyncIterator, Iterator
from dataclasses import replace

import orjson

from conversations.cards import show_messages
from conversations.codes import looks_like_code
from conversations.generation.checks import find_problems
from conversations.generation.generation import Held
from conversations.speech import clarification_bounds, find_repetitions, find_untold_results
from conversations.steps import read_output, trace_arguments
from roles.conversation_writer import ConversationWriter, Wording
from toolworlds.language.words import to_words
from toolworlds.records.base import Json
from toolworlds.records.completions import ProviderError, RefusalError, ReplyError
from toolworlds.records.conversations import Conversation, ConversationMessage
from toolworlds.world.json_paths import format_path, walk_leaves
from utils import UserError, dump_line

PERSONAS = (
    "friendly, in whole sentences", "casual, lower case now and then", "brief", "formal and polite",
    "chatty, tells why", "to the point, in a hurry", "warm, a little unsure",
)  # fmt: skip
_NUMBER = re.compile(r"\d[\d.,:]*\d|\d")
_IN_LIST = re.compile(r"(.*?)\[(\d+)\]\.\w+")
"""The path of a field of a thing in a list: the list's path, the thing's place."""


class Rewriter:
    """Has conversations worded by a role; counts what became of them."""

    def __init__(self, role: ConversationWriter, seed: int) -> None:
        self._role = role
        self._seed = seed
        self.counts: Counter[str] = Counter()
        """`worded`, and `kept` where the draft stayed."""

    async def reword(self, conversation: Conversation) -> Conversation:
        """The conversation in the model's words, or as it was."""
        number = int(conversation.conversation_id.rpartition("_")[2])
        cards = show_messages(conversation.messages)

        def check(wording: Wording) -> list[str]:
            return check_wording(conversation, wording)

        try:
            wording = await self._role.word(
                conversation.conversation_id,
                cards,
                PERSONAS[(number + self._seed) % len(PERSONAS)],
                check=check,
            )
        except (ReplyError, RefusalError):
            self.counts["kept"] += 1
            return conversation
        self.counts["worded"] += 1
        return put_in(conversation, wording)

    async def reword_all(self, held: Iterator[Held], concurrency: int) -> AsyncIterator[Held]:
        """All of them, in order; so many at a time."""
        waiting: deque[asyncio.Task[Held]] = deque()
        try:
            for one in held:
                waiting.append(asyncio.create_task(self._reword_line(one)))
                if len(waiting) >= concurrency:
                    yield await waiting.popleft()
            while waiting:
                yield await waiting.popleft()
        finally:
            for task in waiting:
                task.cancel()

    async def _reword_line(self, held: Held) -> Held:
        if held.problem:
            return held
        try:
            conversation = await self.reword(Conversation.model_validate(orjson.loads(held.line)))
        except (UserError, ProviderError):
            raise  # no model answers: nothing is lost by ending here, the run is gone on with later
        except Exception as error:  # noqa: BLE001 - a bug costs one conversation, not the run
            return replace(held, line=b"", problem=f"{type(error).__name__}: {error}", kind="bug")
        return replace(held, line=dump_line(conversation.to_json()))


def put_in(conversation: Conversation, wording: Wording) -> Conversation:
    """The conversation with the new texts; those that are not worded stay."""
    texts = {worded.message: worded.text.strip() for worded in wording.texts}
    messages = [
        message.model_copy(update={"content": texts[place]})
        if place in texts and _is_text(message)
        else message
        for place, message in enumerate(conversation.messages)
    ]
    return conversation.model_copy(update={"messages": messages})


def check_wording(conversation: Conversation, wording: Wording) -> list[str]:
    """What code refuses in a wording."""
    wanted = [place for place, message in enumerate(conversation.messages) if _is_text(message)]
    given = [worded.message for worded in wording.texts]
    if sorted(given) != wanted:
        return [f"the messages to be worded are {wanted}, each once; you gave {given}"]
    new = put_in(conversation, wording)
    reasons = [f"message {w.message} is empty" for w in wording.texts if not w.text.strip()]
    reasons += [
        *find_problems(new),
        *_find_lost_sources(conversation, new),
        *_find_new_numbers(conversation, new),
        *_find_new_remarks(conversation, new),
        *_find_changed_lists(conversation, new),
    ]
    if clarification_bounds(new.messages) != clarification_bounds(conversation.messages):
        reasons.append("a question became a statement, or a statement a question")
    return reasons


def _is_text(message: ConversationMessage) -> bool:
    return message.role != "tool" and bool(message.content.strip())


def _find_lost_sources(before: Conversation, after: Conversation) -> list[str]:
    """Arguments that the user's words no longer give."""
    mocks = before.metadata.mock_arguments or []
    old, new = trace_arguments(before.messages, mocks=mocks), trace_arguments(after.messages, mocks=mocks)
    return [
        f"nobody says {later.value!r} any more before call {later.step.index}"
        for earlier, later in zip(old, new, strict=True)
        if later.source.kind == "nobody" and earlier.source.kind != "nobody"
    ]


def _find_new_remarks(before: Conversation, after: Conversation) -> list[str]:
    """Sentences said again and results left untold, in messages where the draft does neither."""
    return [
        f"message {remark.message}: {remark.what}"
        for find in (find_repetitions, find_untold_results)
        for remark in find(after.messages)
        if remark.message not in {old.message for old in find(before.messages)}
    ]


def _find_changed_lists(before: Conversation, after: Conversation) -> list[str]:
    """Answers that list other things, or in another order: `the second one` would be another."""
    lists: list[dict[str, int]] = []
    reasons = []
    for place, (old, new) in enumerate(zip(before.messages, after.messages, strict=True)):
        if old.role == "tool":
            lists += _name_things(read_output(old))
            continue
        for names in lists:
            told, kept = _find_told(names, old.content), _find_told(names, new.content)
            if len(told) > 1 and list(kept) != list(told):
                reasons.append(f"message {place} must tell of {', '.join(told.values())}, in this order")
    return reasons


def _name_things(output: Json) -> list[dict[str, int]]:
    """For each list of things with ids in an output: texts by which one of them is known -> its place."""
    lists: dict[str, list[tuple[str, int]]] = {}
    pickable = set()
    for steps, value in walk_leaves(output):
        found = _IN_LIST.fullmatch(format_path(steps))
        if found and isinstance(value, str) and looks_like_code(value):
            pickable.add(found[1])
        elif found and isinstance(value, str) and not value.islower():
            lists.setdefault(found[1], []).append((value, int(found[2])))
    return [
        {name: thing for name, thing in texts if sum(name in other for other, _ in texts) == 1}
        for path, texts in lists.items()
        if path in pickable
    ]


def _find_told(names: dict[str, int], text: str) -> dict[int, str]:
    """The things that a text names, in its order, each with the name that comes first."""
    words = to_words(text)
    places = sorted((words.find(to_words(name)), name) for name in names)
    told: dict[int, str] = {}
    for place, name in places:
        if place >= 0:
            told.setdefault(names[name], name)
    return told


def _find_new_numbers(before: Conversation, after: Conversation) -> list[str]:
    """Numbers that stand neither in the draft nor in any output before them."""
    known: set[str] = set()
    reasons = []
    for place, (old, new) in enumerate(zip(before.messages, after.messages, strict=True)):
        known |= _list_numbers(old.content)
        if new.role != "tool":
            reasons += [
                f"message {place} says {number}, which nobody gave"
                for number in sorted(_list_numbers(new.content) - known)
                if f" {number} " not in to_words(old.content)
            ]
    return reasons


def _list_numbers(text: str) -> set[str]:
    """Numbers without their separators; a day's and a time's parts one by one."""
    found = {number.replace(",", "").rstrip(".") for number in _NUMBER.findall(text)}
    parts = {part.lstrip("0") or "0" for number in found for part in re.split(r"[.:]", number)}
    short = {f"{float(n):g}" for n in found if re.fullmatch(r"\d+\.\d+", n)}
    days = {part.lstrip("0") for day in re.findall(r"\d{4}-\d\d-\d\d", text) for part in day.split("-")}
    return found | parts | short | days | {str(n) for n in range(13)}
