"""OBS_COUNT_AGG_DRILLDOWN and LOGS_TO_CODE."""

import random

from episode_generation.dialogue import Dialogue, MisfitError
from episode_generation.patterns.plan import Draw, Plan
from episode_generation.sources import Pool, Window
from records.base import Json

LEVELS = ("ERROR", "WARN", "INFO")
FEWER_ZEROS = 0.8
"""How many of the counts that come to nothing are drawn again; some are worth showing."""
GROUPS = ("service", "message", "level", "hour", "status")


def say_window(window: Window, language: str) -> str:
    """A window as a person would write it."""
    start, end = window.start.replace("T", " "), window.end.replace("T", " ")
    if start[:10] == end[:10]:
        end = end[11:]
    return f"von {start} bis {end}" if language == "de" else f"from {start} to {end}"


def choose_filters(pool: Pool, rng: random.Random) -> Draw | None:
    """A window with a level, a service or a word of a message, and something to group by."""
    if not pool.windows:
        return None
    window = rng.choice(pool.windows)
    service, level = rng.choice(pool.services), rng.choice(LEVELS)
    group = rng.choice(GROUPS)
    words = rng.choice(pool.messages)
    slots = {
        "service": service,
        "level": level,
        "window": say_window(window, pool.language),
        "group": group,
        "message": words,
    }
    return Draw(slots, {"start": window.start, "end": window.end})


def read_filters(draw: Draw, asked: str) -> dict[str, Json]:
    """The filters that the user's message names."""
    filters: dict[str, Json] = {n: draw.slots[n] for n in ("service", "level") if draw.slots[n] in asked}
    if draw.slots["message"] in asked:
        filters["contains"] = draw.slots["message"]
        if draw.slots["service"] in draw.slots["message"]:
            filters.pop("service", None)
    if draw.slots["window"] in asked:
        filters |= draw.things
    return filters


def play_count(dialogue: Dialogue, draw: Draw, rng: random.Random) -> None:
    """Counts."""
    result = dialogue.call("obs.count", read_filters(draw, dialogue.asked))
    if result.get("count") == 0 and rng.random() < FEWER_ZEROS:
        raise MisfitError("one more count of nothing")
    dialogue.answer()


def _aggregate(
    dialogue: Dialogue, filters: dict[str, Json], group: str, rng: random.Random
) -> dict[str, Json]:
    arguments = {"group_by": group, **filters, "limit": rng.randint(3, 8)}
    result = dialogue.call("obs.aggregate", arguments)
    if not result.get("groups"):
        raise MisfitError("no event matches")
    return result


def play_aggregate(dialogue: Dialogue, draw: Draw, rng: random.Random) -> None:
    """Counts in groups."""
    filters = read_filters(draw, dialogue.asked)
    if draw.slots["group"] in filters:
        raise MisfitError("a group within one of its own kind")
    _aggregate(dialogue, filters, draw.slots["group"], rng)
    dialogue.answer()


def choose_trace(pool: Pool, rng: random.Random) -> Draw | None:
    """A trace that ended in an error."""
    return Draw({"trace": rng.choice(pool.traces)}) if pool.traces else None


def play_trace(dialogue: Dialogue, draw: Draw, rng: random.Random) -> None:
    """Follows a trace."""
    dialogue.call("obs.trace", {"trace_id": draw.slots["trace"]})
    dialogue.answer()


def play_drilldown(dialogue: Dialogue, draw: Draw, rng: random.Random) -> None:
    """Counts, groups by message, and looks at the latest events of the largest group."""
    filters = read_filters(draw, dialogue.asked)
    counted = dialogue.call("obs.count", filters)
    if counted.get("count", 0) < 2:
        raise MisfitError("too few events")
    top = _aggregate(dialogue, filters, "message", rng)["groups"][0]["key"]
    dialogue.call("obs.drilldown", {**filters, "contains": top, "limit": rng.randint(1, 4)})
    dialogue.answer()


def play_logs_to_code(dialogue: Dialogue, draw: Draw, rng: random.Random) -> None:
    """Finds the most frequent message, then the line of code that writes it."""
    top = _aggregate(dialogue, read_filters(draw, dialogue.asked), "message", rng)["groups"][0]["key"]
    if not dialogue.call("repo.search", {"query": top, "limit": rng.randint(2, 8)}).get("matches"):
        raise MisfitError("the code does not hold the message")
    dialogue.answer()


COUNT, AGG, TRACE, DRILL = "obs.count", "obs.aggregate", "obs.trace", "obs.drilldown"
PLANS = [
    Plan("OBS_COUNT_AGG_DRILLDOWN/count", "observability", 0.05, (COUNT,), choose_filters, play_count),
    Plan("OBS_COUNT_AGG_DRILLDOWN/aggregate", "observability", 0.03, (AGG,), choose_filters, play_aggregate),
    Plan("OBS_COUNT_AGG_DRILLDOWN/trace", "observability", 0.01, (TRACE,), choose_trace, play_trace),
    Plan(
        "OBS_COUNT_AGG_DRILLDOWN/drilldown",
        "observability",
        0.006,
        (COUNT, AGG, DRILL),
        choose_filters,
        play_drilldown,
    ),
    Plan("LOGS_TO_CODE/top_message", "cross", 0.006, (AGG, "repo.search"), choose_filters, play_logs_to_code),
]
