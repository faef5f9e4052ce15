"""SkyRL's supervised trainer: messages with native calls, or token ids with their mask."""

from dataset_export.columns import Columns
from dataset_export.dialogue import Tokens, TrainingDialogue, require_trained
from dataset_export.formats.native import write_message
from toolworlds.records.base import Json

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
