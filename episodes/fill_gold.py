"""Fills the gold set's placeholders by running its calls, and answers from what they give.

python -m episodes fill-gold --gold data/gold/gold_toolcalls.jsonl --out data/gold/filled.jsonl
"""

import argparse
import random
import sys
from collections.abc import Sequence
from pathlib import Path

from episodes.answers import Exchange, compose_answer
from episodes.command import DATA, add_workspace_flags, run_flags
from episodes.gold import ANSWER_BLANK, RESULT_BLANK, load_gold
from episodes.results import RESULT_CHARS, Results
from episodes.samples import make_log_store, make_repository
from episodes.toolsets.base import ToolBox
from episodes.toolsets.log_store import LogStore
from episodes.toolsets.observations import ObsTools
from episodes.toolsets.repository import RepoTools
from episodes.toolsets.workspace import WorkspaceTools
from toolworlds.batch.options import StageParser
from toolworlds.records.episodes import EpisodeMessage, GoldEpisode
from toolworlds.tokens.call_format import CallFormat
from utils import UserError, dump_line, write_bytes_atomic

SAMPLES = Path("output") / "samples"


def build_parser() -> StageParser:
    """The command's flags."""
    parser = StageParser("episodes fill-gold", __doc__)
    add_workspace_flags(parser)
    gold = DATA / "gold"
    parser.add_argument("--repo_dir", type=Path, metavar="R", help="a git checkout (a sample one is made)")
    parser.add_argument("--log_store", type=Path, metavar="L", help="events (a sample week is made)")
    parser.add_argument("--gold", type=Path, default=gold / "gold_toolcalls.jsonl", help="with placeholders")
    parser.add_argument("--out", type=Path, default=gold / "gold_toolcalls.filled.jsonl", help="filled")
    return parser


def main(argv: Sequence[str] | None = None) -> int:
    """Fills the gold set; returns the exit code."""
    return run_flags(build_parser(), _run, argv)


def _run(flags: argparse.Namespace) -> int:
    tools = ToolBox(
        WorkspaceTools(flags.index_dir),
        RepoTools(flags.repo_dir or make_repository(SAMPLES)),
        ObsTools(LogStore(flags.log_store or make_log_store(SAMPLES))),
    )
    gold = load_gold(flags.gold)
    filled = [fill_episode(episode, gold.calls, tools) for episode in gold.episodes]
    write_bytes_atomic(flags.out, b"".join(dump_line(episode.to_json()) for episode in filled))
    sys.stdout.write(f"{len(filled)} gold episodes filled in {flags.out}\n")
    return 0


def fill_episode(episode: GoldEpisode, calls: CallFormat, tools: ToolBox) -> GoldEpisode:
    """The entry with real results and answers; raises UserError where they do not show what they should."""
    results = Results(RESULT_CHARS)
    exchanges: list[Exchange] = []
    filled: list[EpisodeMessage] = []
    asked = ""
    for message in episode.messages:
        content = message.content
        if message.role == "user":
            asked, exchanges = content, []
        elif content == RESULT_BLANK:
            name, arguments = calls.read(filled[-1].content)
            exchanges.append(
                Exchange(name, arguments, results.show(name, arguments, tools.execute(name, arguments)))
            )
            content = results.write(exchanges[-1].result)
        elif content == ANSWER_BLANK:
            answer = compose_answer(
                episode.meta.language, asked, exchanges, random.Random(episode.episode_id)
            )
            if answer is None or _fails_unmeant(episode, exchanges):
                raise UserError(
                    f"gold {episode.episode_id}: {exchanges[-1].name} gives no answer; mend its arguments"
                )
            content = answer.text
        filled.append(message.model_copy(update={"content": content}))
    return episode.model_copy(update={"messages": filled})


def _fails_unmeant(episode: GoldEpisode, exchanges: list[Exchange]) -> bool:
    return episode.meta.category != "error" and any("error" in e.result for e in exchanges)


if __name__ == "__main__":
    sys.exit(main())
