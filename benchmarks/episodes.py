"""Figures of episode generation at --n 30,000: pace, memory, diversity, and what must not occur.

python benchmarks/episodes.py [--n 30000] [--jobs 2]
"""

import argparse
import hashlib
import json
import os
import re
import subprocess
import sys
import tempfile
import time
from collections import Counter, defaultdict
from collections.abc import Iterator
from datetime import datetime, timedelta
from itertools import pairwise
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
CALL = "<|toolcall|>"
NONE = '{"documents":[],"total":0}'


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--n", type=int, default=30_000)
    parser.add_argument("--jobs", type=int, default=2)
    flags = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        work = Path(folder)
        call("index", work, "--index_dir", str(work / "index"))
        small = generate(work, "small", 1000, 1)
        plain = generate(work, "plain", flags.n, flags.jobs)
        checked = generate(work, "checked", flags.n, 1, "--verify-all", hash_seed="7")
        report(work, flags.n, small, plain, checked)


def call(module: str, work: Path, *arguments: str, hash_seed: str = "1") -> tuple[float, float, int]:
    """(seconds, seconds of CPU, largest process in MB)."""
    line = [sys.executable, "-m", f"episodes.{module}", *arguments]
    start = time.perf_counter()
    process = subprocess.Popen(
        line, cwd=ROOT, env={**os.environ, "PYTHONHASHSEED": hash_seed}, stdout=subprocess.DEVNULL
    )
    _, status, usage = os.wait4(process.pid, 0)
    if status:
        raise SystemExit(f"episodes.{module} failed")
    return time.perf_counter() - start, usage.ru_utime + usage.ru_stime, usage.ru_maxrss // 1024


def generate(
    work: Path, name: str, count: int, jobs: int, *more: str, hash_seed: str = "1"
) -> tuple[float, float, int]:
    places = ("--index_dir", str(work / "index"), "--out", str(work / name))
    return call("run", work, *places, "--n", str(count), "--jobs", str(jobs), *more, hash_seed=hash_seed)


def read(work: Path, name: str) -> Iterator[tuple[str, dict[str, object]]]:
    for split in ("train", "validation"):
        with (work / name / f"{split}.jsonl").open() as file:
            for line in file:
                yield split, json.loads(line)


def digest(work: Path, name: str) -> str:
    files = ("train.jsonl", "validation.jsonl", "full_results.jsonl", "summary.json")
    return hashlib.sha256(b"".join((work / name / file).read_bytes() for file in files)).hexdigest()


def describe(run: tuple[float, float, int]) -> str:
    return f"{run[0]:.1f} ({run[1]:.1f} of CPU), largest process {run[2]} MB"


def report(
    work: Path,
    count: int,
    small: tuple[float, float, int],
    plain: tuple[float, float, int],
    checked: tuple[float, float, int],
) -> None:
    requests: Counter[str] = Counter()
    sides: dict[str, dict[str, set[str]]] = {s: defaultdict(set) for s in ("train", "validation")}
    exchanges, failing, steps, top_k = set(), set(), Counter[int](), Counter[int]()
    dumps, torn = 0, 0
    for split, row in read(work, "plain"):
        messages = row["messages"]
        assert isinstance(messages, list)
        requests[messages[0]["content"]] += 1
        sides[split]["episodes"].add("\n".join(m["content"] for m in messages))
        sides[split]["requests"].update(m["content"] for m in messages if m["role"] == "user")
        meta = row["meta"]
        assert isinstance(meta, dict)
        sides[split]["templates"].add(meta["template"])
        sides[split]["cited files"].update(meta["documents"])
        results = [(a["content"], b["content"]) for a, b in pairwise(messages) if b["role"] == "toolresult"]
        sides[split]["hours"].update(hour for call, _ in results for hour in list_hours(call))
        answers = [a["content"] for a in messages if a["role"] == "assistant" and CALL not in a["content"]]
        dumps += any(is_dump(answer, [json.loads(result) for _, result in results]) for answer in answers)
        torn += any(not re.search(r"[.!?…\])\"“”`*:\d]$", answer) for answer in answers)
        steps[min(2, len(results))] += 1
        if not results:
            exchanges.add("\n".join(m["content"] for m in messages))
        failing |= {c for c, result in results if result.startswith('{"error"') or result == NONE}
        top_k.update(
            int(c.split('"top_k":')[1].split(",")[0].split("}")[0]) for c, _ in results if '"top_k":' in c
        )
    shared = {name: len(sides["train"][name] & sides["validation"][name]) for name in sides["train"]}
    lines = {
        f"{count:,} episodes, seconds": describe(plain),
        "1,000 episodes, seconds": describe(small),
        "with --verify-all, seconds": f"{describe(checked)}; all results the tools' own",
        "unique requests": f"{len(requests) / count:.4f}",
        "distinct no-tool exchanges": f"{len(exchanges):,}",
        "distinct failing calls": f"{len(failing):,}",
        "top_k values": sorted(top_k),
        "answers that are dumps / torn off": f"{dumps} / {torn}",
        "one call / several / none": " / ".join(f"{steps[k] / count:.2%}" for k in (1, 2, 0)),
        "same bytes, other hash seed and jobs": digest(work, "plain") == digest(work, "checked"),
        "in both splits": ", ".join(f"{number} {name}" for name, number in shared.items()),
    }
    for name, value in lines.items():
        print(f"{name:<40} {value}")


def list_hours(call: str) -> Iterator[str]:
    """The hours of the logs that a call asks about, where its window is a right one."""
    times = re.findall(r'"(?:start|end)":"([^"]+)"', call)
    if len(times) == 2 and times[0] < times[1]:
        start, end = (datetime.fromisoformat(time) for time in times)
        for number in range(int((end - start).total_seconds()) // 3600):
            yield (start + timedelta(hours=number)).isoformat()


def is_dump(answer: str, results: list[dict[str, object]]) -> bool:
    """Whether an answer is overlong or holds a whole text of some length."""
    texts = [str(result.get("text", "")) for result in results]
    return len(answer) > 900 or any(len(text) > 400 and text in answer for text in texts)


if __name__ == "__main__":
    main()
