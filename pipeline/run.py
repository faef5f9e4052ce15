"""Runs the five stages one after the other, from the names of fields to scored trajectories.

Writes env_specs/, audit/, sequences/, tasks/, task_content.jsonl and trajectories/ to --output-dir and prints
how many items each stage kept. The flags under `models` and `run` go to every stage; --config can also set
a stage's own flags.

    python -m pipeline.run --field Logistics --field Travel --output-dir output/first
"""

import sys
from collections.abc import Sequence

from pipeline.funnel import describe_funnel
from pipeline.settings import PipelineSettings, read_settings
from pipeline.steps import check_flags, plan_steps, run_steps
from toolworlds.batch.command import report_error
from toolworlds.batch.flag_values import read_folder
from toolworlds.batch.options import StageParser, add_common_flags, read_options
from toolworlds.batch.progress import say
from utils import UserError


def build_parser() -> StageParser:
    """All flags: the pipeline's own and those that it hands on."""
    parser = _build_own_parser()
    add_common_flags(parser)
    return parser


def main(argv: Sequence[str] | None = None) -> int:
    """Runs the stages; returns the worst of their exit codes."""
    given = sys.argv[1:] if argv is None else argv
    try:
        options = read_options(build_parser().parse_args(given))
        arguments, common = _build_own_parser().parse_known_args(given)
        settings = read_settings(arguments.config) if arguments.config else PipelineSettings(arguments.field)
        steps = plan_steps(arguments.output_dir, settings)
        check_flags(steps, common)
        if options.dry_run:
            return run_steps([step for step in steps if step.reads is None or step.reads.exists()], common)
        code = run_steps(steps, common)
        for line in describe_funnel(arguments.output_dir):
            say(line)
    except (UserError, OSError) as error:
        return report_error(error)
    except KeyboardInterrupt:
        return 130
    return code


def _build_own_parser() -> StageParser:
    parser = StageParser("pipeline.run", __doc__)
    fields = parser.add_mutually_exclusive_group(required=True)
    fields.add_argument("--config", type=read_folder, metavar="FILE", help="YAML: fields and stages' flags")
    fields.add_argument("--field", nargs="+", action="extend", metavar="NAME", help="fields")
    parser.add_path("--output-dir", "where all stages write")
    return parser


if __name__ == "__main__":
    sys.exit(main())
