"""Images of the demonstration, drawn from a name alone: no file of anybody's is needed."""

from collections.abc import Iterable, Iterator
from colorsys import hls_to_rgb
from math import sin
from struct import pack
from zlib import compress, crc32

HERO, LOGO, SCENE, PRODUCT = (1440, 480), (240, 240), (1200, 500), (480, 480)
Colour = tuple[int, int, int]


def hero(name: str) -> bytes:
    """A range of hills in the colours of a name, as PNG, wide enough for the top of a Page."""
    return _png(HERO, _hills(*HERO, _number(name)))


def scene(name: str) -> bytes:
    """The same in another size, for a section."""
    return _png(SCENE, _hills(*SCENE, _number(name)))


def logo(name: str) -> bytes:
    """A disc before a peak."""
    return _png(LOGO, _badge(*LOGO, _number(name)))


def _number(name: str) -> int:
    return crc32(name.encode())


def _colour(hue: float, light: float, strength: float = 0.45) -> Colour:
    red, green, blue = hls_to_rgb(hue % 1, light, strength)
    return round(red * 255), round(green * 255), round(blue * 255)


def _hills(width: int, height: int, number: int) -> Iterator[bytes]:
    """The rows from the sky down: the later hill of five stands before the others."""
    hue = number % 360 / 360
    tops = [_ridge(width, height, number, layer) for layer in range(5)]
    colours = [_colour(hue + 0.02 * layer, 0.68 - 0.11 * layer) for layer in range(5)]
    for y in range(height):
        sky = bytes(_colour(hue + 0.1, 0.78 + 0.16 * y / height, 0.6))
        row = bytearray(sky * width)
        for ridge, colour in zip(tops, colours, strict=True):
            for start, end in _spans(ridge, y):
                row[3 * start : 3 * end] = bytes(colour) * (end - start)
        yield bytes(row)


def _ridge(width: int, height: int, number: int, layer: int) -> list[float]:
    """How far down a hill begins at each x."""
    base, shift = height * (0.34 + 0.14 * layer), number % 97 + 31 * layer
    waves = ((2.1, 0.10), (5.3, 0.05), (11.7, 0.02))
    return [base + sum(height * a * sin(f * (x / width * 3 + shift)) for f, a in waves) for x in range(width)]


def _spans(ridge: list[float], y: int) -> Iterator[tuple[int, int]]:
    """Where a row is in the hill, from and to."""
    start = None
    for x, top in enumerate(ridge):
        if top <= y and start is None:
            start = x
        elif top > y and start is not None:
            yield start, x
            start = None
    if start is not None:
        yield start, len(ridge)


