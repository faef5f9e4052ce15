"""Adds plans of tool calls and rubrics to prompts that exist already; the prompts stay as they are.

The input holds SkyRL samples or ShareGPT conversations (`.jsonl`, or a `.json` array). A record that has a
plan, or no words of a user, is passed on as it is. Without --inventory the tools are those that a prompt's
own system text offers between <tools> tags.

    python -m skyrl_samples enrich --input prompts.jsonl --output output/skyrl/planned.jsonl \\
        --inventory data/inventories/business_desk.yml --model gpt-5-mini --reasoning-effort high
"""

import argparse
import sys
from collections.abc import Iterator, Sequence

from llm import open_models
from roles.sample_writer import SampleWriter
from skyrl_samples.checked_writer import CheckedWriter
from skyrl_samples.enrichment import Enrichment
from skyrl_samples.flags import add_model_flags, address_models, is_embedded, name_backend, name_source
from skyrl_samples.inventory_files import Inventories
from skyrl_samples.prompts import PromptFile, item_of
from skyrl_samples.raw_replies import KeepingModel
from skyrl_samples.sample_builder import SampleBuilder
from skyrl_samples.store import SampleStore
from toolworlds.batch.command import run_command
from toolworlds.batch.flag_values import read_count, read_folder
from toolworlds.batch.options import CommonOptions, StageParser, add_common_flags
from toolworlds.batch.progress import say
from toolworlds.batch.runner import Job, run_items
from toolworlds.records.base import Json
from toolworlds.world.starlark import StarlarkWorker
from utils import UserError


def build_parser() -> StageParser:
    """The command's flags."""
    parser = StageParser("skyrl_samples enrich", __doc__)
    parser.add_argument("--input", type=read_folder, required=True, metavar="F", help="prompts")
    parser.add_argument(
        "--output", type=read_folder, required=True, metavar="F2", help="all of them, with plans"
    )
    parser.add_argument("--inventory", metavar="FILE", help="tools, as for `skyrl_samples generate`")
    parser.add_argument(
        "--max-steps", type=read_count, default=8, metavar="N", help="steps of a plan (%(default)s)"
    )
    parser.add_argument("--overwrite", action="store_true", help="plan anew what has a plan")
    add_model_flags(parser)
    add_common_flags(parser)
    return parser


def main(argv: Sequence[str] | None = None) -> int:
    """Runs the command; returns the exit code."""
    return run_command(build_parser(), run, argv)


async def run(arguments: argparse.Namespace, options: CommonOptions) -> int:
    """Has a plan written for every prompt that is owed one, then compiles the output."""
    options = address_models(options, arguments)
    if is_embedded(options):
        raise UserError(
            "the embedded model cannot plan for free prompts; give a --model, e.g. --model gpt-5-mini"
        )
    if arguments.input == arguments.output:
        raise UserError(f"--output {arguments.output} is the input; choose another file")
    prompts = PromptFile(arguments.input)
    inventories = Inventories(arguments.inventory) if arguments.inventory else None
    items, skipped = choose_prompts(prompts, arguments.overwrite)
    say(f"{len(prompts)} prompts: " + ", ".join(f"{count} {why}" for why, count in skipped.items()))
    async with open_models(options) as counting:
        model = KeepingModel(counting)
        role = SampleWriter(model, options.seed)
        identity: dict[str, Json] = {
            "input": prompts.sha256(),
            "inventory": inventories.identity() if inventories else None,
            "max_steps": arguments.max_steps,
            "overwrite": arguments.overwrite,
            "backend": name_backend(options),
            "reasoning_effort": options.models.reasoning_effort,
            "prompts": role.prompts("plan"),
        }
        store = SampleStore(arguments.output, options.identity() | identity)
        job = Job(
            stage="skyrl_enrichment",
            noun="plans",
            output_dir=store.output_dir,
            options=options,
            calls_per_item=1.3,
            identity=identity,
            survey=lambda: {"prompts": len(prompts), **skipped},
        )
        with StarlarkWorker() as worker:
            builder = SampleBuilder(worker, options.seed, name_source(options))
            checked = CheckedWriter(role, model, builder, store, name_backend(options), options.seed)
            story = Enrichment(checked, prompts, inventories, arguments.max_steps)
            try:
                summary = await run_items(job, items, store.done(), story.enrich_prompt, counting.ledger)
            finally:
                if not options.dry_run:
                    store.compile(list_records(prompts, store))
    return summary.exit_code


def choose_prompts(prompts: PromptFile, overwrite: bool) -> tuple[list[str], dict[str, int]]:
    """Items of the prompts that are owed a plan, and how many have one or are no prompts."""
    items, planned, silent = [], 0, 0
    for prompt in prompts:
        if not prompt.request:
            silent += 1
        elif prompt.has_plan and not overwrite:
            planned += 1
        else:
            items.append(item_of(prompt.number))
    return items, {"to plan for": len(items), "with a plan": planned, "without a user's words": silent}


def list_records(prompts: PromptFile, store: SampleStore) -> Iterator[bytes]:
    """Every record in the order of the input: with its new plan, or as it was, byte for byte."""
    done = store.done()
    for number in range(1, len(prompts) + 1):
        item = item_of(number)
        yield store.read_sample(item) if item in done else prompts.read_line(number)


if __name__ == "__main__":
    sys.exit(main())
