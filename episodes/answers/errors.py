"""What is said when a call failed or found nothing."""

from collections.abc import Sequence

from episodes.answers.base import Answer, Exchange, Voice
from toolworlds.world.calls import is_empty

MISSING = "Missing required argument: "
ASKED_FOR = {
    "query": "ask_query",
    "doc_id or title": "ask_document",
    "doc_id or text": "ask_document",
    "path": "ask_path",
    "group_by": "ask_group",
    "trace_id": "ask_trace",
}


def answer_failure(voice: Voice, exchange: Exchange) -> Answer | None:
    """Says plainly what is missing or not there, and asks."""
    error = str(exchange.result.get("error", ""))
    if error.startswith(MISSING):
        return Answer(voice.say(ASKED_FOR[error.removeprefix(MISSING)]))
    asked = name_asked(exchange)
    if not error:
        return Answer(voice.say("nothing", asked=asked) + voice.say("nothing_offer"))
    kind = _kind_of(error)
    if kind is None:
        return None
    offer = voice.say("offer") if kind in ("no_document", "no_section") else ""
    title = exchange.result.get("title", "")
    return Answer(voice.say(kind, asked=asked, title=title) + offer)


def admit_failure(voice: Voice, exchanges: Sequence[Exchange]) -> str:
    """The words before an answer that was found only at the second try; empty if the first one succeeded."""
    first = exchanges[0]
    error = str(first.result.get("error", ""))
    if len(exchanges) == 1 or error.startswith(MISSING):
        return ""
    if error.startswith("Wrong time window: start"):
        return voice.say("window_order")
    if error.startswith("Wrong time window"):
        return voice.say("window", **first.result, year=str(exchanges[-1].arguments["start"])[:4])
    if error:
        kind = _kind_of(error)
        return (
            f"{voice.say(kind, asked=name_asked(first), title=first.result.get('title', ''))} "
            if kind
            else ""
        )
    return voice.say("nothing_but", asked=name_asked(first)) if is_empty(first.result) else ""


def name_asked(exchange: Exchange) -> str:
    """What the call was after, in the caller's words."""
    arguments = exchange.arguments
    named = ("section", "query", "title", "doc_id", "trace_id", "path", "contains", "service")
    return str(next((arguments[name] for name in named if name in arguments), ""))


def _kind_of(error: str) -> str | None:
    kinds = {
        "Document not found": "no_document",
        "Section not found": "no_section",
        "Trace not found": "no_trace",
        "File not found": "no_file",
    }
    return next((kind for start, kind in kinds.items() if error.startswith(start)), None)
