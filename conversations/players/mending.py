"""Plays conversation_repairer: finds the flaws again, and mends each where it stands."""

import json
import random
import re
from collections.abc import Sequence

from conversations.grounding.cards import Card, read_messages
from conversations.grounding.codes import list_codes
from conversations.grounding.speech import list_sentences
from conversations.grounding.steps import Step, read_steps, walk_leaves
from conversations.players.candidates import choose_tool, list_candidates
from conversations.players.flaws import Flaw, find_flaws
from conversations.players.wording import ASSENT, drop_sentences, tell_results
from toolworlds.language.words import to_words
from toolworlds.records.base import Json
from toolworlds.records.completions import Request
from toolworlds.records.conversations import ConversationCall, ConversationMessage

ROUNDS = 4
"""So often the mended conversation is read again: mending one flaw may show the next."""
TOLD = frozenset({"untold", "failure_untold", "unheard_code", "unanswered"})
"""Flaws of words that depend on what calls return."""
_REASON = re.compile(r"^- (.*)$", re.MULTILINE)
_NEWS = "these calls were carried out"
_INTERNAL = re.compile(r"(?:\w+::)?([a-z][a-z0-9]*(?:_[a-z0-9]+)+|(?<=::)\w+)")


def play_surgical(request: Request, rng: random.Random) -> dict[str, Json]:
    """Edits of the messages that had to change."""
    if _needs_only_repeating(request):
        return _repeat(request)
    before = read_messages(request.inputs["messages"])
    after = _mend(before, request, rng)
    edits = [
        {"action": "replace", "message": place, "turn": _to_turn(now)}
        for place, (was, now) in enumerate(zip(before, after, strict=False))
        if was != now and now.role != "tool"
    ]
    for extra in after[len(before) :]:
        edits.append({"action": "insert_after", "message": len(before) - 1, "turn": _to_turn(extra)})
    return {"reasoning": f"{len(edits)} messages have to change.", "edits": edits}


def play_rewrite(request: Request, rng: random.Random) -> dict[str, Json]:
    """All turns, the mended ones among them."""
    if _needs_only_repeating(request):
        return _repeat(request)
    after = _mend(read_messages(request.inputs["messages"]), request, rng)
    turns = [_to_turn(message) for message in after if message.role != "tool"]
    return {"reasoning": "I wrote it anew where it was wrong.", "turns": turns}


def _to_turn(message: ConversationMessage) -> dict[str, Json]:
    calls = [call.to_json() for call in message.tool_calls or []]
    return {"role": message.role, "content": message.content, "tool_calls": calls}


def _needs_only_repeating(request: Request) -> bool:
    """Whether the last reply was refused for no other reason than that its calls return something new."""
    reasons = _REASON.findall(str(request.messages[-1]["content"])) if request.attempt else []
    return bool(reasons) and all(reason.startswith(_NEWS) for reason in reasons)


def _repeat(request: Request) -> dict[str, Json]:
    """The last reply again. Its values were chosen by what the words already say."""
    reply: dict[str, Json] = json.loads(request.messages[-2]["content"])
    return reply


def _mend(
    messages: Sequence[ConversationMessage], request: Request, rng: random.Random
) -> list[ConversationMessage]:
    """The messages without the flaws that rules can mend; their number changes only at the end.

    Calls come first: what the words after them, and the calls that use their outputs, must say is only known
    when they have been carried out. So only the first faulty call is mended, and words wait for it; each
    refusal moves on to the next candidate for its wrong value.
    """
    mended = list(messages)
    flaws = find_flaws(mended, request.inputs["tools"])
    faulty = min((flaw.step for flaw in flaws if flaw.step is not None), default=None)
    for _ in range(ROUNDS):
        before = list(mended)
        for flaw in flaws:
            waits = flaw.step != faulty if flaw.step is not None else faulty is not None and flaw.kind in TOLD
            if not waits:
                _mend_flaw(mended, flaw, request, rng)
        flaws = find_flaws(mended, request.inputs["tools"])
        if mended == before:
            break
    return mended


