"""What an episode must satisfy. Each check is a function that gives the faults it finds."""

import re
from collections.abc import Iterator, Sequence

import orjson

from episodes.results import Results
from episodes.sentences import split_sentences
from episodes.toolsets.base import HOST_PATH, Arguments, ToolBox, ToolError, check_arguments
from toolworlds.records.episodes import Episode, EpisodeMessage
from toolworlds.tokens.call_format import CallFormat
from toolworlds.tokens.tags import TagSet
from toolworlds.world.calls import is_empty, is_error
from toolworlds.world.json_paths import walk_leaves

OVERLAP = 8
"""Characters of a result's field that an answer must share with it, or a whole shorter field."""
MAX_ANSWER = 900
ROLES = re.compile(r"(u(ct)*a)+")


def is_call(message: EpisodeMessage, calls: CallFormat) -> bool:
    """Whether a message is a call of the assistant's."""
    return message.role == "assistant" and calls.is_call(message.content)


def check_roles(episode: Episode, calls: CallFormat) -> Iterator[str]:
    """Messages alternate: user, then calls each with its result, then an answer; loss only on assistants."""
    kinds = {"user": "u", "toolresult": "t", "assistant": "a"}
    said = "".join("c" if is_call(m, calls) else kinds[m.role] for m in episode.messages)
    if not ROLES.fullmatch(said):
        yield f"roles {said}: not user, (call, toolresult)…, assistant"
    if any(m.loss and m.role != "assistant" for m in episode.messages):
        yield "loss on a message that is not the assistant's"
    if any(not m.content.strip() for m in episode.messages):
        yield "an empty message"


def check_tags(episode: Episode, tags: TagSet, reserved: Sequence[str] = ()) -> Iterator[str]:
    """No message holds a tag or a reserved token, but for the two tags around a call."""
    listed = [*tags.list_tags(), *reserved]
    for message in episode.messages:
        text = message.content
        if message.role == "assistant":
            text = text.removeprefix(tags.toolcall[0]).removesuffix(tags.toolcall[1])
        yield from (f"tag {tag} within a {message.role} message" for tag in listed if tag in text)


def read_calls(episode: Episode, calls: CallFormat) -> list[tuple[str, Arguments, EpisodeMessage]]:
    """(tool, arguments, its result's message) of every call that parses and has a result."""
    found = []
    for message, following in zip(episode.messages, episode.messages[1:], strict=False):
        if message.role == "assistant" and calls.is_call(message.content) and following.role == "toolresult":
            try:
                found.append((*calls.read(message.content), following))
            except ValueError:
                continue
    return found


def check_calls_parse(episode: Episode, calls: CallFormat) -> Iterator[str]:
    """Every call is flat JSON, alone in its message."""
    for message in episode.messages:
        if message.role == "assistant" and calls.is_call(message.content):
            try:
                calls.read(message.content)
            except ValueError as error:
                yield str(error)


def check_tools_exist(episode: Episode, calls: CallFormat, tools: ToolBox) -> Iterator[str]:
    """Every call names a tool that there is, and its result carries the same name."""
    for name, _, result in read_calls(episode, calls):
        if name not in tools.tools:
            yield f"unknown tool {name}"
        if result.name != name:
            yield f"the result of {name} is named {result.name}"


def check_call_arguments(episode: Episode, calls: CallFormat, tools: ToolBox) -> Iterator[str]:
    """Required arguments are there and valid, unless the episode shows just that mistake, without loss."""
    trained = {m.content for m in episode.messages if m.loss}
    for name, arguments, _ in read_calls(episode, calls):
        if name not in tools.tools or calls.write(name, arguments) not in trained:
            continue
        try:
            check_arguments(tools.tools[name][0], arguments)
        except ToolError as error:
            yield f"{name}: {error}"


def check_results(episode: Episode, calls: CallFormat, tools: ToolBox, max_chars: int) -> Iterator[str]:
    """Every result is what the tool gives when it is called again."""
    for name, arguments, message in read_calls(episode, calls):
        if message.content != Results(max_chars).give(name, arguments, tools.execute(name, arguments)):
            yield f"{name} gives another result than the episode says"


