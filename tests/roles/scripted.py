"""A model that says what it was told to say, and remembers what it was asked."""

from collections.abc import Sequence

from toolworlds.records.base import Json
from toolworlds.records.completions import Completion, Request


class ScriptedModel:
    """Answers with the given completions in order; the last one again and again."""

    name = "scripted"

    def __init__(
        self, replies: Sequence[str | Completion], description: dict[str, Json] | None = None
    ) -> None:
        self.replies = [
            r if isinstance(r, Completion) else Completion(text=r, finish_reason="stop", model="scripted")
            for r in replies
        ]
        self.requests: list[Request] = []
        self.description = description or {}

    async def complete(self, request: Request) -> Completion:
        self.requests.append(request)
        return self.replies[min(len(self.requests), len(self.replies)) - 1]

    async def aclose(self) -> None:
        pass

    def describe(self) -> dict[str, Json]:
        return self.description
