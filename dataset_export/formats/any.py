"""All formats by name."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

from dataset_export.columns import Columns
from dataset_export.dialogue import TrainingDialogue, TrainingPrompt
from dataset_export.formats import hermes, llama_factory, native, openai, skyrl, verl
from dataset_export.formats.axolotl import to_axolotl
from dataset_export.formats.hermes import to_hermes
from dataset_export.formats.llama_factory import to_llama_factory
from dataset_export.formats.openai import to_openai
from dataset_export.formats.parquet import list_columns
from dataset_export.formats.skyrl import to_skyrl
from dataset_export.formats.skyrl_sft import TOKEN_COLUMNS, to_skyrl_sft
from dataset_export.formats.trl import to_trl
from dataset_export.formats.verl import to_verl
from dataset_export.sources.kind import InputKind
from toolworlds.records.base import Json


@dataclass(frozen=True, slots=True)
class Format:
    """How a format is made: from dialogues, from prompts, or from the records' bytes where both are None."""

    suffix: Literal["jsonl", "parquet"]
    columns: Columns
    dialogue: Callable[[TrainingDialogue], dict[str, Json]] | None = None
    prompt: Callable[[TrainingPrompt, str, int], dict[str, Json]] | None = None
    """Of (prompt, split, index in the split)."""
    has_reasoning: bool = True
    """Whether there is a place for what the assistant thought; without one it is dropped and counted."""
    has_words: bool = True
    """Whether there is a place for words beside calls; without one they are dropped and counted."""
    has_tags: bool = False
    """Whether texts teach and hold calls between tags, as `toolworlds.tokens.call_format` writes them."""
    rename: Callable[[str], str] | None = None
    """How tools are called where the format does not take every name; the manifest keeps the map."""
    has_id: bool = True
    """Whether a row begins with its id and, of a dialogue, its labels."""

    def list_columns(self, kind: InputKind, *, tokens: bool) -> Columns:
        """All columns, in order."""
        if self.prompt:
            return self.columns
        if self.dialogue is None:
            return list_columns(kind.records)
        own = TOKEN_COLUMNS if tokens else self.columns
        return {"id": "string", **kind.labels, **own} if self.has_id else own


FORMATS: dict[str, Format] = {
    "skyrl": Format(
        "parquet", skyrl.COLUMNS, prompt=lambda prompt, split, index: to_skyrl(prompt), has_tags=True
    ),
    "skyrl-sft": Format("jsonl", native.COLUMNS, to_skyrl_sft),
    "verl": Format("parquet", verl.COLUMNS, prompt=to_verl),
    "trl": Format("jsonl", native.COLUMNS, to_trl),
    "openai": Format(
        "jsonl", openai.COLUMNS, to_openai, has_reasoning=False, rename=openai.make_safe, has_id=False
    ),
    "axolotl": Format("jsonl", native.COLUMNS, to_axolotl),
    "llama-factory": Format("jsonl", llama_factory.COLUMNS, to_llama_factory, has_words=False),
    "hermes": Format("jsonl", hermes.COLUMNS, to_hermes, has_tags=True),
    "parquet": Format("parquet", {}),
}
