"""Axolotl, `type: chat_template`: OpenAI's shape, and `train` says of each message whether it is learnt."""

from dataset_export.dialogue import Message, TrainingDialogue
from dataset_export.formats.native import write_message
from toolworlds.records.base import Json


def to_axolotl(dialogue: TrainingDialogue) -> dict[str, Json]:
    """One row; `message_field_training: train` in the configuration makes `train` count."""
    messages = [_write_message(message) for message in dialogue.messages]
    return {"id": dialogue.id, **dialogue.labels, "messages": messages, "tools": list(dialogue.tools)}


def _write_message(message: Message) -> dict[str, Json]:
    train = message.role == "assistant" and message.trained
    return {**write_message(message, as_text=True), "train": train}
