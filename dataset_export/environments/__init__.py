"""Environments for trainers, each a thin file behind its extra.

A sample carries its row as JSON text: for SkyRL in `reward_spec.ground_truth`, for verl in
`reward_model.ground_truth`. Its prompt is `task_solver.trajectory`'s. SkyRL renders prompts without tools, so
there the system text goes through `write_system` (`toolworlds/tokens/call_format.py`), which teaches the
tools and the tags.
"""
