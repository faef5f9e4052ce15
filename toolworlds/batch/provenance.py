"""Where an output comes from: what every record's `provenance` says."""

from collections.abc import Mapping

from toolworlds.records.base import Json
from toolworlds.records.completions import Model


def trace_origin(model: Model, seed: int, *prompts: Mapping[str, Json]) -> dict[str, Json]:
    """Models, seed and prompts, the latter as `Role.prompts()` gives them; no times, hosts or counts."""
    used = {name: prompt for some in prompts for name, prompt in some.items()}
    return {"model": model.describe(), "seed": seed, "prompts": {name: used[name] for name in sorted(used)}}
