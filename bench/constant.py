"""An ASGI application that always answers the same: what any server of ours could do at most."""

import os
from pathlib import Path
from typing import Any

BODY = Path(os.environ["CONSTANT"]).read_bytes()
HEAD = [(b"content-type", b"application/json"), (b"content-length", str(len(BODY)).encode())]


async def app(scope: Any, receive: Any, send: Any) -> None:
    """Read the request, answer."""
    if scope["type"] != "http":
        return
    while (await receive()).get("more_body"):
        pass
    await send({"type": "http.response.start", "status": 200, "headers": HEAD})
    await send({"type": "http.response.body", "body": BODY})
