from pathlib import Path

import pytest

from toolworlds.batch.options import (
    CommonOptions,
    StageParser,
    add_common_flags,
    read_options,
    read_slurm_shard,
)
from toolworlds.errors import UserError


def parse(*argv: str) -> CommonOptions:
    parser = StageParser("some.run", "What it does.")
    add_common_flags(parser)
    return read_options(parser.parse_args(argv))


def test_repeated_flags_extend() -> None:
    """Giving a flag again adds to it."""
    options = parse(
        "--role-model",
        "task_judge=procedural",
        "task_solver=y",
        "--role-model",
        "env_generator=z",
        "--procedural-faults",
        "p=1",
        "--procedural-faults",
        "q=0.5",
    )
    assert options.models.role_models == {
        "task_judge": ("procedural", None),
        "task_solver": ("y", None),
        "env_generator": ("z", None),
    }
    assert options.models.procedural_faults == {"p": 1.0, "q": 0.5}


def test_defaults_do_not_leak_between_parses() -> None:
    """A second command line begins with none of the first one's values."""
    parser = StageParser("some.run", "What it does.")
    add_common_flags(parser)
    parser.parse_args(["--model", "m", "--server-url", "http://a/v1"])
    assert read_options(parser.parse_args([])).models.server_urls == ()


@pytest.mark.parametrize(
    "argv", [["--shard", "9/4"], ["--nope"], ["--mod", "x"], ["--concurrency", "0"], ["--seed", "x"]]
)
def test_a_wrong_flag_is_one_line(argv: list[str]) -> None:
    """Usage is not printed; the complaint names the flag and how to get help."""
    with pytest.raises(UserError, match=r"--.*--help"):
        parse(*argv)


def test_record_and_replay_exclude_each_other(tmp_path: Path) -> None:
    """A replayed answer needs no recording."""
    with pytest.raises(UserError, match="exclude each other"):
        parse("--record-dir", str(tmp_path), "--replay-dir", str(tmp_path))


def test_identity_leaves_out_addresses_and_pace() -> None:
    """The same work from another address, in other portions, is the same run."""
    model = "--model", "m"
    pace = "--concurrency", "3", "--shard", "2/3", "--limit", "1"
    elsewhere = parse(*model, "--server-url", "http://b/v1", *pace)
    assert parse(*model, "--server-url", "http://a/v1").identity() == elsewhere.identity()
    assert parse(*model, "--seed", "1").identity() != elsewhere.identity()


def test_a_role_that_does_not_exist_is_noticed_with_the_flags() -> None:
    """Before any model is opened: a dry run says it too."""
    with pytest.raises(UserError, match="unknown role 'nobody'"):
        parse("--role-model", "nobody=m")


def test_slurm_arrays_of_any_numbering_are_read() -> None:
    """Array 5, 7, 9 is three shards."""
    array = {"SLURM_ARRAY_TASK_COUNT": "3", "SLURM_ARRAY_TASK_MIN": "5", "SLURM_ARRAY_TASK_STEP": "2"}
    assert [read_slurm_shard({**array, "SLURM_ARRAY_TASK_ID": i}) for i in ("5", "7", "9")] == [
        (0, 3),
        (1, 3),
        (2, 3),
    ]
    assert read_slurm_shard({}) == (0, 1)
    for half in ({"SLURM_ARRAY_TASK_ID": "3"}, {"SLURM_ARRAY_TASK_COUNT": "3"}):
        assert read_slurm_shard(half) == (0, 1)


@pytest.mark.parametrize(("task", "step"), [("first", "1"), ("3", "0"), ("", "1")])
def test_a_slurm_array_in_no_numbers_is_one_line(task: str, step: str) -> None:
    """A variable that was set by hand is told with its value."""
    array = {"SLURM_ARRAY_TASK_ID": task, "SLURM_ARRAY_TASK_COUNT": "2", "SLURM_ARRAY_TASK_STEP": step}
    with pytest.raises(UserError, match=rf"task {task} is not one of 2 .*; give --shard i/N"):
        read_slurm_shard(array)


def test_a_slurm_array_with_gaps_is_no_division() -> None:
    """Array 3, 7 would leave items to nobody; the line says what to give instead."""
    array = {"SLURM_ARRAY_TASK_COUNT": "2", "SLURM_ARRAY_TASK_MIN": "3", "SLURM_ARRAY_TASK_STEP": "1"}
    with pytest.raises(UserError, match=r"task 7 is not one of 2 from 3 in steps of 1; give --shard i/N"):
        read_slurm_shard({**array, "SLURM_ARRAY_TASK_ID": "7"})
