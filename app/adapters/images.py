"""Images of strangers are decoded in processes of their own, few at once: what breaks one breaks nothing else."""

import asyncio
import json
import sys
from asyncio.subprocess import DEVNULL, PIPE
from pathlib import Path
from typing import Any

from app.domain.assets import FORMATS, Header, Unfit
from app.domain.ports import Picture

AT_ONCE = 2
SECONDS = 15  # of the clock on the wall; its own limit is processor time
DECODER = Path(__file__).with_name("decoding.py")


class Sandbox:
    """Pillow, out of reach of everything else: no settings, no secrets, little memory and time."""

    def __init__(self) -> None:
        self._turns = asyncio.Semaphore(AT_ONCE)

    async def redraw(self, data: bytes, header: Header) -> Picture:
        asked = {"format": FORMATS[header.content_type], "size": [header.width, header.height]}
        async with self._turns:
            answer = await _decoded(json.dumps(asked).encode() + b"\n" + data)
        line, _, picture = answer.partition(b"\n")
        told: dict[str, Any] = json.loads(line) if line else {"unfit": "it takes too much memory or time"}
        if "unfit" in told:
            raise Unfit(f"The image cannot be decoded: {told['unfit']}.", "decodable image")
        return Picture(picture, told["contentType"], told["width"], told["height"])


async def _decoded(question: bytes) -> bytes:
    """What the process answers; nothing where it died or took too long."""
    command = (sys.executable, "-I", str(DECODER))
    process = await asyncio.create_subprocess_exec(*command, stdin=PIPE, stdout=PIPE, stderr=DEVNULL, env={})
    try:
        async with asyncio.timeout(SECONDS):
            answer, _ = await process.communicate(question)
    except TimeoutError:
        return b""
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()
    return answer if process.returncode == 0 else b""
