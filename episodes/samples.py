"""The sample checkout and the sample log store, made from `data/` where the user names no own ones."""

import hashlib
import os
import random
import shutil
import sqlite3
import subprocess
from collections.abc import Iterator
from contextlib import closing
from datetime import datetime, timedelta
from pathlib import Path

import yaml

from episodes.command import DATA
from episodes.toolsets.git import QUIET
from toolworlds.records.base import Json
from utils import explain_os_errors

EVENT_TABLE = (
    "CREATE TABLE events (ts TEXT, level TEXT, service TEXT, trace_id TEXT, status INTEGER,"
    " duration_ms INTEGER, message TEXT, file TEXT, line INTEGER)"
)
HISTORY = DATA / "repository" / "history.yml"
EVENTS = DATA / "logs" / "events.yml"
Files = dict[str, str]


def make_repository(samples: Path) -> Path:
    """A bare repository with the history of data/repository; the same commits every time."""
    folder = samples / f"repository-{_digest(HISTORY)}"
    if (folder / "HEAD").exists():
        return folder
    building = folder.with_name(f".{folder.name}.{os.getpid()}")
    with explain_os_errors(folder):
        shutil.rmtree(building, ignore_errors=True)
        building.mkdir(parents=True)
        _git(building, "init", "--quiet", "--bare", "--initial-branch=main")
        _git(building, "fast-import", "--quiet", stdin=b"".join(_write_stream()))
        _install(building, folder)
    return folder


def make_log_store(samples: Path) -> Path:
    """A week of events, as data/logs describes it; the same rows every time."""
    path = samples / f"logs-{_digest(EVENTS, HISTORY)}.sqlite"
    if path.exists():
        return path
    rows = sorted(_draw_events(yaml.safe_load(EVENTS.read_text()), _find_lines()))
    building = path.with_name(f".{path.name}.{os.getpid()}")
    with explain_os_errors(path):
        path.parent.mkdir(parents=True, exist_ok=True)
        building.unlink(missing_ok=True)
        with closing(sqlite3.connect(building)) as database:
            database.execute(EVENT_TABLE)
            database.executemany("INSERT INTO events VALUES (?,?,?,?,?,?,?,?,?)", rows)
            database.execute("CREATE INDEX by_trace ON events (trace_id)")
            database.execute("CREATE INDEX by_time ON events (ts)")
            database.commit()
        _install(building, path)
    return path


def _digest(*files: Path) -> str:
    """Samples of other data stand beside the old ones."""
    return hashlib.sha256(b"".join(file.read_bytes() for file in (*files, Path(__file__)))).hexdigest()[:12]


def _install(building: Path, place: Path) -> None:
    """Several processes may build at once; the first one wins and the others' work is dropped unread."""
    try:
        building.rename(place)
    except OSError:
        if not place.exists():
            raise


def _git(folder: Path, *arguments: str, stdin: bytes = b"") -> None:
    subprocess.run(
        ["git", "-C", str(folder), *arguments], env=QUIET, input=stdin, check=True, capture_output=True
    )


def _read_history() -> Iterator[tuple[dict[str, Json], Files]]:
    """Each commit with the files it leaves changed."""
    files: Files = {}
    for commit in yaml.safe_load(HISTORY.read_text()):
        changed = dict(commit.get("files", {}))
        for path, edits in commit.get("edits", {}).items():
            for old, new in edits:
                if old not in files[path]:
                    raise ValueError(f"data/repository/history.yml: {path} does not hold {old!r}")
                files[path] = changed[path] = files[path].replace(old, new)
        files.update(changed)
        yield commit, changed


def _write_stream() -> Iterator[bytes]:
    for commit, files in _read_history():
        author = commit["author"]
        mail = f"{author.split()[0].lower()}@lindhafen.example"
        when = int(datetime.fromisoformat(f"{commit['date']}T10:00:00+00:00").timestamp())
        who = f"{author} <{mail}> {when} +0000"
        yield f"commit refs/heads/main\nauthor {who}\ncommitter {who}\n{_data(commit['message'])}".encode()
        for path, text in files.items():
            yield f"M 100644 inline {path}\n{_data(text)}".encode()


def _data(text: str) -> str:
    return f"data {len(text.encode())}\n{text}\n"


def _find_lines() -> dict[tuple[str, str], int]:
    """(file, message) -> the line of code that logs it."""
    files: Files = {}
    for _, changed in _read_history():
        files.update(changed)
    return {
        (path, line.split('"')[1]): number
        for path, text in files.items()
        for number, line in enumerate(text.split("\n"), 1)
        if "log." in line and '"' in line and "getLogger" not in line
    }


def _draw_events(plan: dict[str, Json], lines: dict[tuple[str, str], int]) -> Iterator[tuple[Json, ...]]:
    first = datetime.fromisoformat(str(plan["first_day"]))
    for event in plan["events"]:
        rng = random.Random(f"events:{event['message']}")
        for day in range(plan["days"]):
            for hour in range(24):
                moment = first + timedelta(days=day, hours=hour)
                for _ in range(_draw_number(event, day, hour, rng)):
                    at = moment + timedelta(seconds=rng.randrange(3600))
                    trace = f"{rng.randrange(16**8):08x}"
                    place = (event["file"], lines[event["file"], event["message"]])
                    spent = rng.randint(*event["ms"])
                    kind = (event["level"], event["service"], trace, event["status"], spent, event["message"])
                    yield (at.isoformat(), *kind, *place)
                    if event["level"] == "ERROR":
                        yield _precede(at, trace, event["service"], rng, lines)


def _precede(
    at: datetime, trace: str, service: str, rng: random.Random, lines: dict[tuple[str, str], int]
) -> tuple[Json, ...]:
    """What the same request did just before it failed."""
    before = at - timedelta(seconds=rng.randint(1, 9))
    place = ("harbour/api.py", lines["harbour/api.py", "level answered"])
    return (before.isoformat(), "INFO", "api", trace, 200, rng.randint(3, 60), "level answered", *place)


def _draw_number(event: dict[str, Json], day: int, hour: int, rng: random.Random) -> int:
    mean = event["daily"] / 24 * (1.4 if 6 <= hour < 20 else 0.45)
    peak = event.get("peak")
    if peak and (day, hour) == (peak["day"], peak["hour"]):
        mean *= peak["factor"]
    return int(mean + rng.random())
