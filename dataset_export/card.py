"""The dataset card: YAML front matter that `datasets` reads, and figures computed from the data."""

from pathlib import Path

import yaml

from dataset_export.columns import Columns, declare_columns
from dataset_export.settings import ExportSettings
from toolworlds.language.words import raise_first
from toolworlds.records.base import Json
from utils import write_bytes_atomic

SIZES = ((1_000, "n<1K"), (10_000, "1K<n<10K"), (100_000, "10K<n<100K"), (1_000_000, "100K<n<1M"))
FIGURES = ("records", "messages", "calls", "parallel_messages", "distinct_tools", "tokens", "trained_tokens")


def write_card(settings: ExportSettings, manifest: dict[str, Json], columns: Columns, folder: Path) -> None:
    """Writes `README.md`."""
    header = yaml.safe_dump(make_header(settings, manifest, columns), sort_keys=False, allow_unicode=True)
    text = f"---\n{header}---\n\n{write_body(settings, manifest)}"
    write_bytes_atomic(folder / "README.md", text.encode())


def make_header(settings: ExportSettings, manifest: dict[str, Json], columns: Columns) -> dict[str, Json]:
    """The front matter; one configuration whose splits are the export's."""
    splits = manifest["splits"]
    count = sum(split["records"] for split in splits.values())
    files = [{"split": name, "path": split["file"]} for name, split in splits.items()]
    return {
        "license": settings.licence,
        "language": list_languages(splits),
        "pretty_name": settings.output.name,
        "size_categories": [name_size(count)],
        "task_categories": ["text-generation"],
        "tags": ["tool-use", "agents", "synthetic", settings.format],
        "configs": [{"config_name": "default", "data_files": files}],
        "dataset_info": {"config_name": "default", "features": declare_columns(columns)},
    }


def list_languages(splits: dict[str, Json]) -> list[str]:
    """The languages that the records name; English where they name none."""
    return sorted({name for split in splits.values() for name in split.get("language", ())}) or ["en"]


def name_size(count: int) -> str:
    """The hub's word for a number of records."""
    return next((name for limit, name in SIZES if count < limit), "1M<n<10M")


def write_body(settings: ExportSettings, manifest: dict[str, Json]) -> str:
    """What a reader of the card sees."""
    name = manifest["input"]["kind"]
    parts = [
        f"# {settings.output.name}",
        f"{raise_first(name)} made by Toolworlds in the format `{settings.format}`.",
        _write_table(manifest["splits"]),
        "No environment stands in two splits. `manifest.json` lists them, with hashes of input and files.",
        "".join(
            f"Results that messages hold cut off stand in full in `{f['file']}`."
            for f in manifest["side_files"]
        ),
        _write_counts("Left out", manifest["left_out"]),
        _write_counts("Dropped from messages", manifest["dropped"]),
        _write_origin(manifest),
        f'```python\nfrom datasets import load_dataset\n\nload_dataset("{settings.output.name}")\n```',
    ]
    return "\n\n".join(part for part in parts if part) + "\n"


def _write_table(splits: dict[str, Json]) -> str:
    shown = [name for name in FIGURES if any(name in split for split in splits.values())]
    rows = [["split", *(name.replace("_", " ") for name in shown), "environments"]]
    rows.append(["---"] * len(rows[0]))
    for name, split in splits.items():
        rows.append([name, *(f"{split.get(key, 0):,}" for key in shown), f"{len(split['environments']):,}"])
    return "\n".join(f"| {' | '.join(row)} |" for row in rows)


def _write_counts(title: str, counts: dict[str, int]) -> str:
    if not counts:
        return ""
    return f"{title}: {'; '.join(f'{count:,} ({what})' for what, count in counts.items())}."


def _write_origin(manifest: dict[str, Json]) -> str:
    procedural = "Records made by the embedded model, which is no language model, are among them."
    run = manifest["input"]["run"] or {}
    model = f"Model: `{run['model']}`, seed {run.get('seed')}." if "model" in run else ""
    return " ".join(part for part in (model, procedural if manifest["include_procedural"] else "") if part)
