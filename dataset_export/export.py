"""The story of an export: look, split, shape, write, describe."""

import shutil
from contextlib import ExitStack
from pathlib import Path

from dataset_export.card import write_card
from dataset_export.dialogue import Unfit
from dataset_export.figures import Figures
from dataset_export.folders import MANIFEST, replace_folder
from dataset_export.formats.llama_factory import describe_files
from dataset_export.inputs import Input
from dataset_export.manifest import describe_export
from dataset_export.settings import ExportSettings
from dataset_export.shaping import Shaper
from dataset_export.survey import Survey, survey_input
from dataset_export.writers import open_writer
from toolworlds.records.base import Json
from utils import UserError, explain_os_errors, write_json


def export(settings: ExportSettings) -> dict[str, Json]:
    """Writes `--output` and returns its manifest. Raises UserError where nothing can be exported."""
    source = Input(settings.source)
    shaper = Shaper(settings, source.kind)
    survey = survey_input(source, settings)
    shaper.choose_tokens(settings, survey.with_tokens, len(survey.spots))
    with replace_folder(settings.output) as folder:
        figures = write_data(survey, shaper, folder)
        copy_side_file(source, folder)
        manifest = describe_export(settings, source, survey, figures, shaper, folder)
        write_json(folder / MANIFEST, manifest)
        write_card(settings, manifest, shaper.columns, folder)
        if settings.format == "llama-factory":
            write_json(folder / "dataset_info.json", describe_files(settings.output.name, manifest))
    return manifest


def write_data(survey: Survey, shaper: Shaper, folder: Path) -> dict[str, Figures]:
    """Writes `data/<split>.<suffix>`; records that the format cannot hold are left out and counted."""
    (folder / "data").mkdir()
    figures = {split: Figures() for split in survey.shares}
    with ExitStack() as stack:
        writers = {
            split: stack.enter_context(
                open_writer(folder / "data" / f"{split}.{shaper.format.suffix}", shaper.columns)
            )
            for split in survey.shares
        }
        for spot, split in survey.spots:
            try:
                for row, dialogue in shaper.shape(spot, split, figures[split].records):
                    writers[split].write(row)
                    figures[split].add(dialogue)
            except Unfit as reason:
                survey.left_out[str(reason)] += 1
    _refuse_empty(survey, figures)
    return figures


def copy_side_file(source: Input, folder: Path) -> None:
    """Takes along the results in full that messages hold cut off."""
    side_file = source.folder / source.kind.side_file
    if source.kind.side_file and side_file.is_file():
        with explain_os_errors(side_file):
            shutil.copyfile(side_file, folder / side_file.name)


def _refuse_empty(survey: Survey, figures: dict[str, Figures]) -> None:
    """An empty split could not be loaded."""
    for split, counted in figures.items():
        if not counted.records:
            reasons = ", ".join(f"{count} {reason}" for reason, count in survey.left_out.most_common())
            raise UserError(
                f"split {split!r} would be empty ({reasons}); choose another --format, or fewer splits"
            )
