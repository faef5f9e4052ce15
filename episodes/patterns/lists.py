"""LIST_SELECT_SUMMARIZE: the user picks from a list, or leaves the choice to the assistant."""

import random

from episodes.dialogue import Dialogue, MisfitError
from episodes.patterns.documents import pick_long, summarize
from episodes.patterns.plan import Draw, Plan
from episodes.phrasing import load_phrases, phrase_request
from episodes.sources import LISTED, Pool
from episodes.splits import name_folder, split_pool


def choose_folder(pool: Pool, rng: random.Random) -> Draw | None:
    """A document, the folder it is listed in, and how the user will pick it."""
    found = [d for d in pick_long(pool.listed) if name_folder(d.filename) in pool.folders]
    if not found:
        return None
    document = rng.choice(found)
    picks = split_pool(load_phrases("requests")["LIST_SELECT_SUMMARIZE/pick"][pool.language], "pick")
    slots = {"title": document.title, "folder": name_folder(document.filename).rstrip("/")}
    return Draw(slots, {"document": document, "pick": rng.choice(picks[pool.split])})


def play_interactive(dialogue: Dialogue, draw: Draw, rng: random.Random) -> None:
    """Lists, asks, is told which one, summarizes it."""
    document = draw.things["document"]
    found = dialogue.call("workspace.list_docs", {"prefix": f"{draw.slots['folder']}/"})["documents"]
    dialogue.answer()
    shown = [row["doc_id"] for row in found[:LISTED]]
    if document.doc_id not in shown:
        raise MisfitError("the document is beyond the list")
    number = shown.index(document.doc_id) + 1
    pick = {**draw.slots, "number": number}
    dialogue.user(phrase_request(str(draw.things["pick"]), pick, dialogue.language, rng, dressed=0))
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
