"""ERROR_RECOVERY: calls that really fail, and what a good assistant does next."""

import random

from episodes.dialogue import Dialogue, MisfitError
from episodes.patterns.documents import choose_section, choose_term
from episodes.patterns.logs import choose_filters, read_filters, say_window, skip_most_zeros
from episodes.patterns.plan import Draw, Plan
from episodes.phrasing import load_phrases, phrase_request
from episodes.sources import Pool
from episodes.splits import split_pool
from episodes.windows import TimeWindow
from toolworlds.language.phrases import fill


def make_odd_term(pool: Pool, rng: random.Random) -> str:
    """A subject that no company document treats, put together from two lists."""
    table = load_phrases("oddities")[pool.language]
    first = split_pool(table["first"], "odd")[pool.split]
    return (
        f"{rng.choice(first)} {rng.choice(table['second'])}"
        if pool.language == "en"
        else (f"{rng.choice(first)}{rng.choice(table['second'])}")
    )


def make_odd_title(pool: Pool, rng: random.Random) -> str:
    """A title that sounds like a document's, but is none's."""
    form = rng.choice(load_phrases("oddities")[pool.language]["titles"])
    odd = make_odd_term(pool, rng)
    return fill(
        form, {"odd": odd.title() if pool.language == "en" else odd, "year": rng.randint(2009, 2025)}, rng
    )


def choose_missing(pool: Pool, rng: random.Random) -> Draw | None:
    """A request that leaves out what a call needs."""
    draw = choose_section(pool, rng)
    if draw is None:
        return None
    odd = pool.split == "validation"  # so that no failing call stands on both sides
    length = rng.randrange(120 + 5 * odd, 900, 10)
    line = rng.randrange(1 + odd, 180, 2)
    numbers = {"length": str(length), "line": str(line), "last": str(line + rng.randint(5, 40))}
    told = split_pool(load_phrases("requests")["ERROR_RECOVERY/told"][pool.language], "told")[pool.split]
    slots = {**draw.slots, **numbers, "hits": str(rng.randint(3, 8))}
    return Draw(slots, {**draw.things, "told": rng.choice(told)})


def play_missing_section(dialogue: Dialogue, draw: Draw, rng: random.Random) -> None:
    """Reads a section without knowing of which document; the call is refused, so the user is asked."""
    dialogue.call("workspace.get_doc", {"section": draw.slots["section"]}, loss=False)
    dialogue.answer()


def play_missing_text(dialogue: Dialogue, draw: Draw, rng: random.Random) -> None:
    """Summarizes nothing in particular."""
    dialogue.call("workspace.summarize", {"max_length": int(draw.slots["length"])}, loss=False)
    dialogue.answer()


def play_missing_path(dialogue: Dialogue, draw: Draw, rng: random.Random) -> None:
    """Reads lines of no file."""
    lines = {"start_line": int(draw.slots["line"]), "end_line": int(draw.slots["last"])}
    dialogue.call("repo.read_file", lines, loss=False)
    dialogue.answer()


def play_missing_then_search(dialogue: Dialogue, draw: Draw, rng: random.Random) -> None:
    """Searches without words, asks, is told, and searches again."""
    top_k = {"top_k": int(draw.slots["hits"])}
    dialogue.call("workspace.search", top_k, loss=False)
    dialogue.answer()
    dialogue.user(phrase_request(str(draw.things["told"]), draw.slots, dialogue.language, rng, dressed=0))
    _search_for(dialogue, draw, draw.slots["topic"], top_k["top_k"])


def choose_unknown(pool: Pool, rng: random.Random) -> Draw | None:
    """The title of no document."""
    return Draw({"title": make_odd_title(pool, rng)})


def choose_unknown_in(pool: Pool, rng: random.Random) -> Draw | None:
    """The title of no document, and the folder where the user thinks it is."""
    if not pool.folders:
        return None
    folder = rng.choice(pool.folders).rstrip("/")
    return Draw({"title": make_odd_title(pool, rng), "folder": folder})


def play_unknown(dialogue: Dialogue, draw: Draw, rng: random.Random) -> None:
    """Opens it, is told that there is none, says so."""
    _fail(dialogue, draw)
    dialogue.answer()


def play_unknown_then_list(dialogue: Dialogue, draw: Draw, rng: random.Random) -> None:
    """Opens it, is told that there is none, lists what there is."""
    _fail(dialogue, draw)
    dialogue.call("workspace.list_docs", {"prefix": f"{draw.slots['folder']}/"})
    dialogue.answer()


