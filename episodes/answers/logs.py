"""Answers from `obs.*`; they name the times, traces and lines of code of the events."""

from collections.abc import Sequence

from episodes.answers.base import Answer, Exchange, Voice
from toolworlds.records.base import Json


def answer_count(voice: Voice, asked: str, exchanges: Sequence[Exchange]) -> Answer | None:
    """How many, and between which times."""
    result = exchanges[-1].result
    if result["count"] == 0:
        return Answer(voice.say("zero"))
    if result["count"] == 1:
        return Answer(voice.say("count_one", **result))
    span = voice.say("span", **result)
    return Answer(voice.say("count", count=result["count"], span=span))


def answer_groups(voice: Voice, asked: str, exchanges: Sequence[Exchange]) -> Answer | None:
    """The largest group and the next one."""
    groups = exchanges[-1].result["groups"]
    if groups[0]["count"] < 2 or (len(groups) > 1 and groups[0]["count"] == groups[1]["count"]):
        return None
    return Answer(_tell_groups(voice, exchanges[-1]))


def _tell_groups(voice: Voice, exchange: Exchange) -> str:
    groups, slots = exchange.result["groups"], {"group": exchange.arguments["group_by"]}
    first, slots["total"] = groups[0], exchange.result["total"]
    if exchange.result["groups_total"] == 1:
        return voice.say("group_only", key=first["key"], **slots)
    rest = voice.say("group_rest", **groups[1]) if len(groups) > 1 else ""
    text = voice.say("groups", key=first["key"], count=first["count"], rest=rest, **slots)
    return text + (voice.say("slow", **first) if voice.rng.random() < 0.4 else "")


def answer_trace(voice: Voice, asked: str, exchanges: Sequence[Exchange]) -> Answer | None:
    """How the trace began and how it ended."""
    events: list[dict[str, Json]] = exchanges[-1].result["events"]
    first, last = events[0], events[-1]
    if "file" not in last:
        return None
    if len(events) == 1:
        return Answer(voice.say("trace_one", trace=last["trace_id"], **last))
    began = {"first": first["ts"], "first_message": first["message"], "first_service": first["service"]}
    text = voice.say("trace", trace=last["trace_id"], total=len(events), **began, **last)
    return Answer(text)


def answer_events(voice: Voice, asked: str, exchanges: Sequence[Exchange]) -> Answer | None:
    """The latest event, after the groups that led to it."""
    event = exchanges[-1].result["events"][0]
    if "file" not in event:
        return None
    groups = [e for e in exchanges if e.name == "obs.aggregate" and "error" not in e.result]
    lead = _tell_groups(voice, groups[-1]) if groups else ""
    text = lead + voice.say("drill", trace=event["trace_id"], **event)
    return Answer(text.strip())
