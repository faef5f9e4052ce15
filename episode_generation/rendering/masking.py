"""The loss mask, by token ids: what stands between the tokens that open and that close an assistant's turn.

The opening and closing ids of a chat template are learnt from it (`learn_borders`); those of a tag set are
its tags (`borders_of_tags`). A template whose turns cannot be told by ids is refused with the reason.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from episode_generation.rendering.chat_format import ChatTemplate
from episode_generation.rendering.tokenizer import Tokenizer
from episode_generation.tags import TagSet
from records.base import Json
from utils import UserError

Ids = tuple[int, ...]
LONGEST_OPENING = 12


@dataclass(frozen=True, slots=True)
class Borders:
    """Which ids open and close an assistant's turn."""

    openings: frozenset[Ids]
    closings: frozenset[int]
    """Trained as well: a model must learn to stop."""
    always: frozenset[int] = frozenset()
    """Trained wherever they stand, e.g. the tag that ends an episode."""


def mask_ids(ids: Sequence[int], borders: Borders, losses: Sequence[bool]) -> list[int]:
    """0 or 1 for each id; the n-th turn of the assistant is trained if the n-th loss says so.

    Raises ValueError when there are not as many turns as losses, or one is never closed.
    """
    mask = [0] * len(ids)
    turns = find_turns(ids, borders)
    if len(turns) != len(losses):
        raise ValueError(f"{len(turns)} turns of the assistant in the ids, {len(losses)} in the episode")
    for (start, end), loss in zip(turns, losses, strict=True):
        mask[start:end] = [int(loss)] * (end - start)
    for place, number in enumerate(ids):
        if number in borders.always:
            mask[place] = 1
    return mask


def find_turns(ids: Sequence[int], borders: Borders) -> list[tuple[int, int]]:
    """(first id, one past the closing id) of each turn; raises ValueError for one that is never closed."""
    turns: list[tuple[int, int]] = []
    lengths = sorted({len(opening) for opening in borders.openings}, reverse=True)
    place = 0
    while place < len(ids):
        length = next((n for n in lengths if tuple(ids[place : place + n]) in borders.openings), 0)
        if not length:
            place += 1
            continue
        start = end = place + length
        while end < len(ids) and ids[end] not in borders.closings:
            end += 1
        if end == len(ids):
            raise ValueError("a turn of the assistant is never closed")
        turns.append((start, end + 1))
        place = end + 1
    return turns


def borders_of_tags(tags: TagSet, tokenizer: Tokenizer) -> Borders:
    """The borders of a tag set; raises UserError unless each of its tags is one token."""
    numbers = {}
    for tag in tags.list_tags():
        ids = tokenizer.encode(tag)
        if len(ids) != 1:
            raise UserError(
                f"tag {tag} is {len(ids)} tokens, not one; add all tags to the tokenizer as special tokens"
            )
        numbers[tag] = ids[0]
    opening, closing = tags.assistant
    return Borders(
        frozenset({(numbers[opening],)}), frozenset({numbers[closing]}), frozenset({numbers[tags.end]})
    )


def learn_borders(template: ChatTemplate, tokenizer: Tokenizer, tools: list[Json] | None) -> Borders:
    """The borders that a chat template shows on probe conversations; raises UserError with the reason."""
    probes = [_read_probe(template, tokenizer, chat, tools) for chat in _make_probes()]
    closings = frozenset(ids[end] for ids, spans, _ in probes for _, end in spans)
    openings = frozenset(
        _shortest_opening(probes, ids, begin, tokenizer, closings)
        for ids, _, begins in probes
        for begin in begins
    )
    borders = Borders(openings, closings)
    for ids, spans, _ in probes:
        _check_probe(ids, spans, borders)
    return borders


Probe = tuple[list[int], list[tuple[int, int]], list[int]]
"""Ids of a conversation, where each assistant message's words stand, and where the model begins to write."""


def _read_probe(
    template: ChatTemplate, tokenizer: Tokenizer, chat: list[dict[str, Json]], tools: list[Json] | None
) -> Probe:
    ids, spans = _find_spans(template, tokenizer, chat, tools)
    if any(end >= len(ids) for _, end in spans):
        raise _refusal("no special token ends the assistant's turn")
    begins = [_skip_prompt(template, tokenizer, chat, tools, ids, start) for start, _ in spans]
    return ids, spans, begins


def _refusal(reason: str) -> UserError:
    return UserError(f"the chat template cannot be masked exactly: {reason}; use --tags or another template")


def _check_probe(ids: list[int], spans: list[tuple[int, int]], borders: Borders) -> None:
    try:
        turns = find_turns(ids, borders)
    except ValueError as error:
        raise _refusal(str(error)) from error
    if len(turns) != len(spans):
        raise _refusal(f"{len(turns)} of {len(spans)} turns are told apart by their ids")
    for (start, end), (first, last) in zip(turns, spans, strict=True):
        if not start <= first or end != last + 1:
            raise _refusal("a turn's closing token also stands within it, or its opening elsewhere")


