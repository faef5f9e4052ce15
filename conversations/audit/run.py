"""Judges conversations by three scores and their gates; with --repair mends those that fall short.

Writes the conversations with their scores, and evaluation_report.json beside them. Exit code 2 when the mean
of a gate falls short, 1 when something could not be judged.

    python -m conversations evaluate --input output/conversations.jsonl --output output/judged.jsonl --repair
"""

import argparse
import sys
from collections.abc import Sequence

from conversations.audit.command import add_catalogue_flag, open_registry
from conversations.audit.compilation import compile_output
from conversations.audit.stage import AuditSettings, AuditStage
from conversations.audit.store import JudgementStore
from conversations.audit.truth import Catalogue
from conversations.execution.offline import OfflineExecutor
from conversations.players import PLAYERS
from llm import open_models
from roles.conversation_judge import ConversationJudge
from roles.conversation_repairer import ConversationRepairer
from toolworlds.batch.command import run_command
from toolworlds.batch.flag_values import read_count, read_folder
from toolworlds.batch.options import CommonOptions, StageParser, add_common_flags
from toolworlds.batch.runner import Job, run_items
from toolworlds.models.options import ModelOptions
from toolworlds.world.canonical import digest


def build_parser() -> StageParser:
    """The stage's flags."""
    parser = StageParser("conversations evaluate", __doc__)
    parser.add_argument("--input", type=read_folder, required=True, metavar="F", help="conversations")
    parser.add_argument("--output", type=read_folder, required=True, metavar="F2", help="the same, judged")
    add_catalogue_flag(parser)
    parser.add_argument("--repair", action="store_true", help="mend conversations that fall short")
    parser.add_argument(
        "--max-repairs", type=read_count, default=2, metavar="N", help="attempts at each (%(default)s)"
    )
    parser.add_argument(
        "--threshold",
        type=read_threshold,
        default=3.5,
        metavar="T",
        help="least scores: T, T, max(T - 0.5, 1) and mean T (%(default)s)",
    )
    add_common_flags(parser)
    return parser


def read_threshold(text: str) -> float:
    """A number from 1 to 5."""
    try:
        threshold = float(text)
    except ValueError:
        threshold = 0.0
    if not 1 <= threshold <= 5:
        raise argparse.ArgumentTypeError(f"{text!r} is not a number from 1 to 5")
    return threshold


def main(argv: Sequence[str] | None = None) -> int:
    """Runs the stage; returns the exit code."""
    return run_command(build_parser(), run, argv)


async def run(arguments: argparse.Namespace, options: CommonOptions) -> int:
    """Brings every owed conversation to a verdict, then compiles output and report."""
    store = JudgementStore(arguments.input, arguments.output)
    store.check_target(options.force)
    registry = open_registry(arguments.artifacts)
    settings = AuditSettings(
        threshold=arguments.threshold,
        max_repairs=arguments.max_repairs if arguments.repair else 0,
        judge_model=name_judge(options.models),
    )
    async with open_models(options, PLAYERS) as model:
        stage = AuditStage(
            store,
            ConversationJudge(model, options.seed),
            ConversationRepairer(model, options.seed),
            Catalogue(registry),
            OfflineExecutor(registry).open,
            settings,
        )
        job = Job(
            stage="conversations/audit",
            noun="conversations",
            output_dir=store.output_dir,
            options=options,
            calls_per_item=1 + settings.max_repairs,
            identity={
                "threshold": settings.threshold,
                "max_repairs": settings.max_repairs,
                "registry": digest(registry.to_json()),
                "prompts": stage.prompts(),
            },
        )
        items, done = store.list_ids(), store.list_done()
        summary = await run_items(job, items, done, stage.audit_conversation, model.ledger)
    if options.dry_run:
        return 0
    falls_short = compile_output(store, settings)
    return 2 if falls_short and not summary.interrupted else summary.exit_code


def name_judge(models: ModelOptions) -> str:
    """The model that judges: the role's own, else the run's."""
    for role in (f"{ConversationJudge.name}.judge", ConversationJudge.name):
        if role in models.role_models:
            return models.role_models[role][0]
    return models.model


if __name__ == "__main__":
    sys.exit(main())
