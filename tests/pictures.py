"""Images for tests, and the two steps of an upload as a client takes them."""

from collections.abc import Sequence
from hashlib import sha256
from io import BytesIO
from typing import Any
from zlib import compress, crc32

from PIL import Image

from tests.conftest import Api
from tests.people import EDITOR, NORTH

TYPES = {"JPEG": "image/jpeg", "PNG": "image/png", "WEBP": "image/webp", "GIF": "image/gif"}
RED, GREEN = (200, 30, 40), (30, 200, 40)
ERRORS = """userErrors { __typename code message path ... on InvalidInput { constraint }
  ... on LimitExceeded { limit } ... on IllegalTransition { from insteadUse } }"""
ASSET = "id status url filename sha256 contentType bytes width height rejection"
BEGIN = f"""mutation ($input: AssetUploadBeginInput!) {{ assetUploadBegin(input: $input) {{
  asset {{ {ASSET} }} uploadUrl uploadExpiresAt seq {ERRORS} }} }}"""
COMPLETE = f"""mutation ($id: ID!, $sha256: String!) {{ assetUploadComplete(input: {{id: $id, sha256: $sha256}}) {{
  asset {{ {ASSET} }} seq {ERRORS} }} }}"""


def encoded(image: Image.Image, kind: str = "PNG", **options: Any) -> bytes:
    out = BytesIO()
    image.save(out, kind, **options)
    return out.getvalue()


def picture(
    kind: str = "PNG", size: tuple[int, int] = (400, 300), mode: str = "RGB", colour: Any = RED, **options: Any
) -> bytes:
    """A file with one colour in it."""
    return encoded(Image.new(mode, size, colour), kind, **options)


def moving(kind: str, colours: Sequence[Any] = (RED, GREEN)) -> bytes:
    """A file with a frame of each colour."""
    first, *others = [Image.new("RGB", (400, 300), colour) for colour in colours]
    return encoded(first, kind, save_all=True, append_images=others, duration=100)


def png_of(width: int, height: int, *chunks: tuple[bytes, bytes]) -> bytes:
    """A PNG with this header, whatever follows it."""
    head = width.to_bytes(4) + height.to_bytes(4) + bytes([8, 2, 0, 0, 0])
    return b"\x89PNG\r\n\x1a\n" + b"".join(_chunk(*each) for each in ((b"IHDR", head), *chunks, (b"IEND", b"")))


def _chunk(name: bytes, body: bytes) -> bytes:
    return len(body).to_bytes(4) + name + body + crc32(name + body).to_bytes(4)


def bomb(width: int, height: int) -> bytes:
    """A small PNG of a great many black pixels."""
    return png_of(width, height, (b"IDAT", compress((b"\0" + b"\0" * 3 * width) * height, 9)))


def begin(api: Api, data: bytes, content_type: str = "image/png", who: Any = EDITOR, **changes: Any) -> Any:
    """Announce the file."""
    asked = {"accountId": NORTH, "filename": "tent.png", "contentType": content_type, "bytes": len(data), **changes}
    return api(BEGIN, as_=who, input=asked).data["assetUploadBegin"]


def put(api: Api, url: str, data: bytes, **headers: str) -> Any:
    return api.request("PUT", url.removeprefix("http://127.0.0.1:8000"), content=data, headers=headers)


def uploaded(api: Api, data: bytes, content_type: str = "image/png") -> str:
    """The id of an asset whose file was uploaded, and not completed yet."""
    begun = begin(api, data, content_type)
    assert put(api, begun["uploadUrl"], data).status_code == 204
    return begun["asset"]["id"]


def complete(api: Api, id: str, data: bytes, who: Any = EDITOR, digest: str | None = None) -> Any:
    return api(COMPLETE, as_=who, id=id, sha256=digest or sha256(data).hexdigest()).data["assetUploadComplete"]


def upload(api: Api, data: bytes, content_type: str = "image/png") -> Any:
    """What becomes of a file."""
    return complete(api, uploaded(api, data, content_type), data)


def image(api: Api, width: int = 400, height: int = 300) -> str:
    """The id of a READY image of NORTH."""
    return upload(api, picture(size=(width, height)))["asset"]["id"]
