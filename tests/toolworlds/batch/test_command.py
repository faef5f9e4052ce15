import argparse
import errno
import logging
import os
import subprocess
import sys
from pathlib import Path
from textwrap import dedent

import pytest

from toolworlds.batch.command import Run, run_command, run_flags
from toolworlds.batch.options import CommonOptions, StageParser, add_common_flags
from toolworlds.errors import UserError


def make_parser() -> StageParser:
    parser = StageParser("some.run", "Makes things.\n\n    python -m some.run --seed 3")
    add_common_flags(parser)
    return parser


async def succeed(arguments: argparse.Namespace, options: CommonOptions) -> int:
    return options.seed


async def complain(arguments: argparse.Namespace, options: CommonOptions) -> int:
    raise UserError("the disk is full;\nfree some space")


def test_the_exit_code_is_what_run_returns() -> None:
    """Nothing is added to it."""
    assert run_command(make_parser(), succeed, ["--seed", "1"]) == 1


async def stumble(arguments: argparse.Namespace, options: CommonOptions) -> int:
    raise PermissionError(errno.EACCES, "denied", "/some/file")


@pytest.mark.parametrize(
    ("run", "argv"), [(complain, []), (stumble, []), (succeed, ["--shard", "x"]), (succeed, ["--nope"])]
)
def test_what_the_user_must_mend_is_one_line(
    run: Run, argv: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    """One line on stderr, nothing on stdout, exit code 2."""
    assert run_command(make_parser(), run, argv) == 2
    out, err = capsys.readouterr()
    assert (out, err.count("\n"), err.startswith("error: ")) == ("", 1, True)


def test_a_command_without_a_model_has_the_same_face(capsys: pytest.CaptureFixture[str]) -> None:
    """Its exit code is its own; what the user must mend is one line."""

    def run(arguments: argparse.Namespace) -> int:
        if arguments.limit:
            raise UserError("the disk is full;\nfree some space")
        return 3

    assert run_flags(make_parser(), run, []) == 3
    assert run_flags(make_parser(), run, ["--limit", "1"]) == 2
    assert capsys.readouterr().err == "error: the disk is full; free some space\n"


def test_whoever_closes_the_output_has_seen_enough() -> None:
    """`… | head -1` ends a command that shows things without a word."""
    script = """
        from toolworlds.batch.command import run_flags
        from toolworlds.batch.options import StageParser
        def show(arguments):
            for number in range(100_000):
                print(number)
            return 1
        raise SystemExit(run_flags(StageParser("some.show", "Shows things."), show, []))
    """
    command = [sys.executable, "-c", dedent(script)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as running:
        assert running.stdout and running.stderr
        assert running.stdout.readline() == "0\n"
        running.stdout.close()
        assert running.stderr.read() == ""
    assert running.returncode == 0


def test_tracebacks_are_logged_only_when_verbose(capsys: pytest.CaptureFixture[str]) -> None:
    """And no other library becomes talkative."""

    async def talk(arguments: argparse.Namespace, options: CommonOptions) -> int:
        logging.getLogger("toolworlds.batch.runner").debug("item_1 failed")
        logging.getLogger("http").debug("Authorization: Bearer key")
        return 0

    run_command(make_parser(), talk, ["--verbose"])
    assert capsys.readouterr().err == "DEBUG toolworlds.batch.runner: item_1 failed\n"
    run_command(make_parser(), talk, [])
    assert capsys.readouterr().err == ""
    run_command(make_parser(), talk, ["--verbose"])
    capsys.readouterr()

    def murmur(arguments: argparse.Namespace) -> int:
        logging.getLogger("toolworlds.batch.runner").debug("item_1 failed")
        return 0

    run_flags(make_parser(), murmur, [])
    assert capsys.readouterr().err == ""


def test_help_shows_purpose_example_and_flags(capsys: pytest.CaptureFixture[str]) -> None:
    """The module's docstring is shown as it is written."""
    with pytest.raises(SystemExit) as end:
        run_command(make_parser(), succeed, ["--help"])
    out = capsys.readouterr().out
    assert end.value.code == 0
    assert "    python -m some.run --seed 3\n" in out
    assert "--retry-failed" in out


def test_an_interrupt_outside_the_loop_is_130(tmp_path: Path) -> None:
    """Ctrl-C while a run is being set up leaves no traceback."""
    script = tmp_path / "interrupted.py"
    script.write_text(
        dedent("""
        import os, signal, sys
        from toolworlds.batch.command import run_command
        from toolworlds.batch.options import StageParser, add_common_flags

        async def run(arguments, options):
            os.kill(os.getpid(), signal.SIGINT)

        parser = StageParser("some.run", "")
        add_common_flags(parser)
        sys.exit(run_command(parser, run, []))
        """)
    )
    ended = subprocess.run(
        [sys.executable, str(script)], capture_output=True, text=True, env={"PYTHONPATH": "."}
    )
    assert (ended.returncode, ended.stderr) == (130, "")


def test_a_narrow_terminal_shows_another_character(tmp_path: Path) -> None:
    """An ascii terminal ends no run."""
    script = """
        from toolworlds.batch.command import run_flags
        from toolworlds.batch.options import StageParser

        def show(arguments):
            print("\\u2588 5")
            return 0

        raise SystemExit(run_flags(StageParser("some.show", "Shows things."), show, []))
    """
    command = [sys.executable, "-c", dedent(script)]
    environment = {**os.environ, "PYTHONIOENCODING": "ascii"}
    ran = subprocess.run(command, capture_output=True, text=True, env=environment)
    assert (ran.returncode, ran.stdout) == (0, "? 5\n")
