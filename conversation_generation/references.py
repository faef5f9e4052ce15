"""How what an earlier call returned is referred to: by name, by place, by what is special about it."""

import re
from dataclasses import dataclass

from conversation_generation.spelling import plain_name


@dataclass(frozen=True, slots=True)
class Reference:
    """One thing to be referred to."""

    text: str
    """`the cheapest one`, `Casa Thorne`, `the second one`, `it`."""
    entity: str
    """`hotel`"""

    def places(self) -> dict[str, str]:
        """Places of phrases: `{it}`."""
        return {"it": self.text}

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
