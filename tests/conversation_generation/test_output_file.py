"""Writing, stopping, going on."""

from pathlib import Path

import pytest

from conversation_generation.output_file import OutputFile
from utils import UserError

IDENTITY = {"seed": 1}


def begin(path: Path, lines: int, *, whole: bool) -> None:
    output = OutputFile(path)
    output.open(output.claim(IDENTITY, 10, force=False))
    for number in range(lines):
        output.append(f"{number}\n".encode())
    output.close(whole=whole)


def test_a_part_is_gone_on_with(tmp_path: Path) -> None:
    """A line torn by a kill is written again; the whole has its own name."""
    path = tmp_path / "c.jsonl"
    begin(path, 3, whole=False)
    assert not path.exists()
    with (tmp_path / "c.jsonl.part").open("ab") as part:
        part.write(b"torn")
    output = OutputFile(path)
    assert output.claim(IDENTITY, 10, force=False) == 3
    output.open(3)
    output.append(b"3\n")
    output.close(whole=True)
    assert path.read_bytes() == b"0\n1\n2\n3\n"


def test_a_whole_file_may_grow(tmp_path: Path) -> None:
    """More conversations of the same configuration are appended."""
    path = tmp_path / "c.jsonl"
    begin(path, 2, whole=True)
    begin(path, 1, whole=True)
    assert path.read_bytes() == b"0\n1\n0\n"


def test_another_configuration_is_refused(tmp_path: Path) -> None:
    """The line names what differs; with force the file is begun anew."""
    path = tmp_path / "c.jsonl"
    begin(path, 2, whole=True)
    with pytest.raises(UserError, match="seed: 1 then, 2 now"):
        OutputFile(path).claim({"seed": 2}, 10, force=False)
    assert path.exists()
    assert OutputFile(path).claim({"seed": 2}, 10, force=True) == 0


def test_a_file_from_elsewhere_is_left_alone(tmp_path: Path) -> None:
    """It is not of this command, so it is not touched."""
    path = tmp_path / "c.jsonl"
    path.write_text("mine\n")
    with pytest.raises(UserError, match="not of this command"):
        OutputFile(path).claim(IDENTITY, 10, force=False)
    assert path.read_text() == "mine\n"


def test_more_than_wanted_is_refused(tmp_path: Path) -> None:
    """Nothing is cut off unless forced."""
    path = tmp_path / "c.jsonl"
    begin(path, 3, whole=True)
    with pytest.raises(UserError, match="holds 3 conversations"):
        OutputFile(path).claim(IDENTITY, 2, force=False)
    assert OutputFile(path).claim(IDENTITY, 2, force=True) == 2
    assert path.read_bytes() == b"0\n1\n"
