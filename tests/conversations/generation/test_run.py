"""The command as a user runs it."""

import dataclasses
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import orjson
import pytest

from conversations.generation.generation import ConversationSettings, hold_all, plan_conversations
from conversations.generation.run import main
from tests.conversations.generation.corpus import build_artifacts
from tests.toolworlds.catalogue.travel import endpoint
from toolworlds.catalogue.artifacts import SEED_TOOLS, build_catalogue, write_artifacts
from toolworlds.records.conversations import Conversation
from utils import read_lines

ROOT = Path(__file__).resolve().parents[3]


def run(output: Path, *flags: str) -> int:
    return main(["--output", str(output), "--artifacts", str(build_artifacts()), *flags])


def test_asked_for_n_it_writes_n(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """As many lines as asked for, ids in order, coverage on the screen; run again there is nothing to do."""
    path = tmp_path / "c.jsonl"
    assert run(path, "--n", "12", "--seed", "3") == 0
    made = [Conversation.model_validate(line) for line in read_lines(path)]
    assert [one.conversation_id for one in made] == [f"conv_3_{n:04}" for n in range(1, 13)]
    shown = capsys.readouterr().out
    assert "domains" in shown and "█" in shown and "12 conversations in" in shown
    before = path.read_bytes()
    assert run(path, "--n", "12", "--seed", "3") == 0
    assert "12 done, 0 to do" in capsys.readouterr().out
    assert path.read_bytes() == before


def test_a_longer_run_begins_with_the_shorter_one(tmp_path: Path) -> None:
    """Going on after a kill or with more gives the bytes of one run."""
    short, whole = tmp_path / "short.jsonl", tmp_path / "whole.jsonl"
    assert run(whole, "--n", "20") == 0
    assert run(short, "--n", "8") == 0
    assert whole.read_bytes().startswith(short.read_bytes())
    short.rename(tmp_path / "short.jsonl.part")
    with (tmp_path / "short.jsonl.part").open("r+b") as part:
        part.truncate(part.seek(0, os.SEEK_END) - 40)
    assert run(short, "--n", "20") == 0
    assert short.read_bytes() == whole.read_bytes()


def test_bytes_depend_on_neither_processes_nor_hash_seed(tmp_path: Path) -> None:
    """One process, three processes, another PYTHONHASHSEED: the same file."""
    files = []
    for jobs, hash_seed in (("1", "0"), ("3", "1"), ("1", "77")):
        path = tmp_path / f"{jobs}_{hash_seed}.jsonl"
        command = [sys.executable, "-m", "conversations", "generate", "--n", "1100", "--output", str(path)]
        command += ["--artifacts", str(build_artifacts()), "--jobs", jobs]
        env = {**os.environ, "PYTHONHASHSEED": hash_seed}
        subprocess.run(command, cwd=ROOT, env=env, check=True, capture_output=True)
        files.append(path.read_bytes())
    assert files[0] == files[1] == files[2]


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_an_interrupted_run_is_gone_on_with(tmp_path: Path, number: signal.Signals) -> None:
    """Exit code 130 and not a word from the other processes; what is there are whole conversations."""
    path = tmp_path / "c.jsonl"
    command = [sys.executable, "-m", "conversations", "generate", "--n", "100000", "--output", str(path)]
    with subprocess.Popen([*command, "--jobs", "2"], cwd=ROOT, stdout=-3, stderr=-1) as process:
        part = tmp_path / "c.jsonl.part"
        while not (part.exists() and part.stat().st_size) and process.poll() is None:
            time.sleep(0.05)
        process.send_signal(number)
        assert process.communicate(timeout=60)[1] == b""
    assert process.returncode == 130
    assert part.read_bytes().endswith(b"}\n")


def test_the_memory_changes_what_is_made(tmp_path: Path) -> None:
    """Without it other chains are drawn, and the record says so."""
    assert run(tmp_path / "on.jsonl", "--n", "15") == 0
    assert run(tmp_path / "off.jsonl", "--n", "15", "--no-corpus-memory") == 0
    on, off = (list(read_lines(tmp_path / name)) for name in ("on.jsonl", "off.jsonl"))
    assert {one["metadata"]["corpus_memory_enabled"] for one in on} == {True}
    assert {one["metadata"]["corpus_memory_enabled"] for one in off} == {False}
    assert [o["metadata"]["endpoint_ids"] for o in on] != [o["metadata"]["endpoint_ids"] for o in off]


@pytest.mark.parametrize(
    ("flags", "told"),
    [
        (["--n", "0"], "'0' is not a whole number"),
        (["--mode", "circular"], "circular"),
        (["--artifacts", "/nowhere"], "/nowhere"),
        (["--corpus-memory", "sqlite"], "sqlite"),
        (["--corpus-memory", "qdrant", "--no-corpus-memory"], "not allowed with"),
        (["--judge-model", "big"], "--judge-model big has nothing to judge"),
        (["--seed", "9" * 20], "'99999999999999999999' is not a whole number"),
        (["--shard", "1/2"], "--shard, --limit and --retry-failed mean nothing here"),
    ],
)
def test_bad_input_is_one_line(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], flags: list[str], told: str
) -> None:
    """Exit code 2, and the line names the value."""
    assert run(tmp_path / "c.jsonl", *flags) == 2
    error = capsys.readouterr().err
    assert told in error and error.count("\n") == 1


def test_a_catalogue_without_chains_is_said_so(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Asked for parallel calls where none exist, the command fails and says why."""
    data = tmp_path / "one.json"
    tool = {"tool_name": "t", "api_list": [endpoint("ping", "Check the service", "GET", [], {})]}
    data.write_bytes(orjson.dumps([tool]))
    write_artifacts(build_catalogue(data), tmp_path / "artifacts")
    flags = ["--output", str(tmp_path / "c.jsonl"), "--artifacts", str(tmp_path / "artifacts")]
    assert main([*flags, "--mode", "parallel"]) == 2
    assert "parallel" in capsys.readouterr().err


def test_an_interrupt_keeps_what_there_is(tmp_path: Path) -> None:
    """Exit code 130 at once; the part holds whole lines, from which a later run goes on."""
    path = tmp_path / "c.jsonl"
    command = [sys.executable, "-m", "conversations", "generate", "--n", "100000", "--output", str(path)]
    command += ["--artifacts", str(build_artifacts()), "--jobs", "1"]
    process = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    part = tmp_path / "c.jsonl.part"
    deadline = time.monotonic() + 60
    while not (part.exists() and part.stat().st_size > 100_000) and time.monotonic() < deadline:
        time.sleep(0.05)
    process.send_signal(signal.SIGINT)
    assert process.wait(30) == 130
    done = len(list(read_lines(part)))
    assert done and not path.exists()
    assert run(path, "--n", str(done)) == 0
    assert len(list(read_lines(path))) == done


def test_whatever_one_conversation_raises_costs_that_one_alone() -> None:
    """A chain that nothing can be made of is told with its reason; those around it are held."""
    catalogue = build_catalogue(SEED_TOOLS).catalogue
    settings = ConversationSettings(None, 3, "mixed", remembers=False)
    plans = list(plan_conversations(settings, catalogue, None, 1, 3))
    broken = plans[1].chain.model_copy(update={"endpoint_ids": ["no_tool::no_endpoint"]})
    plans[1] = dataclasses.replace(plans[1], chain=broken)
    held = list(hold_all(settings, catalogue, iter(plans), 1))
    assert [bool(one.line) for one in held] == [True, False, True]
    assert held[1].kind == "bug" and "no_tool" in held[1].problem
