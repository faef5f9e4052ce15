"""How what an earlier call returned is referred to: by name, by place, by what is special about it."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field

from conversations.generation.phrasing import load_phrases
from conversations.generation.spelling import plain_name


@dataclass(frozen=True, slots=True)
class Reference:
    """One thing to be referred to."""

    text: str
    """`the cheapest one`, `Casa Thorne`, `the second one`, `it`."""
    entity: str
    """`hotel`"""
    parts: Mapping[str, str] = field(default_factory=dict)
    """How parts of it are called, by what they are: its place `the practice`."""

    def name_part(self, entity: str) -> str:
        """The part of it that is such an entity; the thing itself where parts have no name."""
        return self.parts.get(entity, self.text)

    def work_in(self, action: str) -> str:
        """`cancel a booking` as `cancel that booking`; else `… for Casa Thorne`."""
        noun = plain_name(self.entity)
        for article in ("a", "an", "the", "this", "your"):
            whole = re.search(
                rf"\b{article} {re.escape(noun)}(?= (of|for|from|in|on|with|at|to)\b|$)", action
            )
            if whole:
                named = f"that {noun}" if self.text in ("it", "that") else self.text
                return action[: whole.start()] + named + action[whole.end() :]
        return f"{action} for {self.text}"


def list_parts(endpoint_id: str) -> Mapping[str, str]:
    """By what they are, how the parts of what an endpoint returns are called."""
    parts: Mapping[str, str] = load_phrases("endpoints").get(endpoint_id, {}).get("called", {})
    return parts
