"""OBS_COUNT_AGG_DRILLDOWN and LOGS_TO_CODE."""

import random
import re

from episodes.dialogue import Dialogue, MisfitError
from episodes.patterns.plan import Draw, Plan
from episodes.sources import Pool
from episodes.windows import TimeWindow
from toolworlds.records.base import Json

LEVELS = ("ERROR", "WARN", "INFO")
FEWER_ZEROS = 0.8
"""How many of the counts that come to nothing, or to one group, are drawn again; some are worth showing."""
GROUPS = ("service", "message", "level", "hour", "status")


def say_window(window: TimeWindow, language: str) -> str:
    """A window as a person would write it."""
    start, end = window.start.replace("T", " "), window.end.replace("T", " ")
    if start[:10] == end[:10]:
        end = end[11:]
    return f"von {start} bis {end}" if language == "de" else f"from {start} to {end}"


def choose_filters(pool: Pool, rng: random.Random) -> Draw | None:
    """A window with a level, a service or a word of a message, and something to group by."""
    if not pool.logs.windows:
        return None
    window = rng.choice(pool.logs.windows)
    service, level = rng.choice(pool.logs.services), rng.choice(LEVELS)
    group = rng.choice(GROUPS)
    words = rng.choice(pool.logs.messages)
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
    slots = draw.slots
    message = slots.get("message", "")
    rest = asked.replace(message, "") if message else asked
    filters: dict[str, Json] = {
        name: slots[name]
        for name in ("service", "level")
        if re.search(rf"\b{re.escape(slots[name])}\b", rest)
    }
    if rest != asked:
        filters["contains"] = message
    if slots["window"] in asked:
        filters |= {name: draw.things[name] for name in ("start", "end")}
    return filters


def play_count(dialogue: Dialogue, draw: Draw, rng: random.Random) -> None:
    """Counts."""
    dialogue.call("obs.count", read_filters(draw, dialogue.asked))
    skip_most_zeros(dialogue, rng)
    dialogue.answer()


def skip_most_zeros(dialogue: Dialogue, rng: random.Random) -> None:
    """Raises MisfitError for most counts of nothing."""
    if dialogue.exchanges[-1].result.get("count") == 0 and rng.random() < FEWER_ZEROS:
        raise MisfitError("one more count of nothing")


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
    result = _aggregate(dialogue, filters, draw.slots["group"], rng)
    if result["groups_total"] == 1 and (result["total"] < 3 or rng.random() < FEWER_ZEROS):
        raise MisfitError("one more group alone")
    dialogue.answer()


def choose_trace(pool: Pool, rng: random.Random) -> Draw | None:
    """A trace that ended in an error."""
    return Draw({"trace": rng.choice(pool.logs.traces)}) if pool.logs.traces else None


def play_trace(dialogue: Dialogue, draw: Draw, rng: random.Random) -> None:
    """Follows a trace."""
    dialogue.call("obs.trace", {"trace_id": draw.slots["trace"]})
    dialogue.answer()


def play_drilldown(dialogue: Dialogue, draw: Draw, rng: random.Random) -> None:
    """Counts, groups by message, and looks at the latest events of the largest group."""
    filters = read_filters(draw, dialogue.asked)
    counted = dialogue.call("obs.count", filters)
    if counted.get("count", 0) < 3:
        raise MisfitError("too few events")
    groups = _aggregate(dialogue, filters, "message", rng)["groups"]
    if [group["count"] for group in groups].count(groups[0]["count"]) > 1:
        raise MisfitError("no message leads")
    top = groups[0]["key"]
    dialogue.call("obs.drilldown", {**filters, "contains": top, "limit": rng.randint(1, 4)})
    dialogue.answer()


def choose_origin(pool: Pool, rng: random.Random) -> Draw | None:
    """A service and level that log from the pool's code, and a window."""
    if not (pool.logs.windows and pool.logs.origins):
        return None
    origin, window = rng.choice(pool.logs.origins), rng.choice(pool.logs.windows)
    slots = {"service": origin.service, "level": origin.level, "window": say_window(window, pool.language)}
    return Draw(slots, {"start": window.start, "end": window.end})


def play_logs_to_code(dialogue: Dialogue, draw: Draw, rng: random.Random) -> None:
    """Finds the most frequent message, then the line of code that writes it."""
    result = _aggregate(dialogue, read_filters(draw, dialogue.asked), "message", rng)
    if result["groups"][0]["count"] < 2:
        raise MisfitError("too few events")
    top = result["groups"][0]["key"]
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
    Plan("LOGS_TO_CODE/top_message", "cross", 0.006, (AGG, "repo.search"), choose_origin, play_logs_to_code),
]