def _badge(width: int, height: int, number: int) -> Iterator[bytes]:
    hue, middle, radius = number % 360 / 360, width // 2, width // 2 - 4
    paper, disc, peak = (bytes(each) for each in ((255, 255, 255), _colour(hue, 0.32), _colour(hue, 0.86)))
    for y in range(height):
        half = int(max(radius * radius - (y - height // 2) ** 2, 0) ** 0.5)
        slope = min(max(y - height // 4, 0) * 2 // 3, half) if y < height * 3 // 4 else 0
        ring = half - slope
        yield paper * (middle - half) + disc * ring + peak * (2 * slope) + disc * ring + paper * (width - middle - half)


def _png(size: tuple[int, int], rows: Iterable[bytes]) -> bytes:
    """A PNG of eight bits a colour."""
    head = pack(">IIBBBBB", *size, 8, 2, 0, 0, 0)
    body = compress(b"".join(b"\0" + row for row in rows), 9)
    return b"\x89PNG\r\n\x1a\n" + b"".join(map(_chunk, (b"IHDR", b"IDAT", b"IEND"), (head, body, b"")))


def _chunk(name: bytes, body: bytes) -> bytes:
    return pack(">I", len(body)) + name + body + pack(">I", crc32(name + body))


# ---- products: polygons in a square of 100, each lighter or darker than the last

Polygon = tuple[float, str]
SHAPES: dict[str, tuple[Polygon, ...]] = {
    "tent": ((0.42, "10,78 50,22 90,78"), (0.30, "50,22 90,78 62,78"), (0.18, "50,40 62,78 40,78")),
    "sleeping": (
        (0.40, "12,58 22,44 74,38 90,48 90,66 74,74 22,68"),
        (0.62, "70,42 86,50 86,64 70,70"),
        (0.28, "20,52 66,46 66,49 20,55"),
    ),
    "pack": (
        (0.38, "30,26 70,26 78,44 78,84 22,84 22,44"),
        (0.55, "32,50 68,50 68,76 32,76"),
        (0.24, "40,16 60,16 60,26 40,26"),
    ),
    "stove": (
        (0.36, "34,56 66,56 70,84 30,84"),
        (0.52, "22,46 78,46 74,54 26,54"),
        (0.62, "50,18 58,34 54,44 46,44 42,34"),
    ),
    "cook": ((0.44, "20,44 74,44 70,80 24,80"), (0.30, "16,38 78,38 78,45 16,45"), (0.24, "74,50 94,46 94,52 74,58")),
    "head": (
        (0.36, "30,40 70,40 70,66 30,66"),
        (0.72, "38,46 62,46 62,60 38,60"),
        (0.24, "8,48 30,46 30,54 8,56"),
        (0.24, "70,46 92,48 92,56 70,54"),
    ),
    "lantern": (
        (0.34, "34,22 66,22 70,32 30,32"),
        (0.74, "34,34 66,34 66,68 34,68"),
        (0.34, "30,70 70,70 74,84 26,84"),
    ),
    "filter": ((0.60, "34,30 66,30 66,56 34,56"), (0.38, "38,58 62,58 58,86 42,86"), (0.28, "42,14 58,14 58,28 42,28")),
    "bottle": (
        (0.40, "36,34 64,34 68,44 68,88 32,88 32,44"),
        (0.26, "42,14 58,14 58,32 42,32"),
        (0.58, "32,56 68,56 68,64 32,64"),
    ),
    "kite": ((0.46, "50,10 82,44 50,74 18,44"), (0.32, "50,10 82,44 50,74"), (0.24, "48,74 52,74 62,92 56,92")),
    "boat": ((0.36, "12,64 88,64 74,84 26,84"), (0.62, "52,14 80,58 52,58"), (0.48, "48,22 48,58 24,58")),
    "blocks": ((0.40, "14,52 46,52 46,84 14,84"), (0.54, "54,52 86,52 86,84 54,84"), (0.32, "34,16 66,16 66,48 34,48")),
    "train": (
        (0.40, "14,44 60,44 60,74 14,74"),
        (0.30, "60,24 88,24 88,74 60,74"),
        (0.74, "66,32 82,32 82,46 66,46"),
        (0.20, "20,74 36,74 36,86 20,86"),
        (0.20, "62,74 78,74 78,86 62,86"),
    ),
    "puzzle": (
        (0.46, "16,16 48,16 48,48 16,48"),
        (0.34, "52,16 84,16 84,48 52,48"),
        (0.58, "16,52 48,52 48,84 16,84"),
        (0.26, "52,52 84,52 84,84 52,84"),
    ),
    "drum": ((0.44, "18,40 82,40 76,82 24,82"), (0.72, "18,32 82,32 82,42 18,42"), (0.26, "30,12 36,12 58,32 50,32")),
}


def product(title: str) -> bytes:
    """A picture of what a title names; of something unknown a parcel."""
    shape = next((SHAPES[word] for word in SHAPES if word in title.lower()), SHAPES["blocks"])
    return _png(PRODUCT, _drawing(*PRODUCT, shape, _number(title) % 360 / 360))


def _drawing(width: int, height: int, shape: tuple[Polygon, ...], hue: float) -> Iterator[bytes]:
    parts = [(bytes(_colour(hue, light)), _points(text)) for light, text in shape]
    for y in range(height):
        row = bytearray(bytes(_colour(hue, 0.94 - 0.05 * y / height, 0.5)) * width)
        for colour, points in parts:
            for left, right in _cuts(points, 100 * (y + 0.5) / height):
                start, end = round(left * width / 100), round(right * width / 100)
                row[3 * start : 3 * end] = colour * (end - start)
        yield bytes(row)


def _points(text: str) -> list[tuple[float, float]]:
    pairs = (point.split(",") for point in text.split())
    return [(float(x), float(y)) for x, y in pairs]


def _cuts(points: list[tuple[float, float]], y: float) -> Iterator[tuple[float, float]]:
    """Where a line across is inside a polygon, from and to."""
    found = []
    for (x1, y1), (x2, y2) in zip(points, points[1:] + points[:1], strict=True):
        if (y1 <= y) != (y2 <= y):
            found.append(x1 + (y - y1) * (x2 - x1) / (y2 - y1))
    found.sort()
    yield from zip(found[::2], found[1::2], strict=True)
