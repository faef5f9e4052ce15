"""How the embedded model's words become completions, with plausible token counts."""

from toolworlds.records.base import Json
from toolworlds.records.completions import Completion, Request, Usage

CHARACTERS_PER_TOKEN = 4


def make_completion(
    request: Request, text: str, model: str, tool_calls: tuple[dict[str, Json], ...] = ()
) -> Completion:
    """A finished completion; usage is counted in characters, four to a token."""
    prompt = sum(len(str(message.get("content") or "")) for message in request.messages)
    spoken = len(text) + sum(len(str(call)) for call in tool_calls)
    return Completion(
        text=text,
        finish_reason="tool_calls" if tool_calls else "stop",
        model=model,
        tool_calls=tool_calls,
        usage=Usage(prompt // CHARACTERS_PER_TOKEN, max(1, spoken // CHARACTERS_PER_TOKEN)),
    )
