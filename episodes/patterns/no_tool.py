"""NO_TOOL: what is answered without a call, near misses among it."""

import random
from datetime import date, timedelta
from functools import lru_cache, partial

from episodes.dialogue import Dialogue
from episodes.patterns.plan import Draw, Plan
from episodes.phrasing import DRESSED_SHARE, load_phrases, phrase_request
from episodes.sources import Pool
from episodes.splits import split_pool
from toolworlds.language.days import write_day, write_german_day
from toolworlds.language.phrases import fill, list_places
from toolworlds.language.words import raise_first
from toolworlds.records.base import Json
from toolworlds.records.episodes import Language, Split


@lru_cache(maxsize=256)
def _read_table(language: Language, split: Split, name: str) -> list[Json]:
    """The rows for this split; names and moods, which say nothing of their own, serve both."""
    rows = load_phrases("no_tool")[language]["tables"][name]
    return split_pool(rows, name)[split] if name in ("term", "word") else rows


def _fill_row(name: str, row: Json) -> dict[str, str]:
    """What a row fills: `{row}` with its first column, `{row.1}` and `{row.name}` with the others."""
    if isinstance(row, str):
        return {name: row}
    columns = row if isinstance(row, dict) else dict(enumerate(row))
    parts = {f"{name}.{key}": str(value) for key, value in columns.items()}
    return {name: str(columns.get("name", columns.get(0))), **parts}


@lru_cache(maxsize=64)
def _list_exchanges(language: Language, split: Split, kind: str) -> list[tuple[int, str, str]]:
    written = load_phrases("no_tool")[language][kind]
    numbered = [(number, asked, answer) for number, (asked, answer) in enumerate(written)]
    return split_pool(numbered, f"{language} {kind}")[split]


def choose_exchange(kind: str, pool: Pool, rng: random.Random) -> Draw | None:
    """A request and its answer, both from the tables."""
    number, asked, answer = rng.choice(_list_exchanges(pool.language, pool.split, kind))
    names = {place.split(".")[0] for place in list_places(asked) | list_places(answer)}
    slots: dict[str, str] = {"day": str(rng.randint(10, 29)), "count": str(rng.randint(3, 9))}
    for name in sorted(names - set(slots)):
        row = rng.choice(_read_table(pool.language, pool.split, name))
        slots |= _fill_row(name, row)
    dressed = 0 if kind == "chitchat" else DRESSED_SHARE
    request = phrase_request(asked, slots, pool.language, rng, dressed)
    said = fill(answer, slots, rng)
    template = f"NO_TOOL/{kind}/{pool.language}/{number}"
    return Draw({}, {"answer": said if answer.startswith("{tool") else raise_first(said)}, request, template)


def choose_sum(pool: Pool, rng: random.Random) -> Draw | None:
    """A small calculation, done by code."""
    kinds = load_phrases("arithmetic")[pool.language]
    kind = rng.choice(sorted(kinds))
    asks = split_pool(list(enumerate(kinds[kind]["ask"])), f"{pool.language} {kind}")[pool.split]
    number, asked = rng.choice(asks)
    slots = calculate(kind, pool.language, rng)
    request = phrase_request(asked, slots, pool.language, rng)
    answer = fill(rng.choice(kinds[kind]["answer"]), slots, rng)
    return Draw({}, {"answer": answer}, request, f"NO_TOOL/arithmetic/{pool.language}/{kind}{number}")


def calculate(kind: str, language: Language, rng: random.Random) -> dict[str, str]:
    """Numbers and the right result, written as the language does."""
    a, b = rng.randint(12, 990), rng.randint(12, 990)
    if kind == "difference":
        a, b = max(a, b) + 1, min(a, b)
    if kind == "product":
        a, b = rng.randint(3, 48), rng.randint(11, 260)
    if kind == "percent":
        a, b = rng.randint(2, 60), rng.randrange(50, 9000, 50)
    if kind == "minutes":
        a = rng.randint(121, 2000)
    if kind == "days":
        start = date(2026, 1, 1) + timedelta(days=rng.randrange(700))
        a = rng.randint(5, 180)
        return {
            "a": str(a),
            "date": _say_date(start, language),
            "result": _say_date(start + timedelta(a), language),
        }
    results = {"sum": a + b, "difference": a - b, "product": a * b, "percent": a * b / 100}
    shown = f"{results.get(kind, 0):,.10g}"
    if language == "de":
        shown = shown.translate(str.maketrans(",.", ".,"))
    return {"a": str(a), "b": str(b), "result": shown, "hours": str(a // 60), "rest": str(a % 60)}


def _say_date(day: date, language: Language) -> str:
    return write_german_day(day) if language == "de" else write_day(day)


def play_answer(dialogue: Dialogue, draw: Draw, rng: random.Random) -> None:
    """Answers at once."""
    dialogue.say(str(draw.things["answer"]))


SHARES = {
    "chitchat": 0.045,
    "definition": 0.05,
    "language": 0.02,
    "clarification": 0.055,
    "about_tools": 0.025,
    "near_miss": 0.035,
}
PLANS = [
    Plan(f"NO_TOOL/{kind}", "no_tool", share, (), partial(choose_exchange, kind), play_answer)
    for kind, share in SHARES.items()
]
PLANS.append(Plan("NO_TOOL/arithmetic", "no_tool", 0.07, (), choose_sum, play_answer))
