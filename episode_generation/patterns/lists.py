"""LIST_SELECT_SUMMARIZE: the user picks from a list, or leaves the choice to the assistant."""

import random

from episode_generation.dialogue import Dialogue, MisfitError
from episode_generation.patterns.documents import choose_document, summarize
from episode_generation.patterns.plan import Draw, Plan
from episode_generation.phrasing import fill, load_phrases
from episode_generation.sources import Pool


def choose_folder(pool: Pool, rng: random.Random) -> Draw | None:
    """A document, and the folder it is listed in."""
    draw = choose_document(pool, rng)
    if draw is None or "/" not in draw.things["document"].filename:
        return None
    folder = draw.things["document"].filename.split("/")[0]
    return Draw({**draw.slots, "folder": folder}, draw.things)


def play_interactive(dialogue: Dialogue, draw: Draw, rng: random.Random) -> None:
    """Lists, asks, is told which one, summarizes it."""
    document = draw.things["document"]
    found = dialogue.call("workspace.list_docs", {"prefix": f"{draw.slots['folder']}/"})["documents"]
    dialogue.answer()
    shown = [row["doc_id"] for row in found[:6]]
    if document.doc_id not in shown:
        raise MisfitError("the document is beyond the list")
    number = shown.index(document.doc_id) + 1
    picks = load_phrases("requests")["LIST_SELECT_SUMMARIZE/pick"][dialogue.language]
    dialogue.user(fill(rng.choice(picks), {"number": number, "title": document.title}, rng))
    dialogue.cited.clear()
    summarize(dialogue, document.doc_id, len(document.text), rng)


def play_autonomous(dialogue: Dialogue, draw: Draw, rng: random.Random) -> None:
    """Lists, finds the one that is meant by its title, summarizes it."""
    document = draw.things["document"]
    found = dialogue.call("workspace.list_docs", {"prefix": f"{draw.slots['folder']}/"})["documents"]
    if document.doc_id not in [row["doc_id"] for row in found]:
        raise MisfitError("the document is beyond the list")
    summarize(dialogue, document.doc_id, len(document.text), rng)


CALLS = ("workspace.list_docs", "workspace.summarize")
PLANS = [
    Plan("LIST_SELECT_SUMMARIZE/interactive", "workspace", 0.015, CALLS, choose_folder, play_interactive),
    Plan("LIST_SELECT_SUMMARIZE/autonomous", "workspace", 0.015, CALLS, choose_folder, play_autonomous),
]
