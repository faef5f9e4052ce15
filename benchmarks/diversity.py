"""How many different requests and call shapes there are, with names, ids, numbers and dates masked.

    python benchmarks/diversity.py --dataset output/task_content.jsonl

A request's skeleton is its text with every value that the world or the ground truth holds, every number,
date and quoted word replaced by a mask. A call shape is the list of tools with the names of the arguments
given. Both are counted over the first 100, 1,000 and 10,000 rows in a seeded order.
"""

import argparse
import random
import re
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import orjson

from toolworlds.language.numbers import NUMBER_WORDS

MONTHS = "january|february|march|april|may|june|july|august|september|october|november|december"
DAYS = "monday|tuesday|wednesday|thursday|friday|saturday|sunday|today|tomorrow|yesterday"
NUMERIC = re.compile(
    rf"\b({MONTHS}|{DAYS}|{'|'.join(NUMBER_WORDS[1:13])})\b|\d[\d.,:/-]*(st|nd|rd|th)?", re.IGNORECASE
)
REPEATED = re.compile(r"(_[\s_]*)+")


def list_words(value: object) -> Iterator[str]:
    """Every string within a JSON value."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for held in value.values():
            yield from list_words(held)
    elif isinstance(value, list):
        for held in value:
            yield from list_words(held)


def mask(row: dict[str, object]) -> str:
    """The request's skeleton."""
    text = str(row["summary"])
    words = {word.replace("_", " ") for word in list_words([row["initial_state"], row["gt_calls"]])}
    for word in sorted((w for w in words if len(w) > 1), key=len, reverse=True):
        if word.lower() in text.lower():
            text = re.sub(rf"(?<!\w){re.escape(word)}(?!\w)", "_", text, flags=re.IGNORECASE)
    return REPEATED.sub("_ ", NUMERIC.sub("_", text)).strip()


def shape(row: dict[str, object]) -> str:
    """The calls without their values."""
    calls = row["gt_calls"]
    assert isinstance(calls, list)
    return " > ".join(f"{call['name']}({','.join(sorted(call['arguments']))})" for call in calls)


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--dataset", type=Path, required=True)
    parser.add_argument("--seed", type=int, default=0)
    args = parser.parse_args()
    with args.dataset.open("rb") as file:
        rows = [(mask(row), shape(row), str(row["env_id"])) for row in map(orjson.loads, file)]
    random.Random(args.seed).shuffle(rows)
    print(f"{'tasks':>7} {'environments':>13} {'skeletons':>10} {'most frequent':>14} {'call shapes':>12}")
    for count in sorted({*(n for n in (100, 1_000, 10_000) if n < len(rows)), len(rows)}):
        skeletons, shapes, specs = (Counter(column) for column in zip(*rows[:count], strict=True))
        most = skeletons.most_common(1)[0][1] / count
        print(f"{count:7} {len(specs):13} {len(skeletons):10} {most:14.2%} {len(shapes):12}")


if __name__ == "__main__":
    main()
