"""REPO_SEARCH_ANSWER."""

import random

from episodes.answers.code import find_definition
from episodes.dialogue import Dialogue, MisfitError
from episodes.patterns.plan import Draw, Plan
from episodes.sources import Pool


def choose_symbol(pool: Pool, rng: random.Random) -> Draw | None:
    """A constant, a definition or a logged message."""
    if not pool.symbols:
        return None
    symbol = rng.choice(pool.symbols)
    return Draw({"symbol": symbol.name}, {"symbol": symbol})


def choose_definition(pool: Pool, rng: random.Random) -> Draw | None:
    """A function or class."""
    found = [s for s in pool.symbols if s.kind == "definition"]
    if not found:
        return None
    symbol = rng.choice(found)
    return Draw({"symbol": symbol.name}, {"symbol": symbol})


def choose_line(pool: Pool, rng: random.Random) -> Draw | None:
    """A file and the line of one of its symbols."""
    if not pool.symbols:
        return None
    symbol = rng.choice(pool.symbols)
    line = max(1, symbol.line + rng.randint(-3, 3))
    return Draw({"path": symbol.path, "line": str(line)}, {"symbol": symbol, "line": line})


def choose_file(pool: Pool, rng: random.Random) -> Draw | None:
    """A file."""
    return Draw({"path": rng.choice(pool.files)}) if pool.files else None


def play_search(dialogue: Dialogue, draw: Draw, rng: random.Random) -> None:
    """Finds the symbol."""
    arguments = {"query": draw.slots["symbol"], "limit": rng.randint(3, 12)}
    if not dialogue.call("repo.search", arguments)["matches"]:
        raise MisfitError("no such line")
    dialogue.answer()


def play_read(dialogue: Dialogue, draw: Draw, rng: random.Random) -> None:
    """Finds the definition, then reads on from there."""
    matches = dialogue.call("repo.search", {"query": draw.slots["symbol"], "limit": rng.randint(3, 10)})[
        "matches"
    ]
    if not matches:
        raise MisfitError("no such line")
    first = find_definition(matches, draw.slots["symbol"])
    window = {"start_line": first["line"], "end_line": first["line"] + rng.randint(8, 20)}
    dialogue.call("repo.read_file", {"path": first["path"], **window})
    dialogue.answer()


def play_log(dialogue: Dialogue, draw: Draw, rng: random.Random) -> None:
    """Asks for the commits of the file."""
    dialogue.call("repo.log", {"path": draw.slots["path"], "limit": rng.randint(1, 10)})
    dialogue.answer()


def play_blame(dialogue: Dialogue, draw: Draw, rng: random.Random) -> None:
    """Asks who changed the line."""
    line = draw.things["line"]
    result = dialogue.call("repo.blame", {"path": draw.slots["path"], "start_line": line, "end_line": line})
    if "error" in result or not result["lines"][0]["text"]:
        raise MisfitError("no such line, or an empty one")
    dialogue.answer()


FIND, READ, LOG, BLAME = "repo.search", "repo.read_file", "repo.log", "repo.blame"
PLANS = [
    Plan("REPO_SEARCH_ANSWER/search", "repo", 0.06, (FIND,), choose_symbol, play_search),
    Plan("REPO_SEARCH_ANSWER/log", "repo", 0.015, (LOG,), choose_file, play_log),
    Plan("REPO_SEARCH_ANSWER/blame", "repo", 0.015, (BLAME,), choose_line, play_blame),
    Plan("REPO_SEARCH_ANSWER/read", "repo", 0.006, (FIND, READ), choose_definition, play_read),
]
