"""A Hugging Face tokenizer folder: `tokenizer.json` and the chat template that comes with it."""

from collections.abc import Sequence
from functools import cached_property
from pathlib import Path
from typing import Any

from toolworlds.records.base import Json
from utils import UserError, read_json


class Tokenizer:
    """Text to ids and back; special tokens in a text are read as such."""

    def __init__(self, folder: Path) -> None:
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
            raise UserError(f"{path} cannot be read as a tokenizer: {error}") from error

    @cached_property
    def special(self) -> dict[int, str]:
        """Special tokens by id: what no ordinary text should become."""
        added = self.engine.get_added_tokens_decoder()
        return {number: token.content for number, token in sorted(added.items()) if token.special}

    @cached_property
    def config(self) -> dict[str, Json]:
        """The tokenizer's own configuration; empty if there is none."""
        path = self.folder / "tokenizer_config.json"
        return dict(read_json(path)) if path.is_file() else {}

    @cached_property
    def chat_template(self) -> str | None:
        """The chat template, or None."""
        file = self.folder / "chat_template.jinja"
        if file.is_file():
            return file.read_text(encoding="utf-8")
        template = self.config.get("chat_template")
        if isinstance(template, list):
            named = {entry["name"]: entry["template"] for entry in template}
            template = named.get("tool_use", named.get("default"))
        return template

    def name_token(self, name: str) -> str:
        """`bos_token` or `eos_token` as text; empty if there is none."""
        token = self.config.get(name) or ""
        return token["content"] if isinstance(token, dict) else str(token)

    def encode(self, text: str) -> list[int]:
        """Ids of a whole rendered text; nothing is added to it."""
        return list(self.engine.encode(text, add_special_tokens=False).ids)

    def decode(self, ids: Sequence[int]) -> str:
        """The text of these ids, special tokens included."""
        return str(self.engine.decode(list(ids), skip_special_tokens=False))
