"""Makes conversations over a catalogue of tools, offline: chains, a user, an assistant, tools that remember.

Reads the artifacts of conversations build (the seed catalogue without); writes one conversation a line.

    python -m conversations generate --n 50 --seed 42 --mode mixed --output output/conversations.jsonl
"""

import argparse
import asyncio
import os
import signal
import sys
from collections.abc import AsyncIterator, Iterator, Sequence
from dataclasses import replace

from conversations.audit.evaluate import evaluate
from conversations.build import add_catalogue_flag
from conversations.generation.coverage import Coverage, Ticker, show_coverage
from conversations.generation.generation import (
    ConversationSettings,
    Held,
    hold_all,
    open_catalogue,
    plan_conversations,
)
from conversations.generation.memory import CorpusMemory
from conversations.generation.memory_stores import BACKENDS, open_store, settle_backend
from conversations.generation.model_texts import Rewriter
from conversations.generation.output_file import OutputFile
from conversations.players import PLAYERS
from llm import open_models
from roles.conversation_judge import ConversationJudge
from roles.conversation_writer import ConversationWriter
from toolworlds.batch import flag_values as read
from toolworlds.batch.command import run_command
from toolworlds.batch.options import CommonOptions, StageParser, add_common_flags
from toolworlds.batch.progress import say
from toolworlds.catalogue.artifacts import Catalogue
from toolworlds.catalogue.sampler import MODES, NoChain
from toolworlds.models.options import PROCEDURAL
from toolworlds.records.base import Json
from toolworlds.records.completions import ProviderError
from toolworlds.world.canonical import digest
from utils import UserError


def build_parser() -> StageParser:
    """The command's flags."""
    parser = StageParser("conversations generate", __doc__)
    add = parser.add_argument
    add("--n", type=read.read_count, default=50, help="conversations (%(default)s)")
    add("--mode", choices=MODES, default="mixed", help="how chains are drawn (%(default)s)")
    add("--output", type=read.read_folder, required=True, metavar="FILE", help="one conversation a line")
    add_catalogue_flag(parser)
    memory = parser.add_mutually_exclusive_group().add_argument
    memory(
        "--corpus-memory", choices=BACKENDS, default="auto", help="what remembers the corpus (%(default)s)"
    )
    memory("--no-corpus-memory", action="store_true", help="plan each as if it were the only one")
    add("--jobs", type=read.read_count, default=os.cpu_count() or 1, help="processes (%(default)s)")
    add("--evaluate", action="store_true", help="then judge them, as `conversations evaluate` does")
    add("--judge-model", type=read.read_judge, metavar="M[@URL]", help="the model that judges (--model)")
    add_common_flags(parser)
    parser.set_defaults(seed=42)
    return parser


def main(argv: Sequence[str] | None = None) -> int:
    """Makes the conversations; returns the exit code. To be ended by a scheduler is to be interrupted."""
    signal.signal(signal.SIGTERM, lambda *_: signal.raise_signal(signal.SIGINT))
    return run_command(build_parser(), _run, argv)


async def _run(flags: argparse.Namespace, options: CommonOptions) -> int:
    if flags.shard or flags.limit or flags.retry_failed:
        raise UserError(
            "--shard, --limit and --retry-failed mean nothing here: a conversation looks at those before it; "
            "use --n, --seed and --jobs"
        )
    if flags.judge_model and not flags.evaluate:
        raise UserError(f"--judge-model {flags.judge_model[0]} has nothing to judge; add --evaluate")
    settings = ConversationSettings(flags.artifacts, options.seed, flags.mode, not flags.no_corpus_memory)
    catalogue = open_catalogue(settings.artifacts)
    backend, memory = _open_memory(flags, options.seed)
    if options.dry_run:
        say(f"{flags.n} conversations; corpus memory: {backend}; dry run, nothing was written")
        return 0
    with OutputFile(flags.output) as output:
        done = output.claim(_identify(settings, catalogue, backend, options), flags.n, options.force)
        say(f"{flags.n} conversations: {done} done, {flags.n - done} to do; corpus memory: {backend}")
        if done < flags.n:
            await _make(flags, options, settings, catalogue, memory, output, done)
        code = int(any(number <= flags.n for number in output.failed()))
    if not flags.evaluate:
        return code
    judged = flags.output.with_name(f"{flags.output.stem}.judged.jsonl")
    options = _choose_judge(options, flags.judge_model)
    return await evaluate(flags.output, judged, flags.artifacts, options) or code


