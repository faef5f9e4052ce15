"""SkyRL samples: tasks with ground-truth plans of tool calls, and plans for prompts that exist already."""
