"""The loss mask, by token ids: what stands between those that open and that close an assistant's turn.

In a tag set they are its tags (`borders_of_tags`); from a chat template they are learnt (`learning.py`).
"""

from collections.abc import Sequence
from dataclasses import dataclass

from episodes.rendering.tokenizer import Tokenizer
from episodes.tags import TagSet
from utils import UserError

Ids = tuple[int, ...]


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
    mask = [int(number in borders.always) for number in ids]
    turns = find_turns(ids, borders)
    if len(turns) != len(losses):
        raise ValueError(f"{len(turns)} turns of the assistant in the ids, {len(losses)} in the episode")
    for (start, end), loss in zip(turns, losses, strict=True):
        mask[start:end] = [int(loss)] * (end - start)
    return mask


def find_turns(ids: Sequence[int], borders: Borders) -> list[tuple[int, int]]:
    """(first id, one past the closing id) of each turn; raises ValueError for one that is never closed.

    Where a turn is opened again right after its closing id, as a format with channels does between reasoning
    and answer, both are one turn, and all between them is the model's to write.
    """
    turns: list[tuple[int, int]] = []
    firsts = {opening[0] for opening in borders.openings}
    place = 0
    while place < len(ids):
        opened = _find_opening(ids, place, borders) if ids[place] in firsts else 0
        if not opened:
            place += 1
            continue
        end = opened
        while end < len(ids) and ids[end] not in borders.closings:
            end += 1
        if end == len(ids):
            raise ValueError("a turn of the assistant is never closed")
        start = turns.pop()[0] if turns and turns[-1][1] == place else opened
        turns.append((start, end + 1))
        place = end + 1
    return turns


def _find_opening(ids: Sequence[int], place: int, borders: Borders) -> int:
    """Where the turn that is opened at this place begins; 0 where none is opened."""
    ends = (place + len(o) for o in borders.openings if tuple(ids[place : place + len(o)]) == o)
    return max(ends, default=0)


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
    opening, closing = (numbers[tag] for tag in tags.assistant)
    return Borders(frozenset({(opening,)}), frozenset({closing}), frozenset({numbers[tags.end]}))
