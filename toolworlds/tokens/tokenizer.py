"""A Hugging Face tokenizer folder: ids of a text, the loss mask of its spans, the chat template beside it."""

from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from toolworlds.errors import UserError
from toolworlds.files import explain_os_errors, read_json
from toolworlds.records.base import Json
from toolworlds.tokens.chat_template import ChatTemplate, Unsuited

Span = tuple[int, int]
"""[start, end) in characters."""
_NAMED = "bos", "eos", "unk", "sep", "pad", "cls", "mask"
"""The special tokens that a template may name, as `bos_token` and so on."""


@dataclass(frozen=True, slots=True)
class Tokens:
    """Token ids with their loss mask, both of the full length: 1 is trained."""

    input_ids: list[int]
    loss_mask: list[int]


class Tokenizer:
    """Text to ids and back; special tokens in a text are read as such."""

    def __init__(self, folder: Path) -> None:
        """Raises UserError for a folder without a readable tokenizer."""
        try:
            from tokenizers import Tokenizer as Engine
        except ImportError as error:
            raise UserError("--tokenizer needs the extra `episodes`; pip install '.[episodes]'") from error
        path = folder / "tokenizer.json" if folder.is_dir() else folder
        if not path.is_file():
            raise UserError(f"--tokenizer {folder} holds no tokenizer.json; give a tokenizer's folder")
        self.folder = path.parent
        try:
            self.engine: Any = Engine.from_file(str(path))
        except Exception as error:
            raise UserError(f"{path} cannot be read as a tokenizer: {error}; give another folder") from error

    @cached_property
    def special(self) -> dict[int, str]:
        """Special tokens by id: what no ordinary text should become."""
        added = self.engine.get_added_tokens_decoder()
        return {number: token.content for number, token in sorted(added.items()) if token.special}

    @cached_property
    def config(self) -> dict[str, Json]:
        """The tokenizer's own configuration; empty if there is none."""
        path = self.folder / "tokenizer_config.json"
        config = read_json(path) if path.is_file() else {}
        if not isinstance(config, dict):
            raise UserError(f"{path} holds no JSON object; give another folder")
        return config

    @cached_property
    def template(self) -> ChatTemplate | None:
        """`chat_template.jinja`, or the template of the configuration: of several the one for tools."""
        file = self.folder / "chat_template.jinja"
        source = self.config.get("chat_template")
        if file.is_file():
            with explain_os_errors(file):
                source = file.read_bytes().decode("utf-8", errors="replace")
        if isinstance(source, list):
            named = {e.get("name"): e.get("template") for e in source if isinstance(e, dict)}
            source = named.get("tool_use", named.get("default"))
        if source is None:
            return None
        if not isinstance(source, str):
            raise UserError(f"the chat template of {self.folder} is no text; give another folder")
        return ChatTemplate(source, {f"{kind}_token": self.name_token(f"{kind}_token") for kind in _NAMED})

    def name_token(self, name: str) -> str:
        """`bos_token` or `eos_token` as text; empty if there is none."""
        token = self.config.get(name) or ""
        token = token.get("content", "") if isinstance(token, dict) else token
        return token if isinstance(token, str) else ""

    def find_special(self, value: Json) -> str | None:
        """A special token within a value's texts, where it would be read as one, and open or close a turn."""
        if isinstance(value, str):
            return next((token for token in self.special.values() if token and token in value), None)
        if isinstance(value, dict):
            value = [*value, *value.values()]
        if isinstance(value, list | tuple):
            return next(filter(None, map(self.find_special, value)), None)
        return None

    def encode(self, text: str) -> list[int]:
        """Ids of a whole rendered text; nothing is added to it."""
        return list(self.engine.encode(text, add_special_tokens=False).ids)

    def encode_spans(self, text: str, spans: Sequence[Span]) -> Tokens:
        """Ids of the text, trained where they lie within spans, which are in order and apart.

        Raises Unsuited where a token lies across the border of one.
        """
        encoded = self.engine.encode(text, add_special_tokens=False)
        spans = [span for span in spans if span[0] < span[1]]
        starts = [start for start, _ in spans]
        mask = []
        for start, end in encoded.offsets:
            place = bisect_right(starts, start) - 1
            inside = place >= 0 and start < spans[place][1]
            border = spans[place][1] if inside else starts[place + 1] if place + 1 < len(starts) else end
            if start < border < end:
                raise Unsuited("a token that lies across the border of an assistant's message")
            mask.append(int(inside and start < end))
        return Tokens(list(encoded.ids), mask)

    def decode(self, ids: Sequence[int]) -> str:
        """The text of these ids, special tokens included."""
        return str(self.engine.decode(list(ids), skip_special_tokens=False))
