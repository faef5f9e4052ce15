"""The tools of a live MCP server, asked for once through the MCP SDK."""

import asyncio
import shlex
from concurrent.futures import ThreadPoolExecutor

from toolworlds.records.base import Json
from utils import UserError, slugify

TIMEOUT_S = 60.0


def ask_server(address: str) -> dict[str, Json]:
    """The listing `{server: [tool, …]}` of a server at a URL, or of one that a command starts on stdio.

    Raises UserError when the SDK is missing or the server does not answer.
    """
    try:
        import mcp  # type: ignore[import-not-found,unused-ignore]  # noqa: F401 - only to see if it is there
    except ImportError as error:
        raise UserError("an MCP server as inventory needs the MCP SDK; install the extra `mcp`") from error
    with ThreadPoolExecutor(1) as thread:  # the caller may be within an event loop
        return thread.submit(asyncio.run, _list_tools(address)).result()


async def _list_tools(address: str) -> dict[str, Json]:
    from mcp import MCPError  # type: ignore[import-not-found,unused-ignore] # the extra `mcp`

    try:
        async with asyncio.timeout(TIMEOUT_S):
            return await _ask(address)
    except (MCPError, OSError, TimeoutError, ExceptionGroup) as error:
        reason = _find_cause(error)
        raise UserError(
            f"the MCP server {address!r} does not list its tools: {type(reason).__name__} {reason}; "
            "check the command or the URL"
        ) from error


async def _ask(address: str) -> dict[str, Json]:
    from mcp import Client, StdioServerParameters  # type: ignore[import-not-found,unused-ignore] # the extra `mcp`

    if address.startswith(("http://", "https://")):
        place: StdioServerParameters | str = address
    else:
        command, *arguments = shlex.split(address) or [""]
        place = StdioServerParameters(command=command, args=arguments)
    async with Client(place) as client:
        tools, page = [], await client.list_tools()
        tools += page.tools
        seen: set[str] = set()
        while page.next_cursor and page.next_cursor not in seen:  # some servers repeat themselves
            seen.add(page.next_cursor)
            page = await client.list_tools(cursor=page.next_cursor)
            tools += page.tools
        name = client.server_info.name if client.server_info else ""
    listed: list[Json] = [
        {
            "name": tool.name,
            "description": tool.description or "",
            "parameters": tool.input_schema,
            "output": tool.output_schema,
        }
        for tool in tools
    ]
    return {slugify(name or "mcp"): listed}


def _find_cause(error: BaseException) -> BaseException:
    """The first error within groups of them."""
    while isinstance(error, BaseExceptionGroup):
        error = error.exceptions[0]
    return error
