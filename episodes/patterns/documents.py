"""SEARCH_ANSWER and GETDOC_SUMMARIZE."""

import random

from episodes.dialogue import Dialogue, MisfitError
from episodes.indexing.store import Document
from episodes.patterns.plan import Draw, Plan
from episodes.sources import Pool


def name_topic(heading: str, language: str) -> str:
    """A heading as it stands within a sentence."""
    if language == "de":
        return heading
    words = heading.split()
    return " ".join(w if not w.istitle() or any(c.isdigit() for c in w) else w.lower() for w in words)


def choose_section(pool: Pool, rng: random.Random) -> Draw | None:
    """A section, by its heading."""
    if not pool.sections:
        return None
    section = rng.choice(pool.sections)
    topic = name_topic(section.heading, pool.language)
    slots = {"title": section.document.title, "topic": topic, "section": section.heading}
    return Draw(slots, {"document": section.document, "section": section})


def choose_term(pool: Pool, rng: random.Random) -> Draw | None:
    """A rare term."""
    if not pool.terms:
        return None
    term = rng.choice(pool.terms)
    slots = {"term": term.words, "title": term.document.title}
    return Draw(slots, {"document": term.document})


def choose_row(pool: Pool, rng: random.Random) -> Draw | None:
    """A row of a table, by its first cell."""
    if not pool.rows:
        return None
    row = rng.choice(pool.rows)
    return Draw({"term": row.words, "title": row.document.title}, {"document": row.document})


def _search(dialogue: Dialogue, draw: Draw, query: str, rng: random.Random) -> None:
    result = dialogue.call("workspace.search", {"query": query, "top_k": rng.randint(3, 8)})
    hits = result["documents"]
    if not hits or hits[0]["doc_id"] != draw.things["document"].doc_id:
        raise MisfitError(f"the search for {query!r} finds something else")
    dialogue.answer(query)


def play_topic(dialogue: Dialogue, draw: Draw, rng: random.Random) -> None:
    """Searches the heading, alone or with the title."""
    topic, title = draw.slots["topic"], draw.slots["title"]
    _search(dialogue, draw, rng.choice([topic, f"{title} {topic}", f"{topic} {title}"]), rng)
    section = draw.things["section"]
    if dialogue.exchanges[-1].result["documents"][0]["section"] != section.heading:
        raise MisfitError("another section stands first")


def play_term(dialogue: Dialogue, draw: Draw, rng: random.Random) -> None:
    """Searches the term."""
    term = draw.slots["term"]
    _search(dialogue, draw, rng.choice([term, term, f"{term} {draw.slots['title']}"]), rng)
    if term.lower() not in dialogue.messages[-1].content.lower():
        raise MisfitError("the quoted sentence does not hold the term")


def play_section(dialogue: Dialogue, draw: Draw, rng: random.Random) -> None:
    """Reads one section by title and heading."""
    dialogue.call("workspace.get_doc", {"title": draw.slots["title"], "section": draw.slots["section"]})
    dialogue.answer(draw.slots["topic"])


def choose_text(pool: Pool, rng: random.Random) -> Draw | None:
    """A text that the user brings along: a few sentences in a row."""
    if not pool.sections:
        return None
    section = rng.choice(pool.sections)
    other = rng.choice([s for s in pool.sections if s.document == section.document])
    more = other.sentences[: rng.randint(1, 3)] if other is not section else ()
    text = " ".join(section.sentences + more)
    return Draw({"text": text}, {"document": section.document, "text": text})


def play_text(dialogue: Dialogue, draw: Draw, rng: random.Random) -> None:
    """Summarizes the user's text."""
    text = str(draw.things["text"])
    room = rng.randrange(100, max(101, min(400, len(text) * 2 // 3)))
    dialogue.call("workspace.summarize", {"text": text, "max_length": room})
    dialogue.answer()
    dialogue.cited.append(draw.things["document"].filename)


def pick_long(documents: list[Document]) -> list[Document]:
    """Those with enough text to summarize."""
    return [d for d in documents if len(d.text) > 400 and d.type != "source"]


def choose_document(pool: Pool, rng: random.Random) -> Draw | None:
    """A long document."""
    if not (long := pick_long(pool.documents)):
        return None
    document = rng.choice(long)
    return Draw({"title": document.title}, {"document": document})


def play_found(dialogue: Dialogue, draw: Draw, rng: random.Random) -> None:
    """Gets the document by its title, then summarizes it by the id found."""
    result = dialogue.call("workspace.get_doc", {"title": draw.slots["title"]})
    summarize(dialogue, result["doc_id"], len(draw.things["document"].text), rng)


def summarize(dialogue: Dialogue, doc_id: str, length: int, rng: random.Random) -> None:
    """Summarizes a document to less than half of its length, and answers."""
    room = rng.randrange(130, max(131, min(420, length * 2 // 5)))
    dialogue.call("workspace.summarize", {"doc_id": doc_id, "max_length": room})
    dialogue.answer()


SEARCH, GET, SUM = "workspace.search", "workspace.get_doc", "workspace.summarize"
PLANS = [
    Plan("SEARCH_ANSWER/topic", "workspace", 0.14, (SEARCH,), choose_section, play_topic),
    Plan("SEARCH_ANSWER/term", "workspace", 0.09, (SEARCH,), choose_term, play_term),
    Plan("SEARCH_ANSWER/row", "workspace", 0.02, (SEARCH,), choose_row, play_term),
    Plan("GETDOC_SUMMARIZE/section", "workspace", 0.07, (GET,), choose_section, play_section),
    Plan("GETDOC_SUMMARIZE/text", "workspace", 0.03, (SUM,), choose_text, play_text),
    Plan("GETDOC_SUMMARIZE/document", "workspace", 0.015, (GET, SUM), choose_document, play_found),
]
