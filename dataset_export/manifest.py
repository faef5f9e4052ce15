"""`manifest.json`: what an export holds, what was left out, and where it comes from; no times, no hosts."""

import hashlib
from collections.abc import Mapping
from pathlib import Path

from dataset_export.figures import Figures
from dataset_export.inputs import Input
from dataset_export.settings import ExportSettings
from dataset_export.shaping import Shaper
from dataset_export.survey import Survey
from toolworlds.batch.run_folder import identify_input
from toolworlds.records.base import Json
from utils import explain_os_errors, read_json


def describe_export(
    settings: ExportSettings,
    source: Input,
    survey: Survey,
    figures: Mapping[str, Figures],
    shaper: Shaper,
    folder: Path,
) -> dict[str, Json]:
    """The manifest; `folder` already holds the data files."""
    return {
        "format_version": 1,
        "format": settings.format,
        "licence": settings.licence,
        "input": {
            "name": source.path.name,
            "kind": source.kind.noun,
            "records": survey.read,
            "sha256": source.hash(),
            "run": find_run(source),
        },
        "select": settings.select,
        "include_procedural": settings.include_procedural,
        "reasoning": "kept" if settings.keep_reasoning else "dropped",
        "tokenizer": describe_file(settings.tokenizer / "tokenizer.json") if settings.tokenizer else None,
        "tools": describe_file(settings.tools) if settings.tools else None,
        "seed": settings.seed,
        "left_out": dict(sorted(survey.left_out.items())),
        "dropped": dict(sorted(shaper.dropped.items())),
        "tool_names": dict(sorted(shaper.renamed.items())),
        "prompts": dict(sorted({**survey.prompts, **shaper.prompts}.items())),
        "side_files": [describe_file(path, folder) for path in sorted(folder.glob("*.jsonl"))],
        "splits": {
            split: {
                **describe_file(folder / "data" / f"{split}.{shaper.format.suffix}", folder),
                "share": survey.shares[split],
                **counted.to_json(),
                "environments": sorted(name for name, side in survey.environments.items() if side == split),
            }
            for split, counted in figures.items()
        },
    }


def find_run(source: Input) -> Json:
    """The identity of the run that made the input, kept beside it; None for an input from elsewhere."""
    beside = source.path.with_name(f"{source.path.name}.run.json")
    return read_json(beside) if beside.is_file() else identify_input(source.folder)


def describe_file(path: Path, folder: Path | None = None) -> dict[str, Json]:
    """A file's name, within `folder` if one is given, its size and hash."""
    with explain_os_errors(path), path.open("rb") as file:
        digest = hashlib.file_digest(file, "sha256").hexdigest()
    return {
        "file": str(path.relative_to(folder or path.parent)),
        "bytes": path.stat().st_size,
        "sha256": digest,
    }
