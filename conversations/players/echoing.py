"""Plays conversation_writer: the draft's texts, word for word."""

import random

from toolworlds.records.base import Json
from toolworlds.records.completions import Request


def play_word(request: Request, rng: random.Random) -> dict[str, Json]:
    """Every message that says something, as it stands."""
    said = [m for m in request.inputs["messages"] if m["role"] != "tool" and m["content"].strip()]
    return {"reasoning": "", "texts": [{"message": m["message"], "text": m["content"]} for m in said]}
