"""How long a catalogue of 10,000 messy endpoints in ToolBench's format takes to build, and how much memory.

The catalogue is made up in ToolBench's own layout, a folder tree by category: duplicate names, missing types,
empty schemas, strings for booleans, names in other alphabets, entries and files that are broken.

    python benchmarks/catalogue.py --endpoints 10000
"""

import argparse
import json
import random
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent


def split(words: str) -> list[str]:
    """The words of a list written as one text."""
    return words.split()


THINGS = split(
    "hotel flight car restaurant recipe movie song artist player team match product "
    "order payment account user "
    "post photo video article city station weather forecast job course doctor "
    "patient lesson ticket event game "
    "book quote coin stock exchange parcel address domain email phone image document word language"
)
CATEGORIES = split(
    "Travel Food Sports Finance Music Movies Weather Social Education Health_and_Fitness Jobs Data eCommerce "
    "Advertising Artificial_Intelligence_Machine_Learning Video_Images Text_Analysis "
    "Location News_Media Gaming"
)
VERBS = split(
    "get list search create update delete fetch find show Get_all check Convert by "
    "translate 查询 Obtenir détails"
)
TYPES = [
    "STRING",
    "STRING",
    "NUMBER",
    "BOOLEAN",
    "ENUM",
    "string",
    "Integer",
    "",
    None,
    "DATE (YYYY-MM-DD)",
    7,
]
NAMES = ["Zoë's {}", "{} API", "{}_api", "{}", "The {} Finder", "{}データ", "  {}  ", "Überall-{}"]


def make_parameter(thing: str, rng: random.Random) -> Any:
    name = rng.choice(
        [f"{thing}_id", f"{thing}Id", "id", "query", "city", "date", "limit", "currency", "", "page"]
    )
    entry: dict[str, Any] = {
        "name": name,
        "type": rng.choice(TYPES),
        "description": rng.choice(["", f"the {name}"]),
    }
    if rng.random() < 0.4:
        entry["default"] = rng.choice(["", "true", "False", "10", 3, None, "abc", []])
    if rng.random() < 0.1:
        entry["enum"] = rng.choice([["a", "b", "b"], "asc, desc", [1, "2", None], {}])
    return entry if rng.random() > 0.01 else rng.choice([None, "id", 3])


def make_reply(thing: str, rng: random.Random) -> Any:
    number = rng.randrange(10**6)
    one: dict[str, Any] = {
        f"{thing}_id": rng.choice([f"{thing[:2]}-{number}", number]),
        "name": f"Ünïcode {thing}",
    }
    one |= {"city": "São Paulo", "price": 12.5, "active": rng.choice([True, "true", None])}
    one["owner"] = {"id": number, "email": "a@b.example"}
    return rng.choice(
        [{f"{thing}s": [one, {**one, "price": 9}], "total": 2}, one, [one], {"data": {"results": [one]}}]
    )


def make_endpoint(thing: str, rng: random.Random) -> Any:
    if rng.random() < 0.005:
        return rng.choice([None, "GET /", ["list"], {"name": "x", "required_parameters": "none"}])
    reply = make_reply(thing, rng)
    written = rng.choice([reply, json.dumps(reply), "", {}, None, "<html>"])
    schema = rng.choice(["", {}, None, {"type": "object"}, {"type": "objekt", "properties": {}}, "{}"])
    name = rng.choice([thing, f"{thing}s", thing.title()])
    return {
        "name": f"{rng.choice(VERBS)}{rng.choice(['_', ' ', ''])}{name}",
        "url": "https://x.example/",
        "description": rng.choice(["", None, f"Returns the {thing}s you asked for.", "リスト"]),
        "method": rng.choice(["GET", "GET", "get", "POST", "DELETE", None, "FETCH"]),
        "required_parameters": [make_parameter(thing, rng) for _ in range(rng.randrange(3))],
        "optional_parameters": [make_parameter(thing, rng) for _ in range(rng.randrange(4))],
        "code": "", "statuscode": 200, "headers": "", "body": written, "schema": schema,
    }  # fmt: skip


def make_tool(rng: random.Random, count: int) -> dict[str, Any]:
    thing = rng.choice(THINGS)
    endpoints = [
        make_endpoint(thing if rng.random() < 0.7 else rng.choice(THINGS), rng) for _ in range(count)
    ]
    return {
        "tool_name": rng.choice(NAMES).format(thing.title()),
        "tool_description": rng.choice(["", None, f"All about {thing}s."]),
        "title": thing, "home_url": "", "host": "x.example", "api_list": endpoints,
    }  # fmt: skip


def write_catalogue(folder: Path, endpoints: int, seed: int) -> int:
    """Writes the tree; returns how many endpoints are in it, broken ones included."""
    rng = random.Random(seed)
    written = 0
    number = 0
    while written < endpoints:
        count = min(rng.choice([1, 2, 3, 5, 8, 13, 40]), endpoints - written)
        file = folder / rng.choice(CATEGORIES) / f"tool_{number}.json"
        file.parent.mkdir(parents=True, exist_ok=True)
        text = json.dumps(make_tool(rng, count), ensure_ascii=False)
        file.write_text(text if rng.random() > 0.002 else text[:-20])
        written += count
        number += 1
    (folder / CATEGORIES[0] / "broken.json").write_bytes(b"\xff\xfe{")
    return written


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--endpoints", type=int, default=10_000)
    parser.add_argument("--seed", type=int, default=0)
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        written = write_catalogue(folder / "tools", arguments.endpoints, arguments.seed)
        started = time.perf_counter()
        command = ["-m", "conversations", "build", "--data", "tools", "--artifacts", "artifacts"]
        environment = {"PYTHONPATH": str(ROOT), "PATH": ""}
        done = subprocess.run(
            [sys.executable, *command], cwd=folder, env=environment, capture_output=True, text=True
        )
        seconds = time.perf_counter() - started
        if done.returncode:
            raise SystemExit(done.stderr)
        peak = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024
        size = sum(file.stat().st_size for file in (folder / "artifacts").iterdir()) / 1e6
        print(done.stdout, end="")
        print(f"{written} endpoints: built in {seconds:.1f} s, {peak:.0f} MB at most; {size:.0f} MB on disk")


if __name__ == "__main__":
    main()
