"""Decodes one image and encodes it afresh, as a process of its own under limits: what it is given may be hostile.

It is started by images.py with nothing of Endcap in it: header and file on standard input, picture on standard output.
"""

import json
import resource
import sys
from io import BytesIO

from PIL import Image, ImageCms, ImageOps

MEMORY = 1_000 * 2**20
SECONDS = 10
SAVED = {  # how each format is kept; of what moves the first frame stays
    "JPEG": ("image/jpeg", "JPEG", {"quality": 90, "optimize": True, "progressive": True}),
    "PNG": ("image/png", "PNG", {"compress_level": 6}),
    "WEBP": ("image/webp", "WEBP", {"quality": 90, "method": 2}),
    "GIF": ("image/png", "PNG", {"compress_level": 6}),
}


def main() -> None:
    """Answer with a line of JSON, then the picture; or with a line that says why there is none."""
    limit()
    asked = json.loads(sys.stdin.buffer.readline())
    data = sys.stdin.buffer.read()
    try:
        told, picture = redraw(data, asked["format"], tuple(asked["size"]))
    except MemoryError:
        told, picture = {"unfit": "it takes too much memory"}, b""
    except Exception as fault:  # noqa: BLE001 - the last resort: whatever a decoder says of it, it is no image for us
        told, picture = {"unfit": str(fault)[:200] or type(fault).__name__}, b""
    sys.stdout.buffer.write(json.dumps(told).encode() + b"\n" + picture)


def limit() -> None:
    """Nothing here needs more: no files, no core dumps, this much memory and time."""
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    resource.setrlimit(resource.RLIMIT_CPU, (SECONDS, SECONDS))
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def redraw(data: bytes, kind: str, size: tuple[int, int]) -> tuple[dict, bytes]:
    """The picture, upright, in sRGB, without metadata; *size* is what the header said."""
    Image.MAX_IMAGE_PIXELS = size[0] * size[1]
    with Image.open(BytesIO(data), formats=[kind]) as opened:
        if opened.size != size:
            raise ValueError("its parts contradict each other about its size")
        profile = opened.info.get("icc_profile")
        opened.load()
        picture = _plain(_in_srgb(ImageOps.exif_transpose(opened), profile), kind)
    content_type, saved_as, options = SAVED[kind]
    out = BytesIO()
    picture.save(out, saved_as, **options)
    return {"contentType": content_type, "width": picture.width, "height": picture.height}, out.getvalue()


def _in_srgb(image: Image.Image, profile: bytes | None) -> Image.Image:
    """Colours as browsers take them without a profile; a profile that cannot be read is left out."""
    if not profile or image.mode not in {"RGB", "CMYK", "L"}:
        return image
    try:
        own, srgb = ImageCms.ImageCmsProfile(BytesIO(profile)), ImageCms.createProfile("sRGB")
        return ImageCms.profileToProfile(image, own, srgb, outputMode="RGB") or image
    except (ImageCms.PyCMSError, OSError):
        return image


def _plain(image: Image.Image, kind: str) -> Image.Image:
    """A new image of the same pixels in eight bits a channel: nothing else goes with it."""
    if image.mode.startswith("I;16") or image.mode == "I":
        image = image.convert("I").point(lambda value: value / 256).convert("L")
    has_alpha = kind != "JPEG" and image.has_transparency_data
    mode = "RGBA" if has_alpha else "L" if image.mode in {"1", "L"} else "RGB"
    plain = Image.new(mode, image.size)
    plain.paste(image.convert(mode))
    return plain


if __name__ == "__main__":
    main()
