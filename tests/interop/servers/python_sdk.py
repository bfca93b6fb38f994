"""A small server on the Python SDK (`mcp` 2.x).

Standard input and output by default; `--http PORT` is Streamable HTTP at `/mcp`, `--sse PORT` the old HTTP+SSE
transport at `/sse`.
"""

import sys
from typing import Annotated

from mcp.server import MCPServer
from mcp.server.mcpserver import Elicit, Resolve
from mcp.server.mcpserver.exceptions import ToolError
from pydantic import BaseModel, Field

server = MCPServer("interop-python-sdk", version="1.0.0", instructions="Interop server on the Python SDK.")


class Sum(BaseModel):
    """What `add` returns."""

    total: float


class Who(BaseModel):
    """What `ask` asks the user for."""

    name: str = Field(description="Whom to greet")


@server.tool(structured_output=False)
def echo(message: str) -> str:
    """Say it back."""
    return f"Echo: {message}"


@server.tool()
def add(a: float, b: float) -> Sum:
    """Add two numbers."""
    return Sum(total=a + b)


@server.tool(structured_output=False)
def fail(reason: str = "on purpose") -> str:
    """Always fails."""
    raise ToolError(f"failed: {reason}")


async def ask_name() -> Elicit[Who]:
    """Ask the user for a name."""
    return Elicit("Whom shall I greet?", Who)


@server.tool(structured_output=False)
def ask(who: Annotated[Who, Resolve(ask_name)]) -> str:
    """Greet someone the user names."""
    return f"Hello, {who.name}!"


@server.resource("note://greeting", name="greeting", mime_type="text/plain")
def note() -> str:
    """A fixed text."""
    return "Hello from the Python SDK"


@server.resource("note://by-name/{name}", name="by-name", mime_type="text/plain")
def note_by_name(name: str) -> str:
    """A text by name."""
    return f"A note about {name}"


@server.prompt()
def greet(name: str) -> str:
    """Ask for a greeting."""
    return f"Please greet {name}."


if __name__ == "__main__":
    match sys.argv[1:]:
        case []:
            server.run("stdio")
        case ["--http", port]:
            server.run("streamable-http", host="127.0.0.1", port=int(port))
        case ["--sse", port]:
            server.run("sse", host="127.0.0.1", port=int(port))
        case _:
            sys.exit("usage: python_sdk.py [--http PORT | --sse PORT]")
