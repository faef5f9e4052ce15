"""From a record's bytes to rows of the chosen format: the way that kind of input and format take together."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import replace

from dataset_export.columns import Columns
from dataset_export.dialogue import Message, TrainingDialogue, Unfit
from dataset_export.formats.any import FORMATS, Format
from dataset_export.formats.parquet import to_parquet
from dataset_export.formats.skyrl_sft import encode, open_encoder, to_skyrl_sft_tokens
from dataset_export.inputs import Spot
from dataset_export.settings import ExportSettings
from dataset_export.sources.kind import InputKind
from dataset_export.tool_files import ToolFile
from roles.templates import load_template
from toolworlds.records.base import Json
from toolworlds.tokens.call_format import format_sha256
from utils import UserError

TOKEN_FORMAT = "skyrl-sft"
Shaped = tuple[dict[str, Json], TrainingDialogue | None]
"""(a row, the dialogue that it was made from if it was one)"""


class Shaper:
    """Makes the rows of one export. Raises UserError where input, format and flags do not go together."""

    def __init__(self, settings: ExportSettings, kind: InputKind) -> None:
        self.format = FORMATS[settings.format]
        self._kind = kind
        _check(settings, self.format, kind)
        self._keep_reasoning = settings.keep_reasoning and self.format.has_reasoning
        self.dropped: Counter[str] = Counter()
        """What of the messages the format has no place for, or was not wanted -> messages"""
        self._names: dict[str, str] = {}
        """A tool's name in the export -> its own."""
        self._tools = ToolFile(settings.tools) if settings.tools else None
        self._encoder = open_encoder(settings.tokenizer) if settings.tokenizer else None
        self._as_tokens = self._encoder is not None

    @property
    def columns(self) -> Columns:
        """The columns of the export."""
        return self.format.list_columns(self._kind, tokens=self._as_tokens)

    @property
    def renamed(self) -> dict[str, str]:
        """A tool's name in the export -> its own, where the two differ."""
        return {safe: name for safe, name in self._names.items() if safe != name}

    @property
    def prompts(self) -> dict[str, Json]:
        """The texts that the export itself puts into rows -> version and hash."""
        texts: dict[str, Json] = {}
        if self._kind.template and (self.format.dialogue or self.format.prompt):
            template = load_template(self._kind.template)
            texts[template.name] = {"version": template.version, "sha256": template.sha256}
        if self.format.has_tags:
            texts["call_format"] = {"sha256": format_sha256()}
        return texts

    def choose_tokens(self, settings: ExportSettings, known: int, records: int) -> None:
        """Whether rows are token ids, now that it is clear of how many records these are known."""
        if settings.format != TOKEN_FORMAT or self._encoder or not known:
            return
        if known < records:
            raise UserError(f"{known} of {records} records hold token ids; give --tokenizer for the others")
        if not settings.keep_reasoning:
            raise UserError("--reasoning drop cannot take thoughts out of sampled token ids; leave it out")
        self._as_tokens = True

    def shape(self, spot: Spot, split: str, index: int) -> Iterator[Shaped]:
        """The rows of one record, the first at this index of its split; raises Unfit if it has none."""
        data, place = spot.read(), str(spot)
        if self.format.prompt and self._kind.read_prompt:
            yield self.format.prompt(self._kind.read_prompt(data, place), split, index), None
        elif self.format.dialogue and self._kind.read_dialogue:
            dialogue = self._complete(self._kind.read_dialogue(data, place))
            if self._as_tokens:
                yield from self._list_pieces(dialogue)
            else:
                yield self.format.dialogue(dialogue), dialogue
        else:
            yield to_parquet(data, self._kind.records, place), None

    def _complete(self, dialogue: TrainingDialogue) -> TrainingDialogue:
        """The dialogue with the tools of `--tools`, without what has no place."""
        if not any(message.role == "assistant" for message in dialogue.messages):
            raise Unfit("a dialogue without an assistant")
        if self._tools and not dialogue.tools:
            dialogue = replace(dialogue, tools=self._tools.offer(dialogue))
        if rename := self.format.rename:
            self._note_names({name: rename(name) for name in dialogue.tool_names})
        return replace(dialogue, messages=tuple(map(self._trim, dialogue.messages)))

    def _note_names(self, names: dict[str, str]) -> None:
        """Keeps which tool is called what; raises UserError where the map could not be read backwards."""
        for name, safe in names.items():
            if self._names.setdefault(safe, name) != name:
                raise UserError(
                    f"tools {name!r} and {self._names[safe]!r} are both {safe!r} here; rename one"
                )

    def _trim(self, message: Message) -> Message:
        if message.reasoning and not self._keep_reasoning:
            self.dropped["thoughts"] += 1
            message = replace(message, reasoning="")
        if message.calls and message.content and not self.format.has_words:
            self.dropped["words beside calls"] += 1
            message = replace(message, content="")
        return message

    def _list_pieces(self, dialogue: TrainingDialogue) -> Iterator[Shaped]:
        """As sampled where that is known, else as the tokenizer gives it."""
        pieces = dialogue.pieces
        if self._encoder and (not pieces or not self._keep_reasoning):
            pieces = (encode(dialogue, self._encoder),)
        for piece in pieces:
            yield to_skyrl_sft_tokens(dialogue, piece), replace(dialogue, pieces=(piece,))


def _check(settings: ExportSettings, chosen: Format, kind: InputKind) -> None:
    name = settings.format
    if chosen.prompt and not kind.read_prompt:
        raise UserError(f"{kind.noun} hold nothing to reward by, so --format {name} has no use for them")
    if chosen.dialogue and not kind.read_dialogue:
        raise UserError(f"{kind.noun} hold no replies, so --format {name} has no use for them; try skyrl")
    if settings.tokenizer and name != TOKEN_FORMAT:
        raise UserError(f"--format {name} holds no token ids; leave out --tokenizer or take {TOKEN_FORMAT}")
    if settings.tools and not chosen.dialogue:
        raise UserError(f"--format {name} takes no --tools; leave it out")
    told = {"own"} if chosen.rename else {"own", "text"}
    if chosen.dialogue and kind.tools not in told and not settings.tools:
        raise UserError(
            f"--format {name} needs the functions that {kind.noun} only name; "
            "give --tools a registry.json or a list of OpenAI functions"
        )
