"""Writing, stopping, going on."""

from pathlib import Path

import pytest

from conversations.generation.output_file import OutputFile
from utils import UserError

IDENTITY = {"seed": 1}


def begin(path: Path, lines: int, *, whole: bool) -> None:
    with OutputFile(path) as output:
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
    with pytest.raises(UserError, match="nothing says how it was made"):
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


def test_a_torn_line_at_the_end_of_the_whole_goes(tmp_path: Path) -> None:
    """Also where nothing is owed."""
    path = tmp_path / "c.jsonl"
    begin(path, 3, whole=True)
    with path.open("ab") as file:
        file.write(b"torn")
    assert OutputFile(path).claim(IDENTITY, 3, force=False) == 3
    assert path.read_bytes() == b"0\n1\n2\n"


def test_an_empty_part_binds_nobody(tmp_path: Path) -> None:
    """A run that found no model has made nothing, so the next may be another one."""
    path = tmp_path / "c.jsonl"
    begin(path, 0, whole=False)
    assert OutputFile(path).claim({"seed": 2}, 10, force=False) == 0


@pytest.mark.parametrize("written", [b"", b"{", b"[]", b"5", b"\xff"])
def test_a_broken_identity_is_none(tmp_path: Path, written: bytes) -> None:
    """What stands there stays; with force it is begun anew."""
    path = tmp_path / "c.jsonl"
    begin(path, 3, whole=True)
    (tmp_path / "c.jsonl.run.json").write_bytes(written)
    with pytest.raises(UserError, match="nothing says how it was made"):
        OutputFile(path).claim(IDENTITY, 10, force=False)
    assert path.read_bytes() == b"0\n1\n2\n"
    assert OutputFile(path).claim(IDENTITY, 10, force=True) == 0


def test_one_process_writes_at_a_time(tmp_path: Path) -> None:
    """The second one is told so, and may come when the first is done."""
    path = tmp_path / "c.jsonl"
    with OutputFile(path), pytest.raises(UserError, match="another process is writing"), OutputFile(path):
        pass
    with OutputFile(path) as output:
        assert output.claim(IDENTITY, 10, force=False) == 0


@pytest.mark.parametrize("name", ["", "/"])
def test_a_folder_is_no_output(tmp_path: Path, name: str) -> None:
    """Said before anything is touched."""
    with pytest.raises(UserError, match="is a folder"):
        OutputFile(tmp_path / name)


def test_an_item_that_failed_has_no_line_and_is_done(tmp_path: Path) -> None:
    """Also after a kill between the note and the lines around it; begun anew, nothing of it is left."""
    path = tmp_path / "c.jsonl"
    with OutputFile(path) as output:
        output.open(output.claim(IDENTITY, 4, force=False))
        output.append(b"1\n")
        output.record_failure(2, "test", "bug", "why")
        output.append(b"3\n")
        output.close(whole=False)
    assert OutputFile(path).claim(IDENTITY, 4, force=False) == 3
    with (tmp_path / "c.jsonl.part").open("r+b") as part:
        part.truncate(0)
    output = OutputFile(path)
    assert output.claim(IDENTITY, 4, force=False) == 0
    (tmp_path / "c.jsonl.part").write_bytes(b"1\n")
    assert output.claim(IDENTITY, 4, force=False) == 2
    output.open(2)
    output.append(b"3\n")
    output.append(b"4\n")
    output.close(whole=True)
    assert path.read_bytes() == b"1\n3\n4\n"
    assert OutputFile(path).claim({"seed": 2}, 4, force=True) == 0
    assert OutputFile(path).failed() == {}
