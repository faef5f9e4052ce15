"""Writes SkyRL samples: compact tasks, each with the plan of tool calls that fulfils it.

Every plan is checked before it is kept; with an environment of env_generation as the inventory it is also
carried out in the environment's world and certified. Without a language model (`--model`) samples are
written over environments only.

    python -m skyrl_samples generate --n-samples 50 --output output/skyrl/train.jsonl \\
        --inventory output/demo/env_specs
    python -m skyrl_samples generate --n-samples 50 --output output/skyrl/train.jsonl \\
        --inventory output/env_specs --model gpt-5-mini --reasoning-effort high
"""

import argparse
import sys
from collections.abc import Sequence
from typing import get_args

from llm import open_models
from roles.sample_writer import SampleWriter
from skyrl_samples.briefs import Settings
from skyrl_samples.checked_writer import CheckedWriter
from skyrl_samples.flags import (
    add_model_flags,
    address_models,
    is_embedded,
    name_backend,
    name_source,
    read_list,
)
from skyrl_samples.inventory_files import Inventories
from skyrl_samples.raw_replies import KeepingModel
from skyrl_samples.sample_builder import SampleBuilder
from skyrl_samples.stage import SampleGeneration, task_id_of
from skyrl_samples.store import SampleStore
from toolworlds.batch.command import run_command
from toolworlds.batch.flag_values import read_count, read_folder
from toolworlds.batch.options import CommonOptions, StageParser, add_common_flags
from toolworlds.batch.runner import Job, run_items
from toolworlds.records.base import Json
from toolworlds.records.samples import Complexity
from toolworlds.world.canonical import digest
from toolworlds.world.starlark import StarlarkWorker
from utils import UserError

EXAMPLE = "data/inventories/business_desk.yml"


def build_parser() -> StageParser:
    """The command's flags."""
    parser = StageParser("skyrl_samples generate", __doc__)
    parser.add_argument("--n-samples", type=read_count, default=50, metavar="N", help="(%(default)s)")
    parser.add_argument(
        "--output", type=read_folder, required=True, metavar="F", help="samples, .jsonl or .json"
    )
    parser.add_argument(
        "--inventory",
        default=EXAMPLE,
        metavar="FILE",
        help="tools: YAML or JSON, environment specs, or mcp:COMMAND (%(default)s)",
    )
    parser.add_argument("--domains", type=read_list, default=[], metavar="A,B", help="what tasks are about")
    parser.add_argument(
        "--complexities",
        type=read_complexities,
        default=list(get_args(Complexity)),
        metavar="A,B",
        help="of simple, moderate, complex (all)",
    )
    parser.add_argument(
        "--max-tools", type=read_count, default=5, metavar="N", help="tools in one plan (%(default)s)"
    )
    parser.add_argument(
        "--max-turns", type=read_turns, default=8, metavar="N", help="messages of an attempt (%(default)s)"
    )
    add_model_flags(parser)
    add_common_flags(parser)
    return parser


def read_complexities(text: str) -> list[str]:
    """Names of complexities."""
    names = read_list(text)
    for name in names:
        if name not in get_args(Complexity):
            raise argparse.ArgumentTypeError(f"{name!r} is none of {', '.join(get_args(Complexity))}")
    return names


def read_turns(text: str) -> int:
    """A number of messages that leaves room for two calls and an answer."""
    turns = read_count(text)
    if not 3 <= turns <= 20:
        raise argparse.ArgumentTypeError(f"{text!r} is not from 3 to 20")
    return turns


def main(argv: Sequence[str] | None = None) -> int:
    """Runs the command; returns the exit code."""
    return run_command(build_parser(), run, argv)


async def run(arguments: argparse.Namespace, options: CommonOptions) -> int:
    """Has every owed sample written, then compiles the output."""
    options = address_models(options, arguments)
    settings = Settings(arguments.domains, arguments.complexities, arguments.max_tools, arguments.max_turns)
    for complexity in settings.complexities:
        settings.steps(complexity)
    inventories = Inventories(arguments.inventory)
    if is_embedded(options) and inventories.open(inventories.names[0]).env is None:
        raise UserError(
            f"the embedded model writes samples over environments only, and {arguments.inventory} is none; "
            "give --inventory output/demo/env_specs (`make demo` makes it), or a --model"
        )
    async with open_models(options) as counting:
        model = KeepingModel(counting)
        role = SampleWriter(model, options.seed)
        briefs: dict[str, Json] = {
            "inventory": inventories.identity(),
            "domains": settings.domains,
            "complexities": settings.complexities,
            "max_tools": settings.max_tools,
            "max_turns": settings.max_turns,
        }
        identity: dict[str, Json] = briefs | {
            "backend": name_backend(options),
            "reasoning_effort": options.models.reasoning_effort,
            "prompts": role.prompts("task"),
        }
        store = SampleStore(arguments.output, options.identity() | identity)
        job = Job(
            stage="skyrl",
            noun="samples",
            output_dir=store.output_dir,
            options=options,
            calls_per_item=1.3,
            identity=identity,
            count_released=lambda: len(store.done()),
        )
        series = digest({**briefs, "seed": options.seed})[:6]
        items = [task_id_of(number, series) for number in range(arguments.n_samples)]
        with StarlarkWorker() as worker:
            builder = SampleBuilder(worker, options.seed, name_source(options))
            checked = CheckedWriter(role, model, builder, store, name_backend(options), options.seed)
            generation = SampleGeneration(checked, inventories, settings)
            try:
                summary = await run_items(job, items, store.done(), generation.write_sample, counting.ledger)
            finally:
                if not options.dry_run and store.done():
                    store.compile()
    return summary.exit_code


if __name__ == "__main__":
    sys.exit(main())
