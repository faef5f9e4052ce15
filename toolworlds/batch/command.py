"""From a command line to an exit code: the frame around each stage's `run`."""

import argparse
import asyncio
import importlib
import io
import logging
import os
import sys
from collections.abc import Awaitable, Callable, Mapping, Sequence

from toolworlds.batch.options import CommonOptions, StageParser, read_options
from toolworlds.errors import UserError
from toolworlds.files import explain_os_error

Run = Callable[[argparse.Namespace, CommonOptions], Awaitable[int]]


def run_command(parser: StageParser, run: Run, argv: Sequence[str] | None = None) -> int:
    """Parses the flags and runs; what the user must mend becomes one line on stderr and exit code 2."""
    try:
        arguments = parser.parse_args(argv)
        options = read_options(arguments)
        _set_up_log(options.verbose)
        return asyncio.run(_await(run(arguments, options)))
    except (UserError, OSError) as error:
        return report_error(error)
    except KeyboardInterrupt:
        return 130


def run_flags(
    parser: StageParser, run: Callable[[argparse.Namespace], int], argv: Sequence[str] | None = None
) -> int:
    """The same for a command that asks no model. Whoever closes its output early has seen enough."""
    try:
        _set_up_log(verbose=False)
        return run(parser.parse_args(argv))
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    except (UserError, OSError) as error:
        return report_error(error)
    except KeyboardInterrupt:
        return 130


def report_error(error: UserError | OSError) -> int:
    """Writes the one line that the user sees; returns the exit code, 2."""
    if isinstance(error, OSError):
        error = explain_os_error(error, error.filename)
    sys.stderr.write(f"error: {' '.join(str(error).split())}\n")
    return 2


async def _await(running: Awaitable[int]) -> int:
    return await running


def _set_up_log(verbose: bool) -> None:
    """Tracebacks of failed items when verbose; never the debug lines of HTTP clients, which hold keys."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="replace")  # a terminal that lacks a character shows another one
    logging.basicConfig(level=logging.WARNING, format="%(levelname)s %(name)s: %(message)s", force=True)
    logging.getLogger("toolworlds.batch").setLevel(logging.DEBUG if verbose else logging.WARNING)


def run_subcommand(
    package: str, doc: str | None, commands: Mapping[str, str], argv: Sequence[str] | None = None
) -> int:
    """Hands `python -m <package> <command> …` to the command's module; returns its exit code.

    `commands` maps each command to the module whose `main` takes the remaining flags.
    """
    words = list(sys.argv[1:] if argv is None else argv)
    if words and words[0] in commands:
        main: Callable[[Sequence[str]], int] = importlib.import_module(commands[words[0]]).main
        return main(words[1:])
    parser = StageParser(package, doc, usage="%(prog)s {" + ",".join(commands) + "} [flags]")
    try:
        parser.parse_args(words[:1])
        raise UserError(f"say what to do: {', '.join(commands)}; `{parser.prog} --help` explains them")
    except UserError as error:
        return report_error(error)
