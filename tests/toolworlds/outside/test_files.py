import gzip
import json
from pathlib import Path

import pytest

from toolworlds.errors import UserError
from toolworlds.files import dump_line, parse_json
from toolworlds.outside.files import is_plain, read_lines, read_text

ROWS = '{"id": "a", "n": "é"}\n{"id": "b"}\n'


@pytest.mark.parametrize(
    "data",
    [
        ROWS.encode("utf-8-sig"),
        ROWS.encode("utf-16"),
        b"\xfe\xff" + ROWS.encode("utf-16-be"),
        gzip.compress(ROWS.encode("utf-8-sig")),
        gzip.compress(ROWS[:23].encode()) + gzip.compress(ROWS[23:].encode()),
        b" [" + ROWS.strip().replace("\n", ",").encode() + b"]",
    ],
    ids=["bom", "utf-16", "utf-16-be", "gzip", "two members", "array"],
)
def test_records_are_the_same_in_any_wrapping(tmp_path: Path, data: bytes) -> None:
    """Byte order marks, UTF-16, gzip of one or more members, an array."""
    (tmp_path / "rows").write_bytes(data)
    assert not is_plain(tmp_path / "rows")
    lines = read_lines(read_text(tmp_path / "rows"))
    assert [json.loads(line) for line in lines] == [json.loads(line) for line in ROWS.splitlines()]


@pytest.mark.parametrize(
    ("data", "why"),
    [
        (gzip.compress(bytes(5_000_000)), "holds more than 1 MB"),
        (gzip.compress(ROWS.encode())[:-9], "is cut off"),
        (b"\x1f\x8b\x08 nonsense" * 3, "no gzip file"),
        (b"\xff\xfe\x00", "is not the utf-16-le it begins as"),
    ],
    ids=["bomb", "cut", "nonsense", "half a letter"],
)
def test_what_cannot_be_read_is_one_line(tmp_path: Path, data: bytes, why: str) -> None:
    """A bomb, a file cut off, others in their guise."""
    (tmp_path / "rows").write_bytes(data)
    with pytest.raises(UserError, match=why):
        read_text(tmp_path / "rows", most=2**20)


@pytest.mark.parametrize("number", [2**53 + 1, 2**63, 2**64 - 1, 2**64, 10**30, -(10**30)])
def test_integers_are_kept_exactly(number: int) -> None:
    """Read and written, beyond 64 bits as well."""
    assert parse_json(dump_line({"n": number})) == {"n": number}
    assert type(parse_json(str(number))) is int
