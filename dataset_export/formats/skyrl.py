"""SkyRL's reinforcement form: the prompt is rendered without tools, so its system text tells them."""

from dataset_export.columns import Columns
from dataset_export.dialogue import TrainingPrompt
from toolworlds.records.base import Json
from toolworlds.tokens.call_format import write_system

COLUMNS: Columns = {
    "data_source": "string",
    "prompt": [{"role": "string", "content": "string"}],
    "env_class": "string",
    "reward_spec": {"method": "string", "ground_truth": "string"},
    "extra_info": {
        "id": "string",
        "environment": "string",
        "rl_ready": "bool",
        "max_turns": "int64",
        "metadata": "string",
    },
}


def to_skyrl(prompt: TrainingPrompt) -> dict[str, Json]:
    """One row; the ground truth and the metadata are JSON text."""
    system = write_system(prompt.system, prompt.tools) if prompt.tools else prompt.system
    return {
        "data_source": prompt.data_source,
        "prompt": [{"role": "system", "content": system}, {"role": "user", "content": prompt.user}],
        "env_class": prompt.env_class,
        "reward_spec": {"method": prompt.method, "ground_truth": prompt.truth},
        "extra_info": {
            "id": prompt.id,
            "environment": prompt.environment,
            "rl_ready": prompt.rl_ready,
            "max_turns": prompt.max_turns,
            "metadata": prompt.metadata,
        },
    }