def _choose_judge(options: CommonOptions, judge: tuple[str, str | None] | None) -> CommonOptions:
    """The options under which the conversations are judged: the same, with the judge where one is named."""
    roles = {**options.models.role_models, **({ConversationJudge.name: judge} if judge else {})}
    return replace(options, models=replace(options.models, role_models=roles))


async def _make(
    flags: argparse.Namespace,
    options: CommonOptions,
    settings: ConversationSettings,
    catalogue: Catalogue,
    memory: CorpusMemory | None,
    output: OutputFile,
    done: int,
) -> None:
    """Makes what is owed. Raises UserError where fewer come out than were asked for."""
    plans = plan_conversations(settings, catalogue, memory, done + 1, flags.n)
    coverage = Coverage(sorted({e.category for e in catalogue.registry.endpoints}), flags.n - done)
    jobs = min(flags.jobs, 1 + (flags.n - done) // 500)
    output.open(done)
    whole, problem, failed = False, "", 0
    async with open_models(options, PLAYERS) as model:
        rewriter = (
            Rewriter(ConversationWriter(model, options.seed), options.seed) if _has_model(options) else None
        )
        held = hold_all(settings, catalogue, plans, 1 if rewriter else jobs)
        try:
            with show_coverage(coverage):
                failed = await _write(_word(held, rewriter, options.concurrency), output, coverage, done)
            whole = True
        except (NoChain, ProviderError) as error:
            problem = str(error)
        finally:
            output.close(whole=whole)
    _conclude(flags, coverage, rewriter, output.count_lines(), problem, failed)


def _has_model(options: CommonOptions) -> bool:
    """Whether a model words the texts; the embedded one would say what the templates say."""
    return not options.models.model.startswith(PROCEDURAL)


def _open_memory(flags: argparse.Namespace, seed: int) -> tuple[str, CorpusMemory | None]:
    """The memory and its backend's name; `none` and None without one."""
    if flags.no_corpus_memory:
        return "none", None
    backend = settle_backend(flags.corpus_memory)
    return backend, CorpusMemory(open_store(backend, f"conversations-{seed}"))


async def _word(held: Iterator[Held], rewriter: Rewriter | None, concurrency: int) -> AsyncIterator[Held]:
    """The conversations as they are, or in a model's words."""
    if rewriter is None:
        for one in held:
            await asyncio.sleep(0)  # an interrupt is noticed here
            yield one
        return
    async for one in rewriter.reword_all(held, concurrency):
        yield one


async def _write(
    conversations: AsyncIterator[Held], output: OutputFile, coverage: Coverage, done: int
) -> int:
    """Writes them as they come, after so many that are done; how many could not be made."""
    ticker, failed, number = Ticker(coverage), 0, done
    async for held in conversations:
        number += 1
        if held.problem:
            output.record_failure(number, "conversations generate", held.kind, held.problem)
            failed += 1
            continue
        output.append(held.line)
        coverage.add(held.domain, held.pattern)
        ticker.tick()
    return failed


def _conclude(
    flags: argparse.Namespace,
    coverage: Coverage,
    rewriter: Rewriter | None,
    written: int,
    problem: str,
    failed: int,
) -> None:
    say(coverage.describe())
    if rare := coverage.list_underrepresented():
        say(f"underrepresented domains: {', '.join(rare)}")
    if rewriter:
        counts = rewriter.counts
        say(f"texts: {counts['worded']} worded by the model, {counts['kept']} kept as drafted")
    if problem:
        raise UserError(f"asked for {flags.n} conversations, wrote {written}: {problem}")
    told = f"; {failed} failed now, see failures.jsonl" if failed else ""
    say(f"{written} conversations in {flags.output}{told}")


def _identify(
    settings: ConversationSettings, catalogue: Catalogue, backend: str, options: CommonOptions
) -> dict[str, Json]:
    return {
        "catalogue": digest(catalogue.registry.to_json()),
        "seed": settings.seed,
        "mode": settings.mode,
        "corpus_memory": backend,
        "model": options.models.model,
    }


if __name__ == "__main__":
    sys.exit(main())
