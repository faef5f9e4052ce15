"""Dialogues of every shape that stages can make, for property tests."""

import json
import string
from typing import Any

from hypothesis import strategies as st

from dataset_export.dialogue import DialogueCall, Message, TrainingDialogue, write_arguments
from toolworlds.records.base import Json

texts = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="<>"), min_size=1, max_size=30)
"""Any characters but halves of pairs, and no tags."""
names = st.text(string.ascii_lowercase + "_", min_size=1, max_size=12)
leaves = (
    st.none()
    | st.booleans()
    | st.integers(-(2**53), 2**53)
    | st.floats(allow_nan=False, allow_infinity=False)
    | texts
)
values = st.recursive(
    leaves,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(texts, inner, max_size=3),
    max_leaves=6,
)
arguments = st.dictionaries(names, values, max_size=3)
"""Objects of different shapes: what Arrow would merge."""
functions = st.builds(
    lambda name, properties: {
        "type": "function",
        "function": {
            "name": name,
            "description": "…",
            "parameters": {"type": "object", "properties": properties},
        },
    },
    names,
    st.dictionaries(names, st.fixed_dictionaries({"type": st.sampled_from(["string", "null"])}), max_size=3),
)


def to_text(value: Json) -> str:
    return json.dumps(value, ensure_ascii=False)


@st.composite
def dialogues(
    draw: st.DrawFn, *, words_beside_calls: bool = True, untrained: bool = False
) -> TrainingDialogue:
    """Requests, each with rounds of calls and an answer; a round may call several tools at once."""
    messages: list[Message] = []
    if draw(st.booleans()):
        messages.append(Message("system", draw(texts)))
    made = 0
    for _ in range(draw(st.integers(1, 3))):
        messages.append(Message("user", draw(texts)))
        for _ in range(draw(st.integers(0, 2))):
            calls = [
                DialogueCall(f"call_{made + n}", draw(names), write_arguments(draw(arguments)))
                for n in range(draw(st.integers(1, 3)))
            ]
            made += len(calls)
            beside = draw(st.just("") | texts) if words_beside_calls else ""
            messages.append(
                Message(
                    "assistant",
                    beside,
                    reasoning=draw(reasonings),
                    calls=tuple(calls),
                    trained=not untrained or draw(st.booleans()),
                )
            )
            messages += [Message("tool", draw(results), call_id=call.id, name=call.name) for call in calls]
        messages.append(Message("assistant", draw(texts), reasoning=draw(reasonings)))
    tools = tuple(draw(st.lists(functions, max_size=3)))
    return TrainingDialogue(draw(names), tuple(messages), tools, {"field": draw(texts)})


reasonings = st.just("") | texts.map(str.strip)
results: st.SearchStrategy[str] = values.map(to_text) | texts
"""Mostly JSON, sometimes any text."""
Read = dict[str, Any]
