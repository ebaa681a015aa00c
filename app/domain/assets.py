"""Images that advertisers upload: what may be uploaded, what the file itself says it is, and where it can be shown."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from enum import Enum

from app.domain.errors import Findings, InvalidInput, LimitExceeded, Problem
from app.domain.metrics import Placement
from app.domain.states import Lifecycle
from app.domain.text import line_problem

MOST_BYTES = 10 * 2**20
MOST_PIXELS = 25_000_000
MOST_SIDE = 10_000
MOST_OPEN = 20  # uploads of an account that are not completed yet
MOST_READY = 10_000  # images of an account: one for each of its ads, and then some
UPLOAD_TIME = timedelta(hours=1)
GRACE = timedelta(minutes=10)
"""How long after its time an upload is left alone: whoever began to complete it in time has ended by then."""


class AssetStatus(Enum):
    UPLOADING = "UPLOADING"
    READY = "READY"
    REJECTED = "REJECTED"


ASSET = Lifecycle(
    "asset",
    {
        AssetStatus.UPLOADING: frozenset({AssetStatus.READY, AssetStatus.REJECTED}),
        AssetStatus.READY: frozenset(),
        AssetStatus.REJECTED: frozenset(),
    },
    instead={
        (state, to): "assetUploadBegin"
        for state in (AssetStatus.READY, AssetStatus.REJECTED)
        for to in (AssetStatus.READY, AssetStatus.REJECTED)
    },
)

FORMATS = {"image/jpeg": "JPEG", "image/png": "PNG", "image/webp": "WEBP", "image/gif": "GIF"}
"""Types that may be uploaded, and what Pillow calls them; SVG is none: it is a document that may hold scripts."""


def check_upload(found: Findings, filename: str, content_type: str, bytes: int) -> None:
    """Collect what is wrong with an upload that is announced."""
    found.add(line_problem(filename, "filename", name="The file's name", most=200))
    if content_type not in FORMATS:
        types = ", ".join(FORMATS)
        found.invalid(f"Images are taken as {types}: convert it.", "contentType", constraint=types)
    if not 1 <= bytes <= MOST_BYTES:
        message = f"An image has 1 to {MOST_BYTES:,} bytes, not {bytes:,}: make it smaller."
        found.invalid(message, "bytes", constraint=f"1 <= bytes <= {MOST_BYTES}")


def room_problem(open_: int, ready: int) -> Problem | None:
    """An account has a bounded number of uploads that are begun and not completed, and of images."""
    if open_ >= MOST_OPEN:
        lapse = f"wait until they lapse, {UPLOAD_TIME} after their begin"
        message = f"{MOST_OPEN} uploads are open: complete them, or {lapse}."
        return LimitExceeded(message=message, path=("accountId",), limit=MOST_OPEN)
    if open_ + ready >= MOST_READY:
        message = f"An account keeps {MOST_READY:,} images at most: use one that is there."
        return LimitExceeded(message=message, path=("accountId",), limit=MOST_READY)
    return None


# ---- what a file is, by its own first bytes; nothing is decoded


@dataclass(frozen=True)
class Header:
    """What the beginning of a file says: its type, and how many pixels decoding it would make."""

    content_type: str
    width: int
    height: int


class Unfit(Exception):
    """The file cannot become an image of ours; *constraint* is the limit it breaks, machine-readable."""

    def __init__(self, reason: str, constraint: str) -> None:
        super().__init__(reason)
        self.reason, self.constraint = reason, constraint


def header(data: bytes, declared: str) -> Header:
    """The header of a file of the *declared* type, or Unfit: another type, no image, or too many pixels."""
    content_type = _type(data)
    if content_type is None or content_type != declared:
        known = f"is {content_type}" if content_type else "is none of the images that are taken"
        raise Unfit(f"The file {known}, not {declared} as announced.", f"contentType == {declared}")
    size = _SIZES[content_type](data)
    if size is None or 0 in size:
        raise Unfit("The file is broken: it does not say how large its image is.", "width and height")
    width, height = size
    if width * height > MOST_PIXELS:
        message = f"{width:,} x {height:,} pixels are too many: at most {MOST_PIXELS:,}. Make it smaller."
        raise Unfit(message, f"width * height <= {MOST_PIXELS}")
    if max(size) > MOST_SIDE:
        message = f"{width:,} x {height:,} pixels are too long: at most {MOST_SIDE:,} a side."
        raise Unfit(message, f"side <= {MOST_SIDE}")
    return Header(content_type, width, height)


def _type(data: bytes) -> str | None:
    """The type that a file's magic bytes stand for."""
    if data.startswith(b"\xff\xd8\xff"):
        return "image/jpeg"
    if data.startswith(b"\x89PNG\r\n\x1a\n"):
        return "image/png"
    if data.startswith((b"GIF87a", b"GIF89a")):
        return "image/gif"
    return "image/webp" if data.startswith(b"RIFF") and data[8:12] == b"WEBP" else None


