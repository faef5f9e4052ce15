"""The context window: prompt and reply share it, so a reply gets at most what its prompt leaves.

How long a prompt is only the server knows. It is estimated by what earlier prompts came to, and where that
was too little the server's refusal says by how much, in the words of vLLM, SGLang, llama.cpp, TGI or OpenAI.
"""

import re
from collections.abc import Mapping

from toolworlds.records.base import Json
from toolworlds.records.completions import ContextError

LEAST_REPLY = 128
"""Tokens; a smaller place for a reply is none."""
MARGIN = 16
"""Tokens of a chat template that an estimate may have missed."""
LIMITS = ("max_tokens", "max_output_tokens")

_ABOUT = re.compile(
    r"context (length|window|size)|maximum (input )?length|too long|exceed_context|max_new_tokens",
    re.IGNORECASE,
)
_WINDOW = re.compile(
    r"context (?:length|window|size)\D{0,24}?(\d+)|must be <= (\d+)|> (\d+) maximum|['\"]n_ctx['\"]: ?(\d+)",
    re.IGNORECASE,
)
_PROMPT = re.compile(
    r"(\d+) (?:`inputs`|input|prompt|tokens from the input|in the messages)|resulted in (\d+) tokens"
    r"|(?:input|request|prompt) \((\d+) tokens|too long: (\d+) tokens|['\"]n_prompt_tokens['\"]: ?(\d+)",
    re.IGNORECASE,
)


class OverflowRefusal(Exception):  # noqa: N818 - met by asking for less, an error only where that cannot help
    """Prompt and reply exceed a server's window; the numbers are None where it gave none."""

    def __init__(self, said: str, window: int | None, prompt: int | None) -> None:
        super().__init__(said)
        self.window = window
        self.prompt = prompt


def read_overflow(said: str) -> OverflowRefusal | None:
    """What a refusal says of the window; None if it is about something else."""
    if not _ABOUT.search(said):
        return None
    numbers = [_find_number(pattern, said) for pattern in (_WINDOW, _PROMPT)]
    return OverflowRefusal(said, *numbers) if any(numbers) or "context" in said.lower() else None


def _find_number(pattern: re.Pattern[str], said: str) -> int | None:
    found = pattern.search(said)
    return int(next(group for group in found.groups() if group)) if found else None


class Window:
    """The window of one model: as its server states it, as the user gives it, or as a refusal told."""

    def __init__(self, size: int | None = None) -> None:
        self.size = size
        self._tokens_per_byte = 0.0
        """The most seen so far; 0 until a first prompt was counted."""

    def learn(self, length: int, prompt_tokens: int) -> None:
        """Takes note that a body of so many bytes held a prompt of so many tokens."""
        self._tokens_per_byte = max(self._tokens_per_byte, prompt_tokens / length)

    def fit(self, body: dict[str, Json], length: int) -> dict[str, Json]:
        """The body, its reply cut to what a prompt of `length` bytes leaves as far as one can tell."""
        if self.size is None:
            return body
        left = self.size - int(length * self._tokens_per_byte) - MARGIN
        return _cut(body, max(left, LEAST_REPLY))

    def shrink(self, body: Mapping[str, Json], refusal: OverflowRefusal, request_id: str) -> dict[str, Json]:
        """The body with a reply that may fit after this refusal; raises ContextError where none can."""
        self.size = refusal.window or self.size
        asked = _find_limit(body)
        left = asked // 2
        # A server stops counting a prompt where it is too long: one token beyond what the reply leaves tells
        # nothing more than that.
        if self.size and refusal.prompt and refusal.prompt > self.size - asked + 1:
            left = min(self.size - refusal.prompt - MARGIN, asked - 1)
        if left < LEAST_REPLY:
            window = f"{self.size:,} tokens" if self.size else "the model"
            raise ContextError(
                f"{request_id}: the prompt leaves no place for a reply in the window of {window} "
                f"({str(refusal)[:200]}); serve the model with a larger window (vLLM: --max-model-len)"
            )
        return _cut(dict(body), left)


def _find_limit(body: Mapping[str, Json]) -> int:
    return next((int(body[name]) for name in LIMITS if name in body), 0)


def _cut(body: dict[str, Json], most: int) -> dict[str, Json]:
    return body | {name: min(body[name], most) for name in LIMITS if name in body}
