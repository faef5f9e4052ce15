import random
import sys
from pathlib import Path
from typing import Any

import pytest

from skyrl_samples.briefs import MOST_OFFERED, choose_tools, fit_records
from skyrl_samples.inventory import Inventory, inventory_of_environment, inventory_of_listing
from skyrl_samples.inventory_files import Inventories, load_inventory
from utils import UserError, write_json

MCP_SERVER = '''
from mcp.server import MCPServer

server = MCPServer("Tiny Library")


@server.tool()
def find_book(title: str) -> dict[str, str]:
    """Finds a book by its title."""
    return {"book_id": "b1"}


@server.tool()
def lend_book(book_id: str, member: str) -> dict[str, str]:
    """Lends a book to a member."""
    return {"loan_id": "l1"}


server.run()
'''


def test_yaml_and_json_are_the_same_inventory(tmp_path: Path, desk: Inventory) -> None:
    """Tools, schemas and hash."""
    listing: dict[str, list[Any]] = {}
    for tool in desk.tools.values():
        card = {"name": tool.name, "description": tool.description}
        schemas = {"inputSchema": tool.parameters, "outputSchema": tool.output}
        listing.setdefault(tool.server, []).append(card | schemas)
    write_json(tmp_path / "tools.json", listing)
    same = load_inventory(str(tmp_path / "tools.json"))
    assert same.tools == desk.tools
    assert same.sha256 == desk.sha256


def test_an_environment_is_an_inventory_with_a_world(env_specs: Path) -> None:
    """Its tools stand under its id; a folder of environments serves them in turns."""
    inventories = Inventories(str(env_specs))
    assert [Path(inventories.name_of(number)).stem for number in range(3)] == [
        "logistics_spec_001",
        "logistics_spec_002",
        "logistics_spec_001",
    ]
    inventory = inventories.open(inventories.name_of(0))
    assert inventory.env is not None
    assert {tool.server for tool in inventory.tools.values()} == {"logistics_spec_001"}


def test_a_tool_without_twin_is_not_offered(env_specs: Path) -> None:
    """Nobody could carry its calls out."""
    env = load_inventory(str(env_specs / "logistics_spec_001.json")).env
    assert env is not None
    names = [tool.tool_name for tool in env.tools]
    kept = inventory_of_environment(env.keep(names, names[1:]), "here")
    assert [tool.name for tool in kept.tools.values()] == names[1:]
    with pytest.raises(UserError, match="no tool of this environment has a twin"):
        inventory_of_environment(env.keep(names, []), "here")


def test_a_live_mcp_server_is_an_inventory(tmp_path: Path) -> None:
    """Names, descriptions, and the schemas of arguments and results come from the server itself."""
    pytest.importorskip("mcp")
    (tmp_path / "server.py").write_text(MCP_SERVER)
    inventory = load_inventory(f"mcp:{sys.executable} {tmp_path / 'server.py'}")
    assert list(inventory.tools) == ["tiny_library.find_book", "tiny_library.lend_book"]
    book = inventory.tools["tiny_library.find_book"]
    assert book.description == "Finds a book by its title."
    assert book.parameters is not None and book.parameters["required"] == ["title"]
    assert book.output is not None


@pytest.mark.parametrize("address", ["mcp:no_such_command", "mcp:http://127.0.0.1:9/mcp", "mcp:"])
def test_an_mcp_server_that_does_not_answer_is_told(address: str) -> None:
    """One line with the address."""
    pytest.importorskip("mcp")
    with pytest.raises(UserError, match="does not list its tools"):
        load_inventory(address)


@pytest.mark.parametrize(
    ("listing", "why"),
    [
        ([], "is no inventory: give"),
        ({}, "is no inventory: give"),
        ({"files": "read"}, "offers no tool that can be used: files: a str is no list of tools"),
        ({"files": [{"description": "x"}]}, "files: tool 1 (a dict): it is no tool with a name"),
        ({"files": [{"name": "read", "output": 4}]}, "tool 1 (read): its output: it is a int, not an object"),
    ],
)
def test_what_is_no_inventory_is_refused(listing: Any, why: str) -> None:
    """With the place, the value, and what to do."""
    with pytest.raises(UserError) as refusal:
        inventory_of_listing(listing, "tools.yml")
    assert str(refusal.value).startswith("tools.yml")
    assert why in str(refusal.value)


def test_what_cannot_be_used_is_left_out_alone_and_said(capsys: Any) -> None:
    """A broken schema, a reference to a file, a tool listed twice: the rest is an inventory."""
    leaking = {"name": "leak", "parameters": {"properties": {"a": {"$ref": "file:///etc/passwd"}}}}
    broken = {"name": "broken", "parameters": {"type": "objekt"}}
    inventory = inventory_of_listing({"files": ["read", leaking, broken, "read", {"name": "write"}]}, "here")
    assert list(inventory.tools) == ["files.read", "files.write"]
    said = capsys.readouterr()
    lines = [line for line in (said.out + said.err).splitlines() if "left out" in line]
    assert [line.partition("tool ")[2][:11] for line in lines] == [
        "2 (leak): i",
        "3 (broken):",
        "4 (read): a",
    ]


def test_names_that_an_agent_could_not_tell_apart_are_changed_and_said(capsys: Any) -> None:
    """Two servers with one name, names with spaces: the tool says what its server calls it."""
    inventory = inventory_of_listing(
        {"my mail": ["search", "Send It"], "files": ["search", "readFile"]}, "here"
    )
    names = ["my_mail.my_mail_search", "my_mail.send_it", "files.files_search", "files.readFile"]
    assert list(inventory.tools) == names
    assert [tool.written for tool in inventory.tools.values()] == ["search", "Send It", "search", ""]
    assert inventory.tools["files.files_search"].description == "(`search` of files)"
    said = capsys.readouterr()
    assert "here: 'Send It' of my_mail is called send_it here" in said.out + said.err


@pytest.mark.parametrize(
    ("name", "text"), [("a.json", "{"), ("a.yml", "a: [b"), ("none.yml", None), ("folder", None)]
)
def test_a_file_that_cannot_be_read_is_told(tmp_path: Path, name: str, text: str | None) -> None:
    """Broken YAML or JSON, no file, a folder without environments."""
    if text is not None:
        (tmp_path / name).write_text(text)
    if name == "folder":
        (tmp_path / name).mkdir()
    with pytest.raises(UserError, match=name):
        inventories = Inventories(str(tmp_path / name))
        inventories.open(inventories.names[0])


def test_a_large_inventory_is_offered_in_parts() -> None:
    """So many tools as a prompt should hold, in the inventory's order, others for other samples."""
    inventory = inventory_of_listing({"s": [f"tool_{n:02d}" for n in range(40)]}, "here")
    offers = [[tool.name for tool in choose_tools(inventory, random.Random(seed))] for seed in range(5)]
    assert all(len(offer) == MOST_OFFERED and offer == sorted(offer) for offer in offers)
    assert len({tuple(offer) for offer in offers}) > 1


def test_records_are_cut_to_the_budget() -> None:
    """The larger collections give way first; nothing is lost where there is room."""
    collections: dict[str, list[dict[str, Any]]] = {
        "few": [{"id": n} for n in range(3)],
        "many": [{"id": n, "text": "x" * 40} for n in range(100)],
    }
    assert fit_records(collections, 10_000) == collections
    cut = fit_records(collections, 500)
    assert cut["few"] == collections["few"]
    assert 1 < len(cut["many"]) < 100
