import gzip
import logging
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.toolworlds.outside.test_tools import LISTINGS
from toolworlds import load_rows
from toolworlds.errors import UserError
from toolworlds.files import dump_line
from toolworlds.outside.rows import COLUMNS, tidy_row
from toolworlds.records.tasks import PlainRow

PRINTER = {
    "tool_name": "Shelf Label Printer",
    "tool_description": "Prints a shelf label.",
    "parameters": {
        "code": {"type": "string", "required": True},
        "copies": {"type": "integer", "required": False},
    },
    "usage": "Give code.",
}
ROW: dict[str, Any] = {
    "id": 17,
    "field": "Retail",
    "summary": "Print two labels for K-77.",
    "tools": [PRINTER, {"tool_name": "broken", "parameters": {"type": "objekt"}}],
    "gt_tool_calls": ["Shelf Label Printer(code='K-77')", {"name": "broken"}],
    "initial_state": '{"articles": []}',
    "final_state": {"articles": []},
    "difficulty": "easy",
}
COLUMN_NAMES = st.sampled_from([*sorted(COLUMNS), "difficulty", "renamed"])


@pytest.mark.parametrize(
    "pack", [bytes, gzip.compress, lambda line: b"\xef\xbb\xbf" + line], ids=["plain", "gzip", "bom"]
)
def test_a_row_from_elsewhere_is_made_one_of_ours(tmp_path: Path, pack: Any, caplog: Any) -> None:
    """Names, schemas, ids, texts of JSON, further columns; what was renamed or left out is said and kept."""
    path = tmp_path / "rows.jsonl"
    path.write_bytes(pack(dump_line(ROW)))
    with caplog.at_level(logging.WARNING):
        (row,) = load_rows(path)
    assert isinstance(row, PlainRow)
    assert (row.id, row.other, row.initial_state) == ("17", {"difficulty": "easy"}, {"articles": []})
    (tool,) = row.tools
    assert (tool["tool_name"], tool["usage"]) == ("shelf_label_printer", "Give code.")
    assert tool["parameters"] == {
        "type": "object",
        "properties": {"code": {"type": "string"}, "copies": {"type": "integer"}},
        "required": ["code"],
    }
    assert row.gt_tool_calls == ["shelf_label_printer(code='K-77')", '{"name": "broken"}']
    assert row.renamed == {"shelf_label_printer": "Shelf Label Printer"}
    assert [reason.partition(":")[0] for reason in row.skipped] == ["tool 2 (broken)"]
    assert "'Shelf Label Printer' is called shelf_label_printer" in caplog.text
    assert "left out: tool 2 (broken)" in caplog.text


def test_a_row_of_which_no_tool_can_be_used_is_told() -> None:
    """With the reasons."""
    with pytest.raises(UserError, match="here: none of its tools can be used: tool 1"):
        tidy_row({**ROW, "tools": [{"tool_name": "broken", "parameters": {"type": "string"}}]}, "here")


@settings(max_examples=300, deadline=None)
@given(st.dictionaries(COLUMN_NAMES, LISTINGS))
def test_any_row_is_read_or_refused_in_one_line(tmp_path_factory: Any, columns: dict[str, Any]) -> None:
    """Whatever stands in whichever column."""
    path = tmp_path_factory.getbasetemp() / "any.jsonl"
    try:
        path.write_bytes(dump_line({**ROW, **columns}))
    except (TypeError, ValueError):
        return  # no file holds it
    try:
        list(load_rows(path))
    except UserError as error:
        assert "\n" not in str(error)