def check_truncation(episode: Episode, max_chars: int) -> Iterator[str]:
    """No result is longer than allowed; a cut one says so, its full length, and where the full one stands."""
    for message in episode.messages:
        if message.role != "toolresult":
            continue
        result = orjson.loads(message.content)
        if len(message.content) > max_chars:
            yield f"a result of {len(message.content)} characters, more than {max_chars}"
        if result.get("truncated") and not (
            result.get("full_length", 0) > max_chars and result.get("full_result")
        ):
            yield "a cut result that does not say how long it was and where it stands"


def check_answers(episode: Episode, calls: CallFormat) -> Iterator[str]:
    """An answer after results repeats something of theirs and names a source; a question need not."""
    fields: list[str] = []
    failed = False
    for message in episode.messages:
        if message.role == "user":
            fields, failed = [], False
        elif message.role == "toolresult":
            result = orjson.loads(message.content)
            failed = is_error(result) or is_empty(result) or result.get("count") == 0
            leaves = (leaf for _, leaf in walk_leaves(result) if not isinstance(leaf, bool))
            fields += [str(leaf) for leaf in leaves if isinstance(leaf, str | int | float) and leaf != ""]
        elif not calls.is_call(message.content) and fields and not failed:
            if not any(_overlaps(field, message.content) for field in fields):
                yield "an answer that shares nothing with its results"
            if not _cites(message.content, fields):
                yield "an answer that cites nothing"


def _overlaps(field: str, answer: str) -> bool:
    if len(field) <= OVERLAP:
        return re.search(rf"(?<!\w){re.escape(field)}(?!\w)", answer) is not None
    return any(s.text in answer for s in split_sentences(field)) or field in answer or field[:60] in answer


def _cites(answer: str, fields: list[str]) -> bool:
    """A file, id, commit or time of the results; a summary of the user's own text has none."""
    named = [
        f for f in fields if (re.fullmatch(r"[\w./:@ -]+", f) and any(c in f for c in "./:-")) or f.isalnum()
    ]
    return any(name in answer for name in named) or not any("/" in f and "." in f for f in fields)


def check_dumps(episode: Episode, calls: CallFormat) -> Iterator[str]:
    """No answer is a whole document, overlong, or ends in the midst of a sentence."""
    texts = [str(orjson.loads(m.content).get("text", "")) for m in episode.messages if m.role == "toolresult"]
    for message in episode.messages:
        if message.role != "assistant" or calls.is_call(message.content):
            continue
        if len(message.content) > MAX_ANSWER or any(len(t) > 400 and t in message.content for t in texts):
            yield "an answer that is a dump of a document"
        if not re.search(r"[.!?…\]\)\"“”`*:]$|\d$", message.content.rstrip()):
            yield f"an answer that ends in the midst of a sentence: {message.content[-40:]!r}"


def check_host_paths(episode: Episode) -> Iterator[str]:
    """No message holds a path of the machine that made it."""
    for message in episode.messages:
        if found := HOST_PATH.search(message.content):
            yield f"host path {found.group()!r} in a {message.role} message"


class Checker:
    """All checks together."""

    def __init__(self, tools: ToolBox, calls: CallFormat, tags: TagSet, max_chars: int) -> None:
        self.tools = tools
        self.calls = calls
        self.tags = tags
        self.max_chars = max_chars
        self.reserved: list[str] = []
        """Special tokens of a tokenizer: a message that held one would be read as more than words."""

    def check(self, episode: Episode, rerun: bool) -> list[str]:
        """All faults; `rerun` also calls the tools again."""
        faults = [
            *check_roles(episode, self.calls),
            *check_tags(episode, self.tags, self.reserved),
            *check_calls_parse(episode, self.calls),
            *check_tools_exist(episode, self.calls, self.tools),
            *check_call_arguments(episode, self.calls, self.tools),
            *check_truncation(episode, self.max_chars),
            *check_answers(episode, self.calls),
            *check_dumps(episode, self.calls),
            *check_host_paths(episode),
        ]
        if rerun:
            faults += check_results(episode, self.calls, self.tools, self.max_chars)
        return faults