def _fail(dialogue: Dialogue, draw: Draw) -> None:
    if "error" not in dialogue.call("workspace.get_doc", {"title": draw.slots["title"]}):
        raise MisfitError("there is such a document")


def choose_nothing(pool: Pool, rng: random.Random) -> Draw | None:
    """A subject that nobody wrote about."""
    return Draw({"odd": make_odd_term(pool, rng)})


def choose_broader(pool: Pool, rng: random.Random) -> Draw | None:
    """A subject that nobody wrote about, beside a real one."""
    draw = choose_term(pool, rng)
    if draw is None:
        return None
    return Draw({**draw.slots, "odd": make_odd_term(pool, rng)}, draw.things)


def play_nothing(dialogue: Dialogue, draw: Draw, rng: random.Random) -> None:
    """Searches, finds nothing, says so."""
    _find_nothing(dialogue, draw, rng)
    dialogue.answer()


def play_broader(dialogue: Dialogue, draw: Draw, rng: random.Random) -> None:
    """Searches, finds nothing, searches for the broader subject."""
    _find_nothing(dialogue, draw, rng)
    _search_for(dialogue, draw, draw.slots["term"], rng.randint(3, 8))


def _find_nothing(dialogue: Dialogue, draw: Draw, rng: random.Random) -> None:
    if dialogue.call("workspace.search", {"query": draw.slots["odd"], "top_k": rng.randint(3, 8)})[
        "documents"
    ]:
        raise MisfitError("something was found")


def _search_for(dialogue: Dialogue, draw: Draw, query: str, top_k: int) -> None:
    hits = dialogue.call("workspace.search", {"query": query, "top_k": top_k})["documents"]
    if not hits or hits[0]["doc_id"] != draw.things["document"].doc_id:
        raise MisfitError("the search finds something else")
    dialogue.answer(query)


def choose_window(pool: Pool, rng: random.Random) -> Draw | None:
    """A window that ends before it begins, or one in a year before the logs."""
    draw = choose_filters(pool, rng)
    if draw is None:
        return None
    start, end = str(draw.things["start"]), str(draw.things["end"])
    wrong = TimeWindow(end, start)
    if rng.random() < 0.5 and "-02-29" not in start + end:
        year = int(start[:4]) - rng.randint(1, 8)
        wrong = TimeWindow(f"{year}{start[4:]}", f"{year + int(end[:4]) - int(start[:4])}{end[4:]}")
    slots = {**draw.slots, "window": say_window(wrong, pool.language)}
    return Draw(slots, {"start": wrong.start, "end": wrong.end, "right": {"start": start, "end": end}})


def play_window(dialogue: Dialogue, draw: Draw, rng: random.Random) -> None:
    """Counts in a wrong window, then in the one that must be meant."""
    filters = read_filters(draw, dialogue.asked)
    if "error" not in dialogue.call("obs.count", filters):
        raise MisfitError("the window is not wrong")
    dialogue.call("obs.count", {**filters, **draw.things["right"]})
    skip_most_zeros(dialogue, rng)
    dialogue.answer()


GET, SEARCH, COUNT = "workspace.get_doc", "workspace.search", "obs.count"
PLANS = [
    Plan("ERROR_RECOVERY/no_document_named", "error", 0.014, (GET,), choose_missing, play_missing_section),
    Plan(
        "ERROR_RECOVERY/no_text_named",
        "error",
        0.004,
        ("workspace.summarize",),
        choose_missing,
        play_missing_text,
    ),
    Plan(
        "ERROR_RECOVERY/no_file_named", "error", 0.012, ("repo.read_file",), choose_missing, play_missing_path
    ),
    Plan("ERROR_RECOVERY/unknown_document", "error", 0.02, (GET,), choose_unknown, play_unknown),
    Plan("ERROR_RECOVERY/nothing_found", "error", 0.02, (SEARCH,), choose_nothing, play_nothing),
    Plan(
        "ERROR_RECOVERY/no_query", "error", 0.002, (SEARCH, SEARCH), choose_missing, play_missing_then_search
    ),
    Plan(
        "ERROR_RECOVERY/unknown_then_list",
        "error",
        0.013,
        (GET, "workspace.list_docs"),
        choose_unknown_in,
        play_unknown_then_list,
    ),
    Plan("ERROR_RECOVERY/broader", "error", 0.013, (SEARCH, SEARCH), choose_broader, play_broader),
    Plan("ERROR_RECOVERY/wrong_window", "error", 0.009, (COUNT, COUNT), choose_window, play_window),
]
