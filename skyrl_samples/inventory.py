"""Tool inventories: which servers offer which tools, and what is known of each."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property

from roles.cards import function_schema, show_tool
from toolworlds.batch.progress import say
from toolworlds.outside.tools import BY_APIS, ForeignTool, name_apart, read_tools
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
    written: str = ""
    """Its name at its server, where that is another."""

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
    """The tools that a plan may use."""

    def __init__(self, tools: Iterable[InventoryTool], place: str, env: EnvSpec | None = None) -> None:
        self.place = place
        """Where it was read, for messages."""
        self.env = env
        """The environment whose tools these are; plans are executed in its world."""
        self.tools = {tool.fqn: tool for tool in tools}

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
    """The inventory in `{server: [tool, …]}`; a tool is a name, or an object with a name and schemas.

    What an agent could not call is left out, and listed; a name that two servers share gets the server's.
    """
    if not isinstance(listing, dict) or not listing:
        raise UserError(f"{place} is no inventory: give {{server: [tool, …]}}")
    servers = name_apart([str(server) for server in listing], BY_APIS)
    read = [read_tools(held, BY_APIS) for held in listing.values()]
    offers = dict(zip(servers, read, strict=True))
    found = [(server, tool) for server, offer in offers.items() for tool in offer.tools]
    bearers = Counter(tool.name for _, tool in found)
    names = name_apart(
        [f"{server}_{tool.name}" if bearers[tool.name] > 1 else tool.name for server, tool in found], BY_APIS
    )
    tools = [_take(server, tool, name) for (server, tool), name in zip(found, names, strict=True)]
    skipped = [f"{server}: {reason}" for server, offer in offers.items() for reason in offer.skipped]
    for reason in skipped:
        say(f"{place}: left out: {reason}")
    for tool in tools:
        if tool.written:
            say(f"{place}: {tool.written!r} of {tool.server} is called {tool.name} here")
    if not tools:
        raise UserError(f"{place} offers no tool that can be used: {'; '.join(skipped[:3])}; correct it")
    return Inventory(tools, place)


def _take(server: str, tool: ForeignTool, name: str) -> InventoryTool:
    """A tool that is called otherwise here says in its description what its server calls it."""
    if name == tool.written:
        return InventoryTool(server, name, tool.description, tool.parameters, tool.output)
    described = f"{tool.description} (`{tool.written}` of {server})".strip()
    return InventoryTool(server, name, described, tool.parameters, tool.output, written=tool.written)


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
