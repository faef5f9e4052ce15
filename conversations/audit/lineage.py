"""Shows which field of which step fed which argument, reconstructed from the records alone.

Per conversation the values that flow between calls; with --verbose every argument and all places it stood.

    python -m conversations lineage --input output/conversations.jsonl --verbose
"""

import argparse
import sys
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence

from conversations.audit.reading import read_conversations
from conversations.grounding.sources import Argument, Source, SourceKind, trace_arguments
from conversations.grounding.steps import Step, read_steps
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
    parser = StageParser("conversations lineage", __doc__)
    parser.add_argument("--input", type=read_folder, required=True, metavar="FILE")
    parser.add_argument("--id", metavar="ID", help="only this conversation")
    parser.add_argument("--verbose", action="store_true", help="every argument and all places it stood")
    return parser


def main(argv: Sequence[str] | None = None) -> int:
    """Shows a file's lineage; returns the exit code."""
    return run_flags(build_parser(), _run, argv)


def _run(flags: argparse.Namespace) -> int:
    shown, kinds = 0, Counter[SourceKind]()
    for conversation in read_conversations(flags.input):
        if flags.id not in (None, conversation.conversation_id):
            continue
        shown += 1
        arguments = trace_lineage(conversation)
        kinds.update(argument.source.kind for argument in arguments)
        say("\n".join(describe_lineage(conversation, arguments, verbose=flags.verbose)))
    if not shown:
        raise UserError(f"{flags.input} holds no conversation {flags.id!r}; check the id")
    say(f"{shown} conversations, {kinds.total()} arguments: {_count(kinds)}")
    return 0


def trace_lineage(conversation: Conversation) -> list[Argument]:
    """Where every argument of a conversation came from; its metadata mark the values that were made up."""
    return trace_arguments(conversation.messages, mocks=conversation.metadata.mock_arguments or [])


def describe_lineage(
    conversation: Conversation, arguments: Sequence[Argument], *, verbose: bool
) -> Iterator[str]:
    """The lines that show a conversation: its chain, then a line an argument."""
    steps = read_steps(conversation.messages)
    chain = " > ".join(step.call.name for step in steps)
    kinds = Counter(argument.source.kind for argument in arguments)
    yield f"{conversation.conversation_id} [{conversation.metadata.domain}] {chain}"
    for argument in arguments:
        if verbose or argument.source.kind == "output":
            yield f"  {_describe(argument, steps, verbose=verbose)}"
    yield f"  {len(arguments)} arguments: {_count(kinds)}"


def _describe(argument: Argument, steps: Sequence[Step], *, verbose: bool) -> str:
    target = f"{argument.step} {steps[argument.step].call.name} {argument.path}"
    places = [_name_place(source, steps) for source in argument.sources]
    line = f"{target} = {dump_json(argument.value)} <- {places[0]}"
    return f"{line} (also {', '.join(places[1:])})" if verbose and len(places) > 1 else line


def _name_place(source: Source, steps: Sequence[Step]) -> str:
    if source.step is not None:
        return f"{source.step} {steps[source.step].call.name} {source.path}"
    where = "" if source.message is None else f" (message {source.message})"
    return f"{WORDS[source.kind]}{where}"


def _count(kinds: Mapping[SourceKind, int]) -> str:
    return ", ".join(f"{kinds[kind]} {words}" for kind, words in WORDS.items() if kinds.get(kind)) or "none"


if __name__ == "__main__":
    sys.exit(main())
