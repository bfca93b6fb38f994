"""A small server on FastMCP.

Standard input and output by default; `--http PORT` is Streamable HTTP at `/mcp`, `--sse PORT` the old HTTP+SSE
transport at `/sse`. The banner is left on: a client has to live with it.
"""

import os
import sys
from dataclasses import dataclass

# The banner asks the package index for a newer release; tests stay off the network.
os.environ.setdefault("FASTMCP_CHECK_FOR_UPDATES", "off")

from fastmcp import FastMCP
from fastmcp.exceptions import ToolError

server = FastMCP("interop-fastmcp", version="1.0.0", instructions="Interop server on FastMCP.")


@dataclass
class Sum:
    """What `add` returns."""

    total: float


@server.tool(output_schema=None)
def echo(message: str) -> str:
    """Say it back."""
    return f"Echo: {message}"


@server.tool
def add(a: float, b: float) -> Sum:
    """Add two numbers."""
    return Sum(total=a + b)


@server.tool(output_schema=None)
def fail(reason: str = "on purpose") -> str:
    """Always fails."""
    raise ToolError(f"failed: {reason}")


@server.resource("note://greeting", name="greeting", mime_type="text/plain")
def note() -> str:
    """A fixed text."""
    return "Hello from FastMCP"


@server.resource("note://by-name/{name}", name="by-name", mime_type="text/plain")
def note_by_name(name: str) -> str:
    """A text by name."""
    return f"A note about {name}"


@server.prompt
def greet(name: str) -> str:
    """Ask for a greeting."""
    return f"Please greet {name}."


if __name__ == "__main__":
    match sys.argv[1:]:
        case []:
            server.run("stdio")
        case ["--http", port]:
            server.run("http", host="127.0.0.1", port=int(port))
        case ["--sse", port]:
            server.run("sse", host="127.0.0.1", port=int(port))
        case _:
            sys.exit("usage: fastmcp_server.py [--http PORT | --sse PORT]")