Size = tuple[int, int] | None
_FRAMES = {*range(0xC0, 0xD0)} - {0xC4, 0xC8, 0xCC}  # markers of JPEG that begin a frame
_BARE = {0x01, *range(0xD0, 0xD9)}  # and those without a length


def _png(data: bytes) -> Size:
    if data[12:16] != b"IHDR" or len(data) < 24:
        return None
    return int.from_bytes(data[16:20]), int.from_bytes(data[20:24])


def _gif(data: bytes) -> Size:
    if len(data) < 10:
        return None
    return int.from_bytes(data[6:8], "little"), int.from_bytes(data[8:10], "little")


def _webp(data: bytes) -> Size:
    kind, body = data[12:16], data[20:30]
    if len(body) < 10:
        return None
    if kind == b"VP8X":
        return int.from_bytes(body[4:7], "little") + 1, int.from_bytes(body[7:10], "little") + 1
    if kind == b"VP8L" and body[0] == 0x2F:
        bits = int.from_bytes(body[1:5], "little")
        return (bits & 0x3FFF) + 1, (bits >> 14 & 0x3FFF) + 1
    if kind == b"VP8 " and body[3:6] == b"\x9d\x01\x2a":
        return int.from_bytes(body[6:8], "little") & 0x3FFF, int.from_bytes(body[8:10], "little") & 0x3FFF
    return None


def _jpeg(data: bytes) -> Size:
    at = 2
    while at + 9 <= len(data) and data[at] == 0xFF:
        marker = data[at + 1]
        if marker in _FRAMES:
            return int.from_bytes(data[at + 7 : at + 9]), int.from_bytes(data[at + 5 : at + 7])
        if marker == 0xFF:  # padding
            at += 1
        else:
            at += 2 if marker in _BARE else 2 + max(2, int.from_bytes(data[at + 2 : at + 4]))
    return None


_SIZES = {"image/jpeg": _jpeg, "image/png": _png, "image/gif": _gif, "image/webp": _webp}


# ---- where an image can be shown


@dataclass(frozen=True)
class Format:
    """A placement: the frame an ad is drawn in, and what an image must have to stand there; pixels.

    *narrowest* and *widest* are ratios of width to height, as two whole numbers.
    """

    width: int
    height: int
    least_width: int
    least_height: int
    narrowest: tuple[int, int]
    widest: tuple[int, int]
    layout: str = "column"

    @property
    def limits(self) -> str:
        least, narrowest, widest = f"{self.least_width} x {self.least_height}", self.narrowest, self.widest
        return f"at least {least} pixels, {narrowest[0]}:{narrowest[1]} to {widest[0]}:{widest[1]}"


PLACEMENTS = {
    Placement.SEARCH_RESULTS: Format(640, 200, 300, 300, (3, 4), (4, 3), "row"),
    Placement.PRODUCT_DETAIL: Format(300, 400, 300, 200, (1, 1), (2, 1)),
    Placement.BRAND_PAGE: Format(960, 440, 900, 300, (2, 1), (4, 1)),
    Placement.PARTNER_SITE: Format(300, 360, 300, 200, (1, 1), (16, 9)),
    Placement.EMAIL: Format(600, 420, 600, 200, (3, 2), (3, 1)),
}


def misfits(width: int, height: int, placement: Placement) -> Sequence[str]:
    """What keeps an image of this size out of the placement; empty where it suits."""
    its = PLACEMENTS[placement]
    found = []
    if width < its.least_width or height < its.least_height:
        found.append(f"It has {width} x {height} pixels, at least {its.least_width} x {its.least_height} are needed.")
    if width * its.narrowest[1] < height * its.narrowest[0]:
        found.append(f"It is too narrow: at least {its.narrowest[0]}:{its.narrowest[1]} is needed.")
    if width * its.widest[1] > height * its.widest[0]:
        found.append(f"It is too wide: at most {its.widest[0]}:{its.widest[1]} fits.")
    return found


def suits(width: int, height: int) -> Sequence[Placement]:
    """The placements that an image of this size can be shown in."""
    return [placement for placement in PLACEMENTS if not misfits(width, height, placement)]


def image_problem(status: AssetStatus, width: int | None, height: int | None, *path: str) -> Problem | None:
    """Why an asset cannot be the image of an ad (S81): it is not READY, or fits nowhere."""
    if status is not AssetStatus.READY or width is None or height is None:
        message = f"The image is {status.value}: complete its upload with `assetUploadComplete`, or take another."
        return InvalidInput(message=message, path=path, constraint="status == READY")
    if suits(width, height):
        return None
    limits = "; ".join(f"{placement.value} takes {its.limits}" for placement, its in PLACEMENTS.items())
    message = f"An image of {width} x {height} pixels fits no placement: {limits}."
    return InvalidInput(message=message, path=path, constraint=limits)
