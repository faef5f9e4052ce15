"""Dialogues as token ids through a tokenizer's chat template, trained where the assistant speaks."""

from pathlib import Path
from typing import Any

from dataset_export.chat_template import ChatTemplate
from dataset_export.dialogue import Tokens, TrainingDialogue, Unfit
from dataset_export.formats.native import write_message
from toolworlds.records.base import Json
from utils import UserError, explain_os_errors, read_json


class ChatTokenizer:
    """A Hugging Face tokenizer folder. Raises UserError where it lacks a tokenizer or a chat template."""

    def __init__(self, folder: Path) -> None:
        self._engine = _load_engine(folder)
        config = folder / "tokenizer_config.json"
        settings = read_json(config) if config.is_file() else {}
        source = _find_template(folder, settings)
        tokens = {name: _read_token(settings.get(name)) for name in ("bos_token", "eos_token")}
        added = self._engine.get_added_tokens_decoder().values()
        self._special = sorted(token.content for token in added if token.special)
        self._template = ChatTemplate(source, tokens, self._special)

    def encode(self, dialogue: TrainingDialogue) -> Tokens:
        """Ids and mask of the whole dialogue.

        Raises Unfit where a text holds special tokens, or the template does not suit the dialogue.
        """
        messages = [write_message(message, as_text=False) for message in dialogue.messages]
        _refuse_special([messages, dialogue.tools], self._special)
        text, spans = self._template.render(messages, dialogue.tools)
        said = [message for message in dialogue.messages if message.role == "assistant"]
        if len(spans) != len(said):
            raise Unfit("the chat template does not render every message of the assistant")
        trained = [span for span, message in zip(spans, said, strict=True) if message.trained]
        encoded = self._engine.encode(text, add_special_tokens=False)
        return Tokens(list(encoded.ids), [_is_within(span, trained) for span in encoded.offsets])


def _is_within(span: tuple[int, int], trained: list[tuple[int, int]]) -> int:
    start, end = span
    return int(any(first <= start and end <= last for first, last in trained))


def _refuse_special(value: Json, special: list[str]) -> None:
    if isinstance(value, str):
        if any(token in value for token in special):
            raise Unfit("a text that holds the tokenizer's special tokens")
    elif isinstance(value, dict):
        for key, inner in value.items():
            _refuse_special(key, special)
            _refuse_special(inner, special)
    elif isinstance(value, list | tuple):
        for inner in value:
            _refuse_special(inner, special)


def _load_engine(folder: Path) -> Any:
    try:
        from tokenizers import Tokenizer
    except ImportError as error:
        raise UserError("--tokenizer needs the extra `episodes`; pip install '.[episodes]'") from error
    path = folder / "tokenizer.json"
    if not path.is_file():
        raise UserError(f"--tokenizer {folder} holds no tokenizer.json; give a tokenizer's folder")
    try:
        return Tokenizer.from_file(str(path))
    except Exception as error:
        raise UserError(f"{path} cannot be read as a tokenizer: {error}; give another folder") from error


def _find_template(folder: Path, settings: dict[str, Json]) -> str:
    """`chat_template.jinja`, or the template of the configuration; of several the one for tools."""
    file = folder / "chat_template.jinja"
    if file.is_file():
        with explain_os_errors(file):
            return file.read_text(encoding="utf-8")
    template = settings.get("chat_template")
    if isinstance(template, list):
        named = {entry["name"]: entry["template"] for entry in template}
        template = named.get("tool_use", named.get("default"))
    if not isinstance(template, str):
        raise UserError(f"--tokenizer {folder} has no chat template; give one of a chat model")
    return template


def _read_token(token: Json) -> str:
    return str(token["content"]) if isinstance(token, dict) else str(token or "")
