"""TRL's conversational form: arguments are objects, tools stand in OpenAI's form."""

from dataset_export.dialogue import TrainingDialogue, require_trained
from dataset_export.formats.native import write_message
from toolworlds.records.base import Json


def to_trl(dialogue: TrainingDialogue) -> dict[str, Json]:
    """One row for `SFTTrainer`.

    Raises Unfit where a message must not be trained, or arguments are no object.
    """
    require_trained(dialogue)
    return {
        "id": dialogue.id,
        **dialogue.labels,
        "messages": [write_message(message, as_text=False) for message in dialogue.messages],
        "tools": list(dialogue.tools),
    }
