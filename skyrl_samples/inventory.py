"""Tool inventories: which servers offer which tools, and what is known of each."""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property

from roles.cards import function_schema, show_tool
from toolworlds.records.base import Json
from toolworlds.records.tools import EnvSpec, ToolSpec
from toolworlds.world.canonical import digest
from toolworlds.world.json_schema import Schema, compile_schema
from utils import UserError

ANYTHING: dict[str, Json] = {"type": "object"}


@dataclass(frozen=True)
class InventoryTool:
    """One tool as an inventory declares it."""

    server: str
    name: str
    """The name by which an agent calls it; no two servers of one inventory share a name."""
    description: str = ""
    parameters: dict[str, Json] | None = None
    """JSON Schema of the arguments; None where the inventory says nothing of them."""
    output: dict[str, Json] | None = None
    """JSON Schema of what it returns; None where the inventory says nothing of it."""
    spec: ToolSpec | None = None
    """Only in an environment."""

    @property
    def fqn(self) -> str:
        """`server.tool`."""
        return f"{self.server}.{self.name}"

    @property
    def arguments(self) -> Schema:
        """Checks arguments."""
        return compile_schema(self.parameters or ANYTHING)

    def as_function(self) -> dict[str, Json]:
        """The tool as an OpenAI function."""
        if self.spec is not None:
            return function_schema(self.spec)
        parameters = self.parameters or ANYTHING
        function = {"name": self.name, "description": self.description, "parameters": parameters}
        return {"type": "function", "function": function}

    def as_card(self) -> dict[str, Json]:
        """The tool as the writer of a plan sees it; what is not known is left out."""
        if self.spec is not None:
            shown = show_tool(self.spec)
            return {"server": self.server, "tool": shown.pop("name"), **shown}
        known = {"description": self.description, "parameters": self.parameters, "output": self.output}
        return {"server": self.server, "tool": self.name} | {key: held for key, held in known.items() if held}


class Inventory:
    """The tools that a plan may use. Raises UserError for what is no inventory."""

    def __init__(self, tools: Iterable[InventoryTool], place: str, env: EnvSpec | None = None) -> None:
        self.place = place
        """Where it was read, for messages."""
        self.env = env
        """The environment whose tools these are; plans are executed in its world."""
        self.tools = {tool.fqn: tool for tool in tools}
        _check_tools(list(self.tools.values()), place)

    def find(self, server: str, tool: str) -> InventoryTool | None:
        """One tool."""
        return self.tools.get(f"{server}.{tool}")

    def explain_unknown(self, server: str, tool: str) -> str:
        """Why there is no such tool, in words a model can act on."""
        elsewhere = [known.server for known in self.tools.values() if known.name == tool]
        if elsewhere:
            return f"the tool {tool!r} belongs to the server {elsewhere[0]!r}, not to {server!r}"
        names = [known.name for known in self.tools.values() if known.server == server]
        if names:
            return f"the server {server!r} has no tool {tool!r}; it has {', '.join(names)}"
        servers = ", ".join(dict.fromkeys(known.server for known in self.tools.values()))
        return f"there is no server {server!r}; there are {servers}"

    @cached_property
    def sha256(self) -> str:
        """Of everything that is known of the tools, and of the world they act on."""
        return digest(self.env.to_json() if self.env else [tool.as_card() for tool in self.tools.values()])


def inventory_of_listing(listing: Json, place: str) -> Inventory:
    """The inventory in `{server: [tool, …]}`; a tool is a name, or an object with a name and schemas."""
    if not isinstance(listing, dict) or not listing:
        raise UserError(f"{place} is no inventory: give {{server: [tool, …]}}")
    tools = []
    for server, offered in listing.items():
        if not isinstance(offered, list) or not offered:
            raise UserError(f"{place}: server {server!r} offers {offered!r:.60}, not a list of tools")
        tools += [_read_tool(str(server), tool, place) for tool in offered]
    fqns = Counter(tool.fqn for tool in tools)
    if twice := [fqn for fqn, count in fqns.items() if count > 1]:
        raise UserError(f"{place}: {twice[0]!r} is listed twice; remove one")
    return Inventory(tools, place)


def inventory_of_environment(env: EnvSpec, place: str) -> Inventory:
    """The tools of an environment that have a twin, under its id as the server's name."""
    tools = [
        InventoryTool(env.spec_id, tool.tool_name, tool.tool_description, tool.parameters, None, tool)
        for tool in env.tools
        if tool.tool_name in env.twins
    ]
    if not tools:
        raise UserError(f"{place}: no tool of this environment has a twin, so no plan could be executed")
    return Inventory(tools, place, env)


_ALIASES: Mapping[str, tuple[str, ...]] = {
    "description": ("description",),
    "parameters": ("parameters", "inputSchema", "input_schema"),
    "output": ("output", "outputSchema", "output_schema"),
}


def _read_tool(server: str, tool: Json, place: str) -> InventoryTool:
    held = {"name": tool} if isinstance(tool, str) else tool
    if not isinstance(held, dict) or not isinstance(held.get("name"), str):
        raise UserError(f"{place}: server {server!r} lists {tool!r:.60}, which is no tool with a name")
    known = {
        key: next((held[alias] for alias in aliases if held.get(alias) is not None), None)
        for key, aliases in _ALIASES.items()
    }
    for key in ("parameters", "output"):
        _check_schema(known[key], f"{place}: {server}.{held['name']}: {key}")
    return InventoryTool(
        server, held["name"], str(known["description"] or ""), known["parameters"], known["output"]
    )


def _check_schema(schema: Json, place: str) -> None:
    if schema is None:
        return
    try:
        if not isinstance(schema, dict):
            raise ValueError(f"it is a {type(schema).__name__}")
        compile_schema(schema)
    except ValueError as error:
        line = str(error).splitlines()[0]
        raise UserError(f"{place} is no JSON Schema: {line}; correct it or leave it out") from error


def _check_tools(tools: list[InventoryTool], place: str) -> None:
    servers: dict[str, str] = {}
    for tool in tools:
        if not (tool.server.strip() and tool.name.strip()) or " " in tool.fqn:
            raise UserError(f"{place}: {tool.fqn!r} is no `server.tool` without spaces; rename it")
        if servers.setdefault(tool.name, tool.server) != tool.server:
            raise UserError(
                f"{place}: {tool.name!r} is a tool of both {servers[tool.name]!r} and {tool.server!r}, and "
                "an agent calls it by its bare name; rename one"
            )
