"""Stage 1: makes environments from the names of fields.

An environment is a world (typed records with rules) and 5 to 20 tools that act on it. Each is written to
<output-dir>/<spec_id>.json.

    python -m env_generation.run --field Logistics --field Travel --output-dir output/env_specs \\
        --max-subfields 4 --max-tasks-per-subfield 2 --tools-per-env 8-14
"""

import argparse
import sys
from collections.abc import Sequence
from dataclasses import replace

from env_generation.fields import collect_fields
from env_generation.plans import FieldSizes
from env_generation.soundness import MAX_TOOLS, MIN_TOOLS
from env_generation.stage import PARTS, Planning, SpecGeneration
from env_generation.store import SpecStore
from llm import open_models
from roles.env_generator import EnvGenerator
from toolworlds.batch.command import run_command
from toolworlds.batch.flag_values import read_range
from toolworlds.batch.ledger import Ledger
from toolworlds.batch.options import CommonOptions, StageParser, add_common_flags
from toolworlds.batch.runner import Job, run_items
from toolworlds.batch.summary import Summary
from toolworlds.world.starlark import StarlarkWorker


def build_parser() -> StageParser:
    """The stage's flags."""
    parser = StageParser("env_generation.run", __doc__)
    parser.add_argument("--field", nargs="+", action="extend", default=[], metavar="NAME", help="fields")
    parser.add_path("--fields-file", "more fields, one name a line", metavar="FILE", required=False)
    parser.add_path("--output-dir", "where environments are written")
    parser.add_count("--max-subfields", 4, "subfields of each field, at most")
    parser.add_count("--max-tasks-per-subfield", 2, "scenarios of each subfield, at most")
    parser.add_argument(
        "--tools-per-env",
        type=read_tools_range,
        default=(8, 14),
        metavar="MIN-MAX",
        help=f"tools of each environment, within {MIN_TOOLS}-{MAX_TOOLS} (default 8-14)",
    )
    add_common_flags(parser)
    return parser


def read_tools_range(text: str) -> tuple[int, int]:
    """`MIN-MAX` within what an environment may have."""
    minimum, maximum = read_range(text)
    if minimum < MIN_TOOLS or maximum > MAX_TOOLS:
        raise argparse.ArgumentTypeError(f"{text!r} is not within {MIN_TOOLS}-{MAX_TOOLS}")
    return minimum, maximum


def main(argv: Sequence[str] | None = None) -> int:
    """Runs the stage; returns the exit code."""
    return run_command(build_parser(), run, argv)


async def run(arguments: argparse.Namespace, options: CommonOptions) -> int:
    """Plans the fields, then makes the planned environments that are owed."""
    fields = collect_fields(arguments.field, arguments.fields_file)
    sizes = FieldSizes(arguments.max_subfields, arguments.max_tasks_per_subfield)
    store = SpecStore(arguments.output_dir)
    async with open_models(options) as model:
        generator = EnvGenerator(model, options.seed)
        job = Job(
            stage="env_generation",
            noun="specs",
            output_dir=store.output_dir,
            options=options,
            calls_per_item=2 + sum(arguments.tools_per_env) / 2,
            identity={"tools_per_env": arguments.tools_per_env, "prompts": generator.prompts(*PARTS)},
            count_released=lambda: len(store.done()),
        )
        plans = await plan_fields(job, fields, Planning(generator, store, sizes), model.ledger)
        if plans.interrupted:
            return plans.exit_code
        planned = store.planned_specs(fields, sizes)
        items = store.expect_ids(fields, sizes) if options.dry_run else list(planned)
        with StarlarkWorker() as worker:
            generation = SpecGeneration(generator, worker, store, planned, arguments.tools_per_env)
            job = replace(job, survey=lambda: {"planning": plans.to_json()})
            specs = await run_items(job, items, store.done(), generation.make_spec, model.ledger)
    return max(plans.exit_code, specs.exit_code)


async def plan_fields(job: Job, fields: list[str], planning: Planning, ledger: Ledger) -> Summary:
    """The same loop over fields. Every shard needs all plans; whoever comes first makes them."""
    job = replace(
        job,
        noun="fields",
        options=replace(job.options, shard=(0, 1), limit=None),
        calls_per_item=1 + planning.sizes.subfields,
        count_released=None,
    )
    planned = planning.store.planned_fields(fields, planning.sizes)
    return await run_items(job, fields, planned, planning.plan_field, ledger)


if __name__ == "__main__":
    sys.exit(main())
