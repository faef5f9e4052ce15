"""Answers from `workspace.*`."""

import re
from collections.abc import Sequence

from episodes.answers.base import Answer, Exchange, Voice, pick_sentences
from episodes.sources import LISTED

NUMBERED = re.compile(r"^(?:Row \d+|[\w.\[\]]+): ")
"""What the index puts before a row of a table."""
RELATED = 0.8
"""A second hit is mentioned if it scores at least this share of the first."""


def answer_search(voice: Voice, asked: str, exchanges: Sequence[Exchange]) -> Answer | None:
    """The sentences of the best hit that speak of what was asked."""
    query = str(exchanges[-1].arguments.get("query", ""))
    hits = exchanges[-1].result["documents"]
    hit = hits[0]
    wanted = query if len(exchanges) > 1 else f"{query} {asked}"
    whole_section = hit["section"] and hit["section"].lower() in wanted.lower()
    quote = pick_sentences(hit["text"], "" if whole_section else wanted, 2)
    if not quote:
        return None
    kind = "row" if hit["filename"].endswith((".csv", ".json")) else "quote"
    if kind == "quote" and hit["section"] and voice.rng.random() < 0.35:
        kind = "section_quote"
    if kind == "row":
        quote = NUMBERED.sub("", pick_sentences(hit["text"], wanted, 1))
    text = voice.say(kind, **{**hit, "quote": quote})
    others = [h for h in hits if h["doc_id"] != hit["doc_id"] and h["score"] >= RELATED * hit["score"]]
    if not others or voice.rng.random() < 0.6:
        return Answer(text, [hit["filename"]])
    text += voice.say("also", title=others[0]["title"], path=others[0]["filename"])
    return Answer(text, [hit["filename"], others[0]["filename"]])


def answer_list(voice: Voice, asked: str, exchanges: Sequence[Exchange]) -> Answer | None:
    """Titles with their paths, and the question which one is meant."""
    result = exchanges[-1].result
    shown = result["documents"][:LISTED]
    total = result["total"]
    folder = str(exchanges[-1].arguments.get("prefix", "")).rstrip("/") or "workspace"
    head = voice.say("list" if total > 1 else "list_one", total=total, folder=folder)
    rows = [f"{number}. {row['title']} ({row['path']})" for number, row in enumerate(shown, 1)]
    if total > len(shown):
        rows.append(voice.say("list_more", more=total - len(shown)))
    return Answer("\n".join([head, *rows, voice.say("list_ask")]), [row["path"] for row in shown])


def answer_document(voice: Voice, asked: str, exchanges: Sequence[Exchange]) -> Answer | None:
    """A few sentences of the document or section, never all of it."""
    result = exchanges[-1].result
    kind = "section" if result.get("section") else "document"
    quote = pick_sentences(result["text"], "" if kind == "section" else asked, 2)
    if not quote:
        return None
    return Answer(voice.say(kind, **{**result, "quote": quote}), [result["filename"]])


def answer_summary(voice: Voice, asked: str, exchanges: Sequence[Exchange]) -> Answer | None:
    """The summary, with its source when it is a document's."""
    result = exchanges[-1].result
    if not result["summary"]:
        return None
    if result["source"] == "text":
        return Answer(voice.say("text_summary", quote=result["summary"]))
    return Answer(voice.say("summary", **{**result, "quote": result["summary"]}), [result["filename"]])
