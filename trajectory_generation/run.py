"""Stage 5: has an agent work on released rows and scores its trajectories.

Each rollout is written to <output-dir>/<task_id>.<k>.json, solve rates and pass@k to
<output-dir>/_run/summary.json.

    python -m trajectory_generation.run --dataset output/task_content.jsonl --model procedural:noisy=0.8 \\
        --rollouts 4 --output-dir output/trajectories
"""

import argparse
import sys
from collections.abc import Sequence

from llm import open_models
from roles.env_simulator import EnvSimulator
from roles.task_solver import TaskSolver
from roles.tool_simulator import ToolSimulator
from roles.trajectory_judge import TrajectoryJudge
from toolworlds.batch.command import run_command
from toolworlds.batch.dataset import Dataset
from toolworlds.batch.options import CommonOptions, StageParser, add_common_flags
from toolworlds.batch.run_folder import RunFolder, identify_input
from toolworlds.batch.runner import Job, run_items
from toolworlds.world.starlark import StarlarkWorker
from trajectory_generation.stage import RolloutRoles, RolloutStage
from trajectory_generation.store import TrajectoryStore
from utils import UserError, require_slug


def build_parser() -> StageParser:
    """The stage's flags."""
    parser = StageParser("trajectory_generation.run", __doc__)
    parser.add_path("--dataset", "released rows of stage 4", metavar="FILE")
    rows = parser.add_mutually_exclusive_group()
    rows.add_argument("--task-id", metavar="ID", help="only the row with this id")
    rows.add_argument("--field", metavar="NAME", help="only rows of this field")
    parser.add_path("--output-dir", "where trajectories are written")
    parser.add_count("--max-solver-turns", 24, "messages of the agent before a rollout is stopped")
    parser.add_count("--rollouts", 1, "rollouts of each row")
    parser.add_argument(
        "--json-actions",
        action="store_true",
        help="for models without native tool calling: each message is one JSON action",
    )
    parser.add_argument("--no-judge", action="store_true", help="score by code alone; ask no judge")
    add_common_flags(parser)
    return parser


def main(argv: Sequence[str] | None = None) -> int:
    """Runs the stage; returns the exit code."""
    return run_command(build_parser(), run, argv)


async def run(arguments: argparse.Namespace, options: CommonOptions) -> int:
    """Rolls out what is owed of the chosen rows."""
    dataset = Dataset(arguments.dataset)
    items = list_rollouts(dataset, arguments.task_id, arguments.field, arguments.rollouts)
    store = TrajectoryStore(arguments.output_dir)
    async with open_models(options) as model:
        players = RolloutRoles(
            TaskSolver(model, options.seed, json_actions=arguments.json_actions),
            EnvSimulator(model, options.seed, max_asks=2),
            ToolSimulator(model, options.seed, max_asks=2),
            None if arguments.no_judge else TrajectoryJudge(model, options.seed),
        )
        with StarlarkWorker() as worker:
            stage = RolloutStage(
                dataset, store, players, model, options.seed, worker, arguments.max_solver_turns
            )
            job = Job(
                stage="trajectory_generation",
                noun="rollouts",
                output_dir=store.output_dir,
                options=options,
                calls_per_item=6,
                identity={
                    "prompts": players.prompts(),
                    "inputs": {"dataset": identify_input(arguments.dataset.parent)},
                },
                survey=stage.survey,
            )
            done = store.list_done()
            if options.retry_failed:
                done -= store.find_invalid(RunFolder(store.output_dir).failures())
            summary = await run_items(job, items, done, stage.roll_out, model.ledger)
    return summary.exit_code


def list_rollouts(dataset: Dataset, task_id: str | None, field: str | None, rollouts: int) -> list[str]:
    """Ids `<task_id>.<k>` of the chosen rows; raises UserError when there are none."""
    rows = [task_id] if task_id else dataset.list_ids(field)
    if not rows:
        wanted = f"rows of field {field!r}" if field else "rows"
        raise UserError(f"the dataset has no {wanted}; check --dataset and --field")
    if task_id:
        dataset.load(task_id)
    return [require_slug(f"{row_id}.{k}") for row_id in rows for k in range(rollouts)]


if __name__ == "__main__":
    sys.exit(main())