def _make_probes() -> list[list[dict[str, Json]]]:
    """Conversations with texts, calls, results, several turns; user texts use the words of role names."""
    call = {
        "id": "call00001",
        "type": "function",
        "function": {"name": "probe.look", "arguments": {"query": "Zq7"}},
    }
    user = {"role": "user", "content": "assistant model user tool\n\nassistant\nmodel\n\n"}
    said = {"role": "assistant", "content": "Qk4 indeed."}
    result = {
        "role": "tool",
        "name": "probe.look",
        "content": '{"assistant": "model"}',
        "tool_call_id": "call00001",
    }
    calling = {"role": "assistant", "content": "", "tool_calls": [call]}
    system = {"role": "system", "content": "assistant\nmodel\n"}
    return [
        [system, user, said, user, calling, result, said],
        [user, calling, result, calling, result, said, user, said],
    ]


def _find_spans(
    template: ChatTemplate, tokenizer: Tokenizer, chat: list[dict[str, Json]], tools: list[Json] | None
) -> tuple[list[int], list[tuple[int, int]]]:
    """(ids, where the words of each assistant message stand): found by changing one message at a time."""
    ids = tokenizer.encode(template.render(chat, tools))
    spans = []
    for number, message in enumerate(chat):
        if message["role"] != "assistant":
            continue
        changed = [_replace(chat, number, words) for words in ("Xw9", "7Jv")]
        others = [tokenizer.encode(template.render(other, tools)) for other in changed]
        start = min(
            _common(ids, other)
            for other in [*others, *_try_other_kind(template, tokenizer, chat, tools, number)]
        )
        end = len(ids) - min(_common(ids[::-1], other[::-1]) for other in others)
        if start >= end:
            raise _refusal(
                f"it leaves out message {number + 1} ({'call' if 'tool_calls' in message else 'text'})"
            )
        while end < len(ids) and ids[end] not in tokenizer.special:
            end += 1
        spans.append((start, end))
    return ids, spans


def _try_other_kind(
    template: ChatTemplate,
    tokenizer: Tokenizer,
    chat: list[dict[str, Json]],
    tools: list[Json] | None,
    number: int,
) -> list[list[int]]:
    """The ids with a text for a call or a call for a text: where they part, the model begins to write."""
    call = {"id": "call00001", "type": "function", "function": {"name": "probe.look", "arguments": {}}}
    text = {"role": "assistant", "content": "Xw9"}
    other = (
        text if "tool_calls" in chat[number] else {"role": "assistant", "content": "", "tool_calls": [call]}
    )
    try:
        return [tokenizer.encode(template.render([*chat[:number], other, *chat[number + 1 :]], tools))]
    except UserError:
        return []


def _replace(chat: list[dict[str, Json]], number: int, words: str) -> list[dict[str, Json]]:
    """The chat with another text, or another call, in one place."""
    message = dict(chat[number])
    if "tool_calls" in message:
        function = {"name": words, "arguments": {words: words}}
        message["tool_calls"] = [{**message["tool_calls"][0], "function": function}]
    else:
        message["content"] = f"{words} {words}"
    return [*chat[:number], message, *chat[number + 1 :]]


def _common(first: Sequence[int], second: Sequence[int]) -> int:
    pairs = zip(first, second, strict=False)
    return next((n for n, (a, b) in enumerate(pairs) if a != b), min(len(first), len(second)))


def _skip_prompt(
    template: ChatTemplate,
    tokenizer: Tokenizer,
    chat: list[dict[str, Json]],
    tools: list[Json] | None,
    ids: list[int],
    start: int,
) -> int:
    """Where the model begins to write: right after the generation prompt, if the template has one."""
    asked = chat[: 2 if chat[0]["role"] == "system" else 1]
    bare, prompted = (tokenizer.encode(template.render(asked, tools, prompt=p)) for p in (False, True))
    prompt = prompted[len(bare) :] if prompted[: len(bare)] == bare else []
    for begin in range(start, max(0, start - 40), -1):
        if prompt and ids[begin - len(prompt) : begin] == prompt:
            return begin
    while start and ids[start - 1] not in tokenizer.special:
        start -= 1
    return start


def _shortest_opening(
    probes: list[Probe], ids: list[int], begin: int, tokenizer: Tokenizer, closings: frozenset[int]
) -> Ids:
    """The fewest ids before `begin`, from a special one on, that stand nowhere else in the probes."""
    for length in range(1, LONGEST_OPENING + 1):
        opening = tuple(ids[max(0, begin - length) : begin])
        if len(opening) < length or closings & set(opening):
            break
        if opening[0] in tokenizer.special and all(
            _find_ends(opening, other) <= set(begins) for other, _, begins in probes
        ):
            return opening
    raise _refusal("nothing but the words themselves tells an assistant's turn from a user's")


def _find_ends(opening: Ids, ids: list[int]) -> set[int]:
    """Where each occurrence of the opening ends."""
    size = len(opening)
    return {n + size for n in range(len(ids)) if tuple(ids[n : n + size]) == opening}
