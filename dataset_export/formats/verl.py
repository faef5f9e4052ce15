"""verl's form for its tool agent: tools are native, and `tool_selection` names those of the row."""

from dataset_export.columns import Columns
from dataset_export.dialogue import TrainingPrompt, Unfit
from toolworlds.records.base import Json

COLUMNS: Columns = {
    "data_source": "string",
    "agent_name": "string",
    "prompt": [{"role": "string", "content": "string"}],
    "ability": "string",
    "reward_model": {"style": "string", "ground_truth": "string"},
    "extra_info": {
        "split": "string",
        "index": "int64",
        "id": "string",
        "environment": "string",
        "rl_ready": "bool",
        "max_turns": "int64",
        "metadata": "string",
        "tool_selection": ["string"],
        "need_tools_kwargs": "bool",
        "tools_kwargs": "json",
    },
}


def to_verl(prompt: TrainingPrompt, split: str, index: int) -> dict[str, Json]:
    """The row at `index` of a split; the ground truth and the metadata are JSON text.

    Raises Unfit where only the prompt's text tells the tools: this agent calls native ones.
    """
    if not prompt.tools:
        raise Unfit("tools that only the text of the prompt tells")
    names = [tool["function"]["name"] for tool in prompt.tools]
    return {
        "data_source": prompt.data_source,
        "agent_name": "tool_agent",
        "prompt": [
            {"role": "system", "content": prompt.system},
            {"role": "user", "content": prompt.user},
        ],
        "ability": "tool_use",
        "reward_model": {"style": prompt.method, "ground_truth": prompt.truth},
        "extra_info": {
            "split": split,
            "index": index,
            "id": prompt.id,
            "environment": prompt.environment,
            "rl_ready": prompt.rl_ready,
            "max_turns": prompt.max_turns,
            "metadata": prompt.metadata,
            "tool_selection": names,
            "need_tools_kwargs": True,
            "tools_kwargs": {name: {"create_kwargs": {"row_id": prompt.id}} for name in names},
        },
    }
