"""Raw catalogues: all layouts, aliases and forms are read; what is broken is listed and skipped."""

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from toolworlds.catalogue.ingest import RawCatalogue, _read_tools, read_catalogue
from toolworlds.catalogue.registry import build_registry
from toolworlds.errors import UserError
from toolworlds.language.words import gather

TOOL = {"tool_name": "skies", "category": "Travel", "api_list": [{"name": "search flights"}]}
JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-5, 5) | st.floats(allow_nan=False) | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=6), inner, max_size=4),
    max_leaves=12,
)
KEYS = st.sampled_from(
    sorted(
        gather(
            "tool_name name description category api_list apis endpoints required_parameters "
            "optional_parameters "
            "parameters type required enum default schema body template_response method properties items"
        )
    )
)
MESS = st.recursive(
    JSON, lambda inner: st.lists(inner, max_size=4) | st.dictionaries(KEYS, inner, max_size=8), max_leaves=40
)


def write(path: Path, value: Any) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(value if isinstance(value, str) else json.dumps(value))
    return path


@pytest.mark.parametrize("value", [TOOL, [TOOL], {"tools": [TOOL]}])
def test_a_file_holds_one_tool_a_list_or_an_object_of_tools(tmp_path: Path, value: Any) -> None:
    """All three forms give the same tool."""
    catalogue = read_catalogue(write(tmp_path / "tools.json", value))
    assert [tool.name for tool in catalogue.tools] == ["skies"]


def test_a_folder_names_the_category_of_its_tools(tmp_path: Path) -> None:
    """Tools without a category have the name of their folder; others keep their own."""
    bare = {"name": "bare", "apis": [{"api_name": "x"}]}
    write(tmp_path / "Food" / "a.json", bare)
    write(tmp_path / "Food" / "b.json", TOOL)
    write(tmp_path / "c.json", bare)
    assert [tool.category for tool in read_catalogue(tmp_path).tools] == ["Food", "Travel", None]


def test_jsonl_holds_one_tool_a_line_and_broken_lines_are_skipped(tmp_path: Path) -> None:
    """The place of a reject names file and line."""
    lines = [json.dumps(TOOL), "{", "", json.dumps({**TOOL, "tool_name": "other"}), "3"]
    catalogue = read_catalogue(write(tmp_path / "tools.jsonl", "\n".join(lines)))
    assert [tool.name for tool in catalogue.tools] == ["skies", "other"]
    assert [reject.place for reject in catalogue.rejects] == ["tools.jsonl:2", "tools.jsonl:5"]


@pytest.mark.parametrize(
    "alias",
    [
        {"name": "skies", "description": "d", "tool_category": "Travel", "apis": [{"endpoint_name": "e"}]},
        {"tool_name": "skies", "category_name": "Travel", "endpoints": [{"api_name": "e"}]},
    ],
)
def test_aliases_are_read(tmp_path: Path, alias: dict[str, Any]) -> None:
    """A tool says the same under other names."""
    tool = read_catalogue(write(tmp_path / "t.json", alias)).tools[0]
    assert (tool.name, tool.category, tool.endpoints[0].name) == ("skies", "Travel", "e")


def test_broken_entries_are_listed_and_the_rest_is_kept(tmp_path: Path) -> None:
    """A tool that is no object, one without endpoints, an endpoint that is no object, bad parameters."""
    broken = {"name": "e", "required_parameters": ["id"]}
    tools = [
        7,
        {"tool_name": "empty", "api_list": []},
        {**TOOL, "api_list": [None, broken, {"name": "fine"}]},
    ]
    catalogue = read_catalogue(write(tmp_path / "t.json", tools))
    assert [endpoint.name for endpoint in catalogue.tools[0].endpoints] == ["fine"]
    assert [reject.place for reject in catalogue.rejects] == [
        "t.json#0",
        "t.json#1",
        "t.json#2/0",
        "t.json#2/1",
    ]


def test_a_file_name_that_is_no_text_is_spelled_all_the_same(tmp_path: Path) -> None:
    """The manifest is JSON, whatever the file system holds."""
    write(tmp_path / "odd\udcff.json", TOOL)
    assert list(read_catalogue(tmp_path).inputs) == ["odd\ufffd.json"]


def test_nothing_to_read_tells_the_user(tmp_path: Path) -> None:
    """No path, no file of these kinds, or no tool in any: one line each."""
    with pytest.raises(UserError, match="does not exist"):
        read_catalogue(tmp_path / "absent.json")
    with pytest.raises(UserError, match=r"holds no \.json"):
        read_catalogue(tmp_path)
    with pytest.raises(UserError, match=r"holds no tool; t\.json: no JSON"):
        read_catalogue(write(tmp_path / "t.json", "<html>"))


@given(MESS)
def test_no_entry_is_fatal(value: Any) -> None:
    """Whatever JSON stands in a file, it becomes tools and rejects, and the tools a registry."""
    catalogue = RawCatalogue()
    _read_tools(value, "t.json", None, catalogue)
    registry, _ = build_registry(catalogue)
    assert len(registry.tools) <= len(catalogue.tools)
    names = [endpoint.endpoint_id for endpoint in registry.endpoints]
    assert len(names) == len(set(names))


def test_linked_folders_are_read_once(tmp_path: Path) -> None:
    """A category that lies elsewhere counts; a link back to a folder above does not repeat it."""
    there = tmp_path / "elsewhere"
    there.mkdir()
    (there / "tools.json").write_text('[{"tool_name": "Tide Table", "api_list": [{"name": "get_tide"}]}]')
    (tmp_path / "root").mkdir()
    (tmp_path / "root" / "Weather").symlink_to(there)
    (there / "again").symlink_to(tmp_path / "root")
    read = read_catalogue(tmp_path / "root")
    assert [tool.name for tool in read.tools] == ["Tide Table"]
