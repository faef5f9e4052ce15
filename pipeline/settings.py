"""What a pipeline run is told: fields, and flags of single stages, from a YAML file or the command line.

field: [Logistics, Travel]
env_generation: {max_subfields: 2}
task_audit: {distractors: 2-4}
trajectory_generation: {rollouts: 4, no_judge: true}
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

import yaml

from toolworlds.records.base import Json
from utils import UserError, explain_os_errors

STAGES = (
    "env_generation",
    "env_audit",
    "build_sequences",
    "task_generation",
    "task_audit",
    "trajectory_generation",
)


@dataclass(frozen=True, slots=True)
class PipelineSettings:
    """The fields, and per stage what stands behind its own flags on a command line."""

    fields: list[str]
    flags: Mapping[str, list[str]] = field(default_factory=dict)


def read_settings(path: Path) -> PipelineSettings:
    """The settings of a YAML file; raises UserError for keys or values that are none."""
    with explain_os_errors(path):
        data = path.read_bytes()
    try:
        content = yaml.safe_load(data)
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        raise UserError(f"{path} is not YAML: {error}; see pipeline/README.md") from error
    if not isinstance(content, dict) or not isinstance(content.get("field"), list):
        raise UserError(f"{path} names no fields; begin it with e.g. `field: [Logistics, Travel]`")
    fields = [str(name) for name in content.pop("field")]
    for name, flags in content.items():
        if name not in STAGES or not isinstance(flags, dict):
            raise UserError(f"{path}: {name!r} is no stage with flags; the stages are {', '.join(STAGES)}")
    return PipelineSettings(fields, {name: list(_spell_flags(flags)) for name, flags in content.items()})


def _spell_flags(flags: Mapping[str, Json]) -> Iterator[str]:
    for name, value in flags.items():
        if value is False:
            continue
        yield f"--{str(name).replace('_', '-')}"
        if value is not True:
            yield from map(str, value if isinstance(value, list) else [value])
