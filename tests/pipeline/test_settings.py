from pathlib import Path

import pytest

from pipeline.settings import STAGES, PipelineSettings, read_settings
from pipeline.steps import check_flags, plan_steps
from utils import UserError

CONFIG = """
field: [Logistics, Travel]
env_generation: {max_subfields: 2, tools_per_env: 8-10}
trajectory_generation: {no_judge: true, rollouts: 4, verbose: false}
"""


def write(folder: Path, text: str) -> Path:
    path = folder / "fields.yml"
    path.write_text(text)
    return path


def test_settings_become_flags(tmp_path: Path) -> None:
    """Names with underscores, values as they stand, true as a bare flag and false as none."""
    settings = read_settings(write(tmp_path, CONFIG))
    assert settings.fields == ["Logistics", "Travel"]
    assert settings.flags == {
        "env_generation": ["--max-subfields", "2", "--tools-per-env", "8-10"],
        "trajectory_generation": ["--no-judge", "--rollouts", "4"],
    }


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("field: [", "is not YAML"),
        ("fields: [Logistics]", "names no fields"),
        ("field: Logistics", "names no fields"),
        ("field: [Logistics]\nenv_generator: {}", "'env_generator' is no stage with flags"),
        ("field: [Logistics]\nenv_audit: 3", "'env_audit' is no stage with flags"),
    ],
)
def test_what_is_no_configuration_is_the_users_business(tmp_path: Path, text: str, complaint: str) -> None:
    """One line that names the file."""
    with pytest.raises(UserError, match=complaint):
        read_settings(write(tmp_path, text))


def test_bytes_that_are_no_text_are_no_configuration(tmp_path: Path) -> None:
    """A binary file given by mistake."""
    path = tmp_path / "fields.yml"
    path.write_bytes(b"\x89PNG\xff\xfe")
    with pytest.raises(UserError, match="is not YAML"):
        read_settings(path)


def test_flags_of_late_stages_are_checked_first(tmp_path: Path) -> None:
    """Nothing has run when the last stage's flag turns out to be wrong."""
    steps = plan_steps(
        tmp_path / "new", PipelineSettings(["Travel"], {"trajectory_generation": ["--rollouts", "0"]})
    )
    check_flags(steps[:-1], ["--seed", "3"])
    with pytest.raises(UserError, match=r"--rollouts: '0'.*trajectory_generation.run"):
        check_flags(steps, ["--seed", "3"])


def test_steps_are_the_stages_in_order(tmp_path: Path) -> None:
    """Each reads a folder that an earlier one writes; settings stand after the pipeline's own flags."""
    steps = plan_steps(tmp_path, PipelineSettings(["Travel"], {"task_audit": ["--distractors", "2-4"]}))
    assert tuple(step.name for step in steps) == STAGES
    written = [tmp_path / "task_content.jsonl", *(step.output_dir for step in steps)]
    assert all(step.reads in written for step in steps[1:])
    assert steps[4].flags[-2:] == ["--distractors", "2-4"]


def test_every_step_speaks_its_stages_language(tmp_path: Path) -> None:
    """The flags that tie the stages together are flags that they have."""
    for step in plan_steps(tmp_path, PipelineSettings(["Travel"])):
        assert step.stage.main([*step.flags, "--no-such-flag"]) == 2


def test_flags_of_a_stage_are_checked_by_it(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """What a stage does not know is one line from that stage."""
    [step, *_] = plan_steps(tmp_path, PipelineSettings(["Travel"], {"env_generation": ["--subfields", "2"]}))
    assert step.stage.main(step.flags) == 2
    assert "unrecognized arguments: --subfields 2" in capsys.readouterr().err
