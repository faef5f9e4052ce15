"""Shows where each argument came from: which field of which output, or which message, by the record alone.

Per conversation the values that flow between calls; with --verbose every argument and all places it stood.

    python -m conversations inspect --input output/conversations.jsonl --verbose
"""

import argparse
import sys
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence

from conversations.audit.store import read_conversations
from conversations.audit.truth import CompiledRegistry
from conversations.build import add_catalogue_flag, open_registry
from conversations.steps import (
    ConversationStep,
    Source,
    SourceKind,
    TracedArgument,
    read_steps,
)
from roles.templates import dump_json
from toolworlds.batch.command import run_flags
from toolworlds.batch.flag_values import read_folder
from toolworlds.batch.options import StageParser
from toolworlds.batch.progress import say
from toolworlds.records.conversations import Conversation
from utils import UserError

WORDS: dict[SourceKind, str] = {
    "output": "from outputs",
    "user": "said by the user",
    "assistant": "proposed by the assistant",
    "composed": "composed of what was heard",
    "choice": "chosen",
    "mock": "marked as made up",
    "nobody": "from nowhere",
}


def build_parser() -> StageParser:
    """The command's flags."""
    parser = StageParser("conversations inspect", __doc__)
    parser.add_argument("--input", type=read_folder, required=True, metavar="FILE")
    add_catalogue_flag(parser)
    parser.add_argument("--id", metavar="ID", help="only this conversation")
    parser.add_argument("--verbose", action="store_true", help="every argument and all places it stood")
    return parser


def main(argv: Sequence[str] | None = None) -> int:
    """Shows a file's arguments and their sources; returns the exit code."""
    return run_flags(build_parser(), _run, argv)


def _run(flags: argparse.Namespace) -> int:
    registry = CompiledRegistry(open_registry(flags.artifacts))
    shown, kinds = 0, Counter[SourceKind]()
    for conversation in read_conversations(flags.input):
        if flags.id not in (None, conversation.conversation_id):
            continue
        shown += 1
        arguments = registry.trace(conversation)
        kinds.update(argument.source.kind for argument in arguments)
        say("\n".join(_describe(conversation, arguments, verbose=flags.verbose)))
    if not shown:
        raise UserError(f"{flags.input} holds no conversation {flags.id!r}; check the id")
    say(f"{shown} conversations, {kinds.total()} arguments: {_count(kinds)}")
    return 0


def _describe(
    conversation: Conversation, arguments: Sequence[TracedArgument], *, verbose: bool
) -> Iterator[str]:
    """The lines that show a conversation: its chain, then a line an argument."""
    steps = read_steps(conversation.messages)
    chain = " > ".join(step.call.name for step in steps)
    yield f"{conversation.conversation_id} [{conversation.metadata.domain}] {chain}"
    for argument in arguments:
        if verbose or argument.source.kind == "output":
            first, *others = (_name_place(source, steps) for source in argument.sources)
            target = f"{argument.step.index} {argument.step.call.name} {argument.path}"
            also = f" (also {', '.join(others)})" if verbose and others else ""
            yield f"  {target} = {dump_json(argument.value)} <- {first}{also}"
    yield f"  {len(arguments)} arguments: {_count(Counter(argument.source.kind for argument in arguments))}"


def _name_place(source: Source, steps: Sequence[ConversationStep]) -> str:
    if source.step is not None:
        return f"{source.step} {steps[source.step].call.name} {source.path}"
    where = "" if source.message is None else f" (message {source.message})"
    return f"{WORDS[source.kind]}{where}"


def _count(kinds: Mapping[SourceKind, int]) -> str:
    return ", ".join(f"{kinds[kind]} {words}" for kind, words in WORDS.items() if kinds.get(kind)) or "none"


if __name__ == "__main__":
    sys.exit(main())
