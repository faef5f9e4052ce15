"""The story of an export: look, split, format, write, describe; the folder appears whole or not at all."""

import shutil
from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

from filelock import FileLock, Timeout

from dataset_export.card import write_card
from dataset_export.dialogue import Unfit
from dataset_export.figures import Figures
from dataset_export.formats.any import FORMATS, Format
from dataset_export.formats.parquet import list_columns, to_parquet
from dataset_export.inputs import Input, Spot
from dataset_export.manifest import MANIFEST, describe_export
from dataset_export.settings import Settings
from dataset_export.splits import Shares
from dataset_export.survey import Survey, survey_input
from dataset_export.writers import JsonLines, Parquet, Writer
from records.base import Json
from utils import UserError, explain_os_errors, write_json


def export(settings: Settings) -> dict[str, Json]:
    """Writes `--output` and returns its manifest. Raises UserError where nothing can be exported."""
    source = Input(settings.source)
    chosen = FORMATS[settings.format]
    if chosen.takes == "dialogue" and source.kind.read_dialogue is None:
        raise UserError(
            f"{source.kind.noun} hold no dialogues, so --format {settings.format} has nothing to write"
        )
    survey = survey_input(
        source, settings.select, settings.include_procedural, settings.shares, settings.seed
    )
    with replace_folder(settings.output) as folder:
        figures = write_data(source, chosen, survey, settings.shares, folder)
        manifest = describe_export(settings, source, survey, figures, folder)
        write_json(folder / MANIFEST, manifest)
        write_card(settings, manifest, folder)
    return manifest


def write_data(
    source: Input, chosen: Format, survey: Survey, shares: Shares, folder: Path
) -> dict[str, Figures]:
    """Writes `data/<split>.<suffix>`; records that the format cannot hold are left out and counted."""
    (folder / "data").mkdir()
    figures = {split: Figures() for split in shares}
    with ExitStack() as stack:
        writers = {
            split: stack.enter_context(open_writer(folder / "data" / f"{split}.{chosen.suffix}", source))
            for split in shares
        }
        for spot, environment in survey.spots:
            split = survey.splits[environment]
            try:
                write_record(source, chosen, spot, writers[split], figures[split])
            except Unfit as reason:
                survey.left_out[str(reason)] += 1
    refuse_empty(figures, survey.left_out)
    return figures


def open_writer(path: Path, source: Input) -> Writer:
    """The writer of a data file, by its suffix."""
    return JsonLines(path) if path.suffix == ".jsonl" else Parquet(path, list_columns(source.kind.record))


def write_record(source: Input, chosen: Format, spot: Spot, writer: Writer, figures: Figures) -> None:
    """One record; raises Unfit where the format cannot hold it."""
    if chosen.write is None:
        writer.write(to_parquet(spot.read(), source.kind.record, str(spot)))
    else:
        assert source.kind.read_dialogue is not None
        dialogue = source.kind.read_dialogue(spot.read(), str(spot))
        writer.write(chosen.write(dialogue))
        figures.add(dialogue)
    figures.records += 1


def refuse_empty(figures: dict[str, Figures], left_out: Counter[str]) -> None:
    """Raises UserError for a split that holds nothing: it could not be loaded."""
    for split, counted in figures.items():
        if not counted.records:
            reasons = ", ".join(f"{count} {reason}" for reason, count in left_out.most_common())
            raise UserError(
                f"split {split!r} would be empty: {reasons}; choose another --format, or one split"
            )


@contextmanager
def replace_folder(output: Path) -> Iterator[Path]:
    """A folder beside `output` that takes its place at the end.

    Raises UserError where `output` holds anything but an earlier export, or another export is under way.
    """
    with explain_os_errors(output):
        if output.exists() and not output.is_dir():
            raise UserError(f"--output {output} is a file; give a folder")
        if output.is_dir() and any(output.iterdir()) and not (output / MANIFEST).is_file():
            raise UserError(f"--output {output} holds files and no {MANIFEST}; give a new or empty folder")
        partial = output.with_name(f".{output.name}.partial")
        partial.mkdir(parents=True, exist_ok=True)
    lock = FileLock(partial / ".lock", timeout=0)
    try:
        lock.acquire()
    except Timeout as error:
        raise UserError(f"another export into {output} is under way; wait for it") from error
    try:
        for leftover in partial.iterdir():
            if leftover.name != ".lock":
                shutil.rmtree(leftover) if leftover.is_dir() else leftover.unlink()
        yield partial
        with explain_os_errors(output):
            (partial / ".lock").unlink(missing_ok=True)
            shutil.rmtree(output, ignore_errors=True)
            partial.replace(output)
    finally:
        lock.release()
        shutil.rmtree(partial, ignore_errors=True)
