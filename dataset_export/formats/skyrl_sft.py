"""SkyRL's supervised trainer: messages with native calls, or token ids with their mask."""

from pathlib import Path

from dataset_export.columns import Columns
from dataset_export.dialogue import TrainingDialogue, Unfit, require_trained
from dataset_export.formats.native import write_message
from toolworlds.records.base import Json
from toolworlds.tokens.chat_encoder import ChatEncoder
from toolworlds.tokens.chat_template import Unsuited
from toolworlds.tokens.tokenizer import Tokenizer, Tokens
from utils import UserError

TOKEN_COLUMNS: Columns = {"input_ids": ["int32"], "loss_mask": ["int32"]}


def to_skyrl_sft(dialogue: TrainingDialogue) -> dict[str, Json]:
    """One conversation for `train_datasets`.

    Raises Unfit where a message must not be trained, or arguments are none: the trainer would hand text
    that is no JSON on to the chat template.
    """
    require_trained(dialogue)
    for call in dialogue.calls:
        call.read_arguments()
    return {
        "id": dialogue.id,
        **dialogue.labels,
        "messages": [write_message(message, as_text=True) for message in dialogue.messages],
        "tools": list(dialogue.tools),
    }


def to_skyrl_sft_tokens(dialogue: TrainingDialogue, piece: Tokens) -> dict[str, Json]:
    """One sequence for `pretokenized_dataset_paths`: 1 in the mask is trained."""
    return {
        "id": dialogue.id,
        **dialogue.labels,
        "input_ids": piece.input_ids,
        "loss_mask": piece.loss_mask,
    }


def open_encoder(folder: Path) -> ChatEncoder:
    """A tokenizer's folder; raises UserError where it lacks a tokenizer or a chat template."""
    tokenizer = Tokenizer(folder)
    if tokenizer.template is None:
        raise UserError(f"--tokenizer {folder} has no chat template; give one of a chat model")
    return ChatEncoder(tokenizer, tokenizer.template)


def encode(dialogue: TrainingDialogue, encoder: ChatEncoder) -> Tokens:
    """Ids and mask of the whole dialogue.

    Raises Unfit where a text holds special tokens, or the template does not suit the dialogue.
    """
    messages = [write_message(message, as_text=False) for message in dialogue.messages]
    if encoder.tokenizer.find_special([messages, dialogue.tools]):
        raise Unfit("a text that holds the tokenizer's special tokens")
    trained = [message.trained for message in dialogue.messages if message.role == "assistant"]
    try:
        return encoder.encode(messages, dialogue.tools, trained)
    except Unsuited as reason:
        raise Unfit(str(reason)) from reason
