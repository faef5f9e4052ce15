"""Judges conversations by three scores and their gates; with --repair mends those that fall short.

Writes the conversations with their scores, and evaluation_report.json beside them. Exit code 2 when the mean
of a gate falls short, 1 when something could not be judged. The embedded model judges; to repair takes a
model that writes: --model, or --role-model conversation_repairer=MODEL@URL for the repairs alone.

    python -m conversations evaluate --input output/conversations.jsonl --output output/judged.jsonl
"""

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

from conversations.audit.report import EvaluationReport
from conversations.audit.stage import AuditSettings, ConversationAudit
from conversations.audit.store import JudgementStore
from conversations.audit.truth import CompiledRegistry
from conversations.build import add_catalogue_flag, open_registry
from conversations.execution.offline import OfflineExecutor
from conversations.players import PLAYERS
from llm import open_models
from roles.conversation_judge import ConversationJudge
from roles.conversation_repairer import ConversationRepairer
from toolworlds.batch.command import run_command
from toolworlds.batch.flag_values import read_count, read_folder
from toolworlds.batch.options import CommonOptions, StageParser, add_common_flags
from toolworlds.batch.progress import say
from toolworlds.batch.runner import Job, run_items
from toolworlds.models.options import ModelOptions, is_procedural
from toolworlds.world.canonical import digest
from utils import UserError, dump_line, open_atomic, write_json

THRESHOLD = 3.5


def build_parser() -> StageParser:
    """The command's flags."""
    parser = StageParser("conversations evaluate", __doc__)
    parser.add_argument("--input", type=read_folder, required=True, metavar="F", help="conversations")
    parser.add_argument("--output", type=read_folder, required=True, metavar="F2", help="the same, judged")
    add_catalogue_flag(parser)
    parser.add_argument(
        "--repair", action="store_true", help="mend conversations that fall short; needs a model that writes"
    )
    parser.add_argument(
        "--max-repairs", type=read_count, default=2, metavar="N", help="attempts at each (%(default)s)"
    )
    parser.add_argument(
        "--threshold",
        type=read_threshold,
        default=THRESHOLD,
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
    """Judges a file; returns the exit code."""
    return run_command(build_parser(), _run, argv)


async def _run(flags: argparse.Namespace, options: CommonOptions) -> int:
    repairs = flags.max_repairs if flags.repair else 0
    return await evaluate(flags.input, flags.output, flags.artifacts, options, flags.threshold, repairs)


async def evaluate(
    source: Path,
    target: Path,
    artifacts: Path | None,
    options: CommonOptions,
    threshold: float = THRESHOLD,
    max_repairs: int = 0,
) -> int:
    """Brings every owed conversation of a file to a verdict, then writes output and report; the exit code."""
    settings = AuditSettings(
        threshold, max_repairs, _name_model(options.models, ConversationJudge.name, "judge")
    )
    store = JudgementStore(source, target)
    store.check_target(options.force)
    if max_repairs:
        _check_repairer(options.models)
    registry = open_registry(artifacts)
    async with open_models(options, PLAYERS) as model:
        audit = ConversationAudit(
            store,
            ConversationJudge(model, options.seed),
            ConversationRepairer(model, options.seed),
            CompiledRegistry(registry),
            OfflineExecutor(registry).open,
            settings,
        )
        job = Job(
            stage="conversations/audit",
            noun="conversations",
            output_dir=store.output_dir,
            options=options,
            calls_per_item=1 + max_repairs,
            identity={
                "threshold": threshold,
                "max_repairs": max_repairs,
                "registry": digest(registry.to_json()),
                "prompts": audit.prompts(),
            },
        )
        done = store.list_done()
        summary = await run_items(job, store.list_ids(), done, audit.audit_conversation, model.ledger)
    if options.dry_run:
        return 0
    falls_short = _compile(store, settings)
    return 2 if falls_short and not summary.interrupted else summary.exit_code


def _name_model(models: ModelOptions, role: str, part: str) -> str:
    """The model that plays a part of a role: the part's own, else the role's, else the run's."""
    named = models.role_models.get(f"{role}.{part}") or models.role_models.get(role)
    return named[0] if named else models.model


def _check_repairer(models: ModelOptions) -> None:
    """Raises UserError where the embedded model would repair; a record may hold any model's replies."""
    role = ConversationRepairer.name
    names = [_name_model(models, role, part) for part in ConversationRepairer.parts]
    if not models.replay_dir and any(map(is_procedural, names)):
        raise UserError(
            "--repair needs a model that writes, and the embedded one judges only; add --model NAME "
            f"--server-url URL, or --role-model {role}=NAME@URL for the repairs alone"
        )


def _compile(store: JudgementStore, settings: AuditSettings) -> bool:
    """Writes output, repairs and report anew from all judgements; whether the mean of a gate falls short."""
    report = EvaluationReport(settings.threshold)
    with store.lock(), open_atomic(store.target) as output, open_atomic(store.repairs_path) as repairs:
        for judgement in store.read_judgements(settings.judge_model):
            report.add(judgement)
            output.write(dump_line(judgement.conversation.to_json()))
            for attempt in judgement.repairs:
                name = judgement.conversation.conversation_id
                repairs.write(dump_line({"conversation_id": name, **attempt.to_json()}))
        write_json(store.report_path, report.to_json())
    for line in report.describe():
        say(line)
    return bool(report.list_short())


if __name__ == "__main__":
    sys.exit(main())
