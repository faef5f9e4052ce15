"""`python -m conversations`: its commands say what they do, and one of them calls another."""

import shlex
from pathlib import Path

import pytest

from conversations.__main__ import COMMANDS, main
from tests.conversations.generation.corpus import build_artifacts
from utils import read_json


def read_help(capsys: pytest.CaptureFixture[str], *words: str) -> str:
    with pytest.raises(SystemExit) as end:
        main([*words, "--help"])
    assert end.value.code == 0
    return capsys.readouterr().out


def test_the_help_explains_every_command(capsys: pytest.CaptureFixture[str]) -> None:
    """One line each, and how to begin."""
    shown = read_help(capsys).splitlines()
    assert {line.split()[0] for line in shown if line.split()[:1] and line.split()[0] in COMMANDS} == set(
        COMMANDS
    )
    assert any(line.strip().startswith("python -m conversations generate") for line in shown)


@pytest.mark.parametrize("command", COMMANDS)
def test_each_command_shows_its_own_name_and_an_example(
    capsys: pytest.CaptureFixture[str], command: str
) -> None:
    """The usage and the example are what a user types."""
    shown = read_help(capsys, command)
    assert shown.startswith(f"usage: python -m conversations {command} ")
    (example, *_) = [
        line for line in shown.splitlines() if line.strip().startswith("python -m conversations")
    ]
    assert shlex.split(example)[3] == command
    assert all(word in shown for word in shlex.split(example) if word.startswith("--"))


@pytest.mark.parametrize(("words", "says"), [([], "say what to do"), (["lineage"], "lineage")])
def test_an_unknown_command_is_one_line(
    capsys: pytest.CaptureFixture[str], words: list[str], says: str
) -> None:
    """Exit code 2."""
    assert main(words) == 2
    error = capsys.readouterr().err
    assert says in error and error.count("\n") == 1


def test_generate_evaluates_as_the_command_evaluate_does(tmp_path: Path) -> None:
    """The same judged file and the same report; the judge that is named stands in the scores."""
    artifacts = ["--artifacts", str(build_artifacts())]
    made, judged, again = (tmp_path / name for name in ("c.jsonl", "c.judged.jsonl", "again/c.jsonl"))
    judge = "procedural:noop"
    flags = ["--n", "4", "--output", str(made), "--evaluate", "--judge-model", judge]
    assert main(["generate", *flags, *artifacts]) == 0
    report = read_json(tmp_path / "evaluation_report.json")
    flags = ["--input", str(made), "--output", str(again), "--role-model", f"conversation_judge={judge}"]
    assert main(["evaluate", *flags, *artifacts, "--seed", "42"]) == 0
    assert judged.read_bytes() == again.read_bytes()
    assert report == read_json(again.with_name("evaluation_report.json")) and report["total"] == 4
    assert f'"judge_model":"{judge}"' in judged.read_text()
