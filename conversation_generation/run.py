"""Makes conversations over a catalogue of tools, offline: chains, a user, an assistant, tools that remember.

Reads the artifacts of tool_catalogue.run (the seed catalogue without); writes one conversation a line.

    python -m conversation_generation.run --n 50 --seed 42 --mode mixed --output output/conversations.jsonl
"""

import argparse
import os
import sys
from collections.abc import Sequence

from batch import flag_values as read
from batch.command import run_command
from batch.options import CommonOptions, StageParser, add_common_flags
from batch.progress import say
from conversation_generation.coverage import Coverage, Ticker, show_coverage
from conversation_generation.generation import (
    Settings,
    hold_all,
    name_conversation,
    open_catalogue,
    plan_conversations,
)
from conversation_generation.memory import CorpusMemory
from conversation_generation.memory_stores import BACKENDS, open_store, settle_backend
from conversation_generation.output_file import OutputFile
from records.base import Json
from tool_catalogue.artifacts import Catalogue
from tool_catalogue.sampler import MODES
from utils import UserError
from world.canonical import digest


def build_parser() -> StageParser:
    """The command's flags."""
    parser = StageParser("conversation_generation.run", __doc__)
    add = parser.add_argument
    add("--n", type=read.read_count, default=50, help="conversations (%(default)s)")
    add("--mode", choices=MODES, default="mixed", help="how chains are drawn (%(default)s)")
    add("--output", type=read.read_folder, required=True, metavar="FILE", help="one conversation a line")
    add(
        "--artifacts", type=read.read_folder, metavar="DIR", help="of tool_catalogue.run (the seed catalogue)"
    )
    add("--corpus-memory", choices=BACKENDS, default="auto", help="what remembers the corpus (%(default)s)")
    add("--no-corpus-memory", action="store_true", help="plan each conversation as if it were the only one")
    add("--jobs", type=read.read_count, default=os.cpu_count() or 1, help="processes (%(default)s)")
    add_common_flags(parser)
    parser.set_defaults(seed=42)
    return parser


def main(argv: Sequence[str] | None = None) -> int:
    """Makes the conversations; returns the exit code."""
    return run_command(build_parser(), _run, argv)


async def _run(flags: argparse.Namespace, options: CommonOptions) -> int:
    settings = Settings(flags.artifacts, options.seed, flags.mode, not flags.no_corpus_memory)
    catalogue = open_catalogue(settings.artifacts)
    output = OutputFile(flags.output)
    backend, memory = _open_memory(flags, options.seed)
    done = min(output.claim(_identify(settings, catalogue, backend), options.force), flags.n)
    say(f"{flags.n} conversations: {done} done, {flags.n - done} to do; corpus memory: {backend}")
    if options.dry_run:
        return 0
    coverage = Coverage(sorted({e.category for e in catalogue.registry.endpoints}), flags.n - done)
    problem = _write(flags, settings, catalogue, memory, output, done, coverage)
    say(coverage.describe())
    if rare := coverage.list_underrepresented():
        say(f"underrepresented domains: {', '.join(rare)}")
    say(f"{done + coverage.domains.total()} conversations in {flags.output}")
    if problem:
        raise UserError(problem)
    return 0


def _open_memory(flags: argparse.Namespace, seed: int) -> tuple[str, CorpusMemory | None]:
    """The memory and its backend's name; `none` and None without one."""
    if flags.no_corpus_memory:
        return "none", None
    backend = settle_backend(flags.corpus_memory)
    return backend, CorpusMemory(open_store(backend, f"conversations-{seed}"))


def _write(
    flags: argparse.Namespace,
    settings: Settings,
    catalogue: Catalogue,
    memory: CorpusMemory | None,
    output: OutputFile,
    done: int,
    coverage: Coverage,
) -> str:
    """Writes what is owed; why fewer came out, or nothing."""
    if done == flags.n:
        return ""
    plans = plan_conversations(settings, catalogue, memory, done + 1, flags.n)
    jobs = min(flags.jobs, 1 + (flags.n - done) // 500)
    ticker = Ticker(coverage)
    output.open(done)
    whole = False
    try:
        with show_coverage(coverage):
            for number, held in enumerate(hold_all(settings, catalogue, plans, jobs), start=done + 1):
                if held.problem:
                    name = name_conversation(settings.seed, number)
                    return (
                        f"{name} could not be made ({held.problem}); asked for {flags.n}, wrote {number - 1}"
                    )
                output.append(held.line)
                coverage.add(held.domain, held.pattern)
                ticker.tick()
        whole = True
    finally:
        output.close(whole=whole)
    return ""


def _identify(settings: Settings, catalogue: Catalogue, backend: str) -> dict[str, Json]:
    return {
        "catalogue": digest(catalogue.registry.to_json()),
        "seed": settings.seed,
        "mode": settings.mode,
        "corpus_memory": backend,
    }


if __name__ == "__main__":
    sys.exit(main())
