"""A finished sample that does not keep its promises is found out."""

import json
from pathlib import Path
from typing import Any

import pytest

from skyrl_samples.run import main as generate
from skyrl_samples.sample_schema import find_schema_problems, sample_schema
from skyrl_samples.validate import main as validate
from utils import dump_line, read_lines

README = Path(__file__).resolve().parents[2] / "skyrl_samples" / "README.md"


def find_fields(record: Any, path: str) -> tuple[Any, str]:
    *steps, last = path.split("/")
    for step in steps:
        record = record[int(step) if step.isdigit() else step]
    return record, last


@pytest.fixture(scope="module")
def sample(tmp_path_factory: pytest.TempPathFactory, env_specs: Path) -> tuple[Path, dict[str, Any]]:
    """A folder with one sample of an environment."""
    folder = tmp_path_factory.mktemp("one")
    output = folder / "a.jsonl"
    flags = ["--n-samples", "1", "--inventory", str(env_specs / "logistics_spec_001.json"), "--seed", "1"]
    assert generate(["--output", str(output), *flags]) == 0
    [record] = list(read_lines(output))
    return folder, record


TRUTH = "reward_spec/ground_truth"
RUN = "extra_info/task_metadata/reference_run"


@pytest.mark.parametrize(
    ("path", "value", "why"),
    [
        ("env_class", "", "env_class"),
        ("prompt/1/role", "assistant", "prompt.1.role"),
        (f"{TRUTH}/max_turns", 0, "max_turns: 0 is less than the minimum of 2"),
        (f"{TRUTH}/max_turns", 2, "steps and an answer need"),
        (f"{TRUTH}/tool_sequence/0/params", "{}", "is not of type"),
        (f"{TRUTH}/tool_sequence/0/tool", "teleport", "has no tool 'teleport'"),
        (f"{TRUTH}/limits/max_tools", 1, "limits.max_tools is 1"),
        (f"{TRUTH}/success/must_call_tool", "a.b", "which the plan does not call"),
        (f"{TRUTH}/analysis_rubric/final_answer_requirements/must_include", ["x"], "'x' cannot be resolved"),
        (f"{RUN}/env_sha256", "0", "is not the one in which the plan was executed"),
        (f"{RUN}/steps/0/args", {"x": 1}, "step 1: it does not go as recorded"),
        (f"{RUN}/steps/0/status", 500, "step 1: it does not go as recorded"),
        (f"{RUN}/steps", [], "step 1: it does not go as recorded"),
        (f"{RUN}/env_id", "elsewhere", "reference_run is of 'elsewhere'"),
        (f"{RUN}/certificate", None, "does not hold a run with a certificate that passed"),
        (RUN, None, "does not hold a run with a certificate that passed"),
        (f"{TRUTH}/final_reference/citations", {}, "plan and extracts give"),
        (f"{TRUTH}/final_reference/citations/more", "${9}", "plan and extracts give"),
        (f"{TRUTH}/final_reference/facts", {"x": 4}, "fact 'x' is 4; the plan gives None"),
        (f"{TRUTH}/analysis_rubric/final_answer_requirements/grounded_from", ["a.b"], "'a.b'"),
        (f"{TRUTH}/judge_rubric/weights/clarity", 1, "judge_rubric.weights sum to 1.75"),
        ("prompt/0/content", "Be kind.", "teaches no tools"),
        ("prompt/1/content", "Do it.\n", "white space around"),
        ("extra_info/id", "other", "extra_info.id is 'other'"),
        ("extra_info/task_metadata/tools_available", [], "of step 1 is not there"),
        ("extra_info/task_metadata/raw_reply/request_id", "a/b/0", "holds no reply"),
        ("extra_info/task_metadata/raw_reply/path", "raw_llm/none.gz", "holds no reply"),
        ("extra_info/task_metadata/raw_reply/path", "../damaged.jsonl", "holds no reply"),
    ],
)
def test_a_damaged_sample_is_found_out(
    sample: tuple[Path, dict[str, Any]],
    env_specs: Path,
    capsys: pytest.CaptureFixture[str],
    path: str,
    value: Any,
    why: str,
) -> None:
    """With what is wrong."""
    folder, record = sample[0], json.loads(json.dumps(sample[1]))
    place, last = find_fields(record, path)
    place[int(last) if last.isdigit() else last] = value
    (folder / "damaged.jsonl").write_bytes(dump_line(record))
    assert validate(["--input", str(folder / "damaged.jsonl"), "--inventory", str(env_specs)]) == 1
    assert why in capsys.readouterr().out


def test_the_sound_sample_passes(sample: tuple[Path, dict[str, Any]], env_specs: Path) -> None:
    """So the others fail for their damage alone."""
    flags = ["--input", str(sample[0] / "a.jsonl"), "--inventory", str(env_specs)]
    assert validate(flags) == 0
    assert find_schema_problems(sample[1]) == []


def test_a_task_id_stands_for_one_sample(
    sample: tuple[Path, dict[str, Any]], capsys: pytest.CaptureFixture[str]
) -> None:
    """Rows and replies are joined by it."""
    (sample[0] / "twice.jsonl").write_bytes(dump_line(sample[1]) * 2)
    assert validate(["--input", str(sample[0] / "twice.jsonl")]) == 1
    assert "record 1 has the task id" in capsys.readouterr().out


def test_the_readme_shows_the_schema() -> None:
    """The JSON in the README is the schema that samples are checked against."""
    shown = README.read_text().partition("```json\n")[2].partition("```")[0]
    assert json.loads(shown) == sample_schema()
