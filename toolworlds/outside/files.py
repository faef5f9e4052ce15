"""Text and JSON as other programs write them: byte order marks, UTF-16, gzip, an array or a value a line."""

import codecs
import json
import zlib
from collections.abc import Iterator
from pathlib import Path

import yaml

from toolworlds.errors import UserError
from toolworlds.files import explain_os_errors, parse_json

GZIP = b"\x1f\x8b"
MOST_BYTES = 256 * 1024 * 1024
"""Of a packed file, unpacked."""
ENCODINGS = {codecs.BOM_UTF8: "utf-8", codecs.BOM_UTF16_LE: "utf-16-le", codecs.BOM_UTF16_BE: "utf-16-be"}


class PlainLoader(yaml.SafeLoader):
    """YAML without aliases: nine lines of them can stand for gigabytes."""

    def compose_node(self, parent: yaml.Node | None, index: int) -> yaml.Node | None:
        """Refuses an alias."""
        if self.check_event(yaml.AliasEvent):
            raise yaml.YAMLError("an alias (*name); write the value out")
        return super().compose_node(parent, index)


def is_plain(path: Path) -> bool:
    """Whether the file holds lines of UTF-8, so that it can be read from any place in it."""
    with explain_os_errors(path), path.open("rb") as file:
        start = file.read(64)
    return not start.startswith((GZIP, *ENCODINGS)) and not start.lstrip().startswith(b"[")


def read_text(path: Path, most: int = MOST_BYTES) -> bytes:
    """The file's text in UTF-8, unpacked and without a byte order mark. Raises UserError."""
    with explain_os_errors(path):
        data = path.read_bytes()
    if data.startswith(GZIP):
        data = _unpack(data, path, most)
    for mark, encoding in ENCODINGS.items():
        if data.startswith(mark):
            try:
                return data.removeprefix(mark).decode(encoding).encode()
            except UnicodeError as error:
                raise UserError(f"{path} is not the {encoding} it begins as: {error}; repair it") from error
    return data


def read_lines(data: bytes) -> Iterator[bytes]:
    """The values of a JSON array, each as a line; of another text its lines, without blank ones."""
    if data.lstrip().startswith(b"["):
        try:
            values = parse_json(data)
        except ValueError:
            values = None
        if isinstance(values, list) and values:
            for value in values:
                yield json.dumps(value, ensure_ascii=False).encode() + b"\n"
            return
    for line in data.split(b"\n"):
        if line.strip():
            yield line + b"\n"


def _unpack(data: bytes, path: Path, most: int) -> bytes:
    """All members of a gzip file; bounded, since a few bytes can hold gigabytes."""
    pieces = b""
    try:
        while data.startswith(GZIP):
            member = zlib.decompressobj(wbits=31)
            pieces += member.decompress(data, most + 1 - len(pieces))
            if len(pieces) > most:
                raise UserError(
                    f"{path} holds more than {most // 2**20} MB unpacked; unpack it and give the result"
                )
            if not member.eof:
                raise UserError(f"{path} is cut off; fetch it again")
            data = member.unused_data
    except zlib.error as error:
        raise UserError(f"{path} is no gzip file: {error}; fetch it again") from error
    return pieces