def _mend_flaw(messages: list[ConversationMessage], flaw: Flaw, request: Request, rng: random.Random) -> None:
    if flaw.step is not None:
        step = read_steps(messages)[flaw.step]
        _mend_call(messages, step, flaw, request.inputs["tools"], request.attempt)
    elif flaw.kind == "unanswered":
        messages.append(
            ConversationMessage(role="assistant", content=_tell_since(messages, len(messages), rng))
        )
    elif flaw.kind in ("untold", "failure_untold"):
        _retell(messages, flaw.message, rng)
    elif flaw.kind == "repetition":
        _say(messages, flaw.message, _without_repetitions(messages, flaw.message), rng)
    elif flaw.kind == "unheard_code":
        _say(messages, flaw.message, _with_heard_codes(messages, flaw.message), rng)
    elif flaw.kind == "internal_name":
        text = _INTERNAL.sub(lambda m: m.group(1).replace("_", " "), messages[flaw.message].content)
        _say(messages, flaw.message, text, rng)


def _mend_call(
    messages: list[ConversationMessage], step: Step, flaw: Flaw, tools: Sequence[Card], attempt: int
) -> None:
    cards = {card["name"]: card for card in tools}
    name, parameters = step.call.name, dict(step.call.parameters)
    if flaw.parameter is None:
        name = choose_tool(step.call, tools) or name
    else:
        declared = cards[name]["parameters"]["properties"].get(flaw.parameter) if name in cards else None
        if declared is None:
            parameters.pop(flaw.parameter, None)
        else:
            values = list_candidates(step, flaw.parameter, declared, messages, read_steps(messages))
            if values:
                parameters[flaw.parameter] = values[min(attempt, len(values) - 1)]
            elif flaw.parameter not in cards[name]["parameters"]["required"]:
                parameters.pop(flaw.parameter, None)
    _replace_call(messages, step, ConversationCall(name=name, parameters=parameters))


def _replace_call(messages: list[ConversationMessage], step: Step, call: ConversationCall) -> None:
    asking = messages[step.asked_in]
    first = next(s.index for s in read_steps(messages) if s.asked_in == step.asked_in)
    calls = list(asking.tool_calls or [])
    calls[step.index - first] = call
    messages[step.asked_in] = asking.model_copy(update={"tool_calls": calls})
    if step.answered_in is not None:
        messages[step.answered_in] = messages[step.answered_in].model_copy(update={"name": call.name})


def _retell(messages: list[ConversationMessage], place: int, rng: random.Random) -> None:
    """The next answer of the assistant says what the calls before it returned."""
    for answer in range(place, len(messages)):
        if messages[answer].role == "assistant" and not messages[answer].tool_calls:
            text = _tell_since(messages, answer, rng)
            messages[answer] = messages[answer].model_copy(update={"content": text})
            return


def _tell_since(messages: Sequence[ConversationMessage], answer: int, rng: random.Random) -> str:
    asked = max((p for p in range(answer) if messages[p].role == "user"), default=0)
    return tell_results([s for s in read_steps(messages[:answer]) if s.asked_in >= asked], rng)


def _say(messages: list[ConversationMessage], place: int, text: str, rng: random.Random) -> None:
    """Puts a text in the place of another; where nothing is left of it, something short that fits."""
    message = messages[place]
    if not text.strip() and not message.tool_calls:
        text = rng.choice(ASSENT) if message.role == "user" else _tell_since(messages, place, rng)
    messages[place] = message.model_copy(update={"content": text})


def _without_repetitions(messages: Sequence[ConversationMessage], place: int) -> str:
    role, text = messages[place].role, messages[place].content
    before = [message.content for message in messages[:place] if message.role == role]
    return drop_sentences(text, {to_words(s).strip() for told in before for s in list_sentences(told)})


def _with_heard_codes(messages: Sequence[ConversationMessage], place: int) -> str:
    """Each code that nobody gave becomes one that the calls returned and the text does not hold yet."""
    text = messages[place].content
    heard = [code for m in messages[:place] for code in list_codes(m.content)]
    recent = [
        value
        for step in reversed(read_steps(messages[:place]))
        for _, value in walk_leaves(step.output)
        if isinstance(value, str) and list_codes(value) == [value] and value not in text
    ]
    for code in list_codes(text):
        if code not in heard:
            alike = [value for value in recent if value[:2] == code[:2]] or recent
            text = text.replace(code, alike[0]) if alike else _drop_mentioning(text, code)
    return text


def _drop_mentioning(text: str, code: str) -> str:
    return " ".join(sentence for sentence in list_sentences(text) if code not in sentence)
