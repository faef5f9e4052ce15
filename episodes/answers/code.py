"""Answers from `repo.*`."""

import re
from collections.abc import Sequence

from episodes.answers.base import Answer, Exchange, Voice
from toolworlds.records.base import Json

KEYWORD = r"(?:export |pub |public |static |async )*(?:def|class|func|fn|function|const|struct|interface) "
DEFINES = re.compile(rf"{KEYWORD}|[A-Z][A-Z0-9_]+\s*[:=]|[\w.]+\.(?:error|warning|info)\(")
DOCSTRING = re.compile(r'"""(.+?[.!?])(?=\s|""")', re.DOTALL)


def answer_search(voice: Voice, asked: str, exchanges: Sequence[Exchange]) -> Answer | None:
    """The line that defines what was sought, else the first; after logs, the line that writes them."""
    matches = exchanges[-1].result["matches"]
    first = find_definition(matches, str(exchanges[-1].arguments["query"]))
    before = [e for e in exchanges if e.name == "obs.aggregate" and "error" not in e.result]
    if before:
        group = before[-1].result["groups"][0]
        total = before[-1].result["total"]
        text = voice.say("logs_to_code", key=group["key"], count=group["count"], total=total, **first)
        return Answer(text, [first["path"]])
    text, more = voice.say("found_code", **first), exchanges[-1].result["total"] - 1
    others = [m for m in matches if m != first]
    if not others:
        return Answer(text, [first["path"]])
    kind = "one_more_code" if more == 1 else "more_code"
    text += voice.say(kind, more=more, other=others[0]["path"], other_line=others[0]["line"])
    return Answer(text, [first["path"], others[0]["path"]])


def find_definition(matches: list[dict[str, Json]], query: str) -> dict[str, Json]:
    """The match that defines what was sought, else one that defines something, else the first one."""
    name = re.escape(query)
    wanted = re.compile(rf"{KEYWORD}{name}\b|{name}\s*[:=]")
    for pattern in (wanted, DEFINES):
        if found := next((m for m in matches if pattern.match(m["text"])), None):
            return found
    return matches[0]


def answer_file(voice: Voice, asked: str, exchanges: Sequence[Exchange]) -> Answer | None:
    """The first line read and what the code says of itself there."""
    result = exchanges[-1].result
    found = DOCSTRING.search(result["text"])
    if found is None:
        return None
    doc = " ".join(found[1].split())
    text = result["text"].split("\n", 1)[0].strip()
    if text.startswith('"""'):
        return None
    said = voice.say("code_doc", path=result["path"], line=result["start_line"], text=text, doc=doc)
    return Answer(said, [result["path"]])


def answer_log(voice: Voice, asked: str, exchanges: Sequence[Exchange]) -> Answer | None:
    """The latest commit."""
    result, path = exchanges[-1].result, exchanges[-1].arguments.get("path")
    commit = result["commits"][0]
    if path is None:
        return Answer(voice.say("repo_commit", **commit))
    text = voice.say("commit", path=path, **commit)
    if result["total"] > 1:
        text += voice.say("commits", total=result["total"])
    return Answer(text, [path])


def answer_blame(voice: Voice, asked: str, exchanges: Sequence[Exchange]) -> Answer | None:
    """Who changed the first line that was asked for."""
    result = exchanges[-1].result
    first = result["lines"][0]
    return Answer(
        voice.say("blame", path=result["path"], line=first["start_line"], **first), [result["path"]]
    )
