"""Files that are no images, or too much of one: rejected for good with the reason, and nothing of them is kept."""

import zipfile
from io import BytesIO
from typing import Any

import pytest
from PIL import Image, ImageCms, ImageDraw

from tests.api.test_assets import kept, near, pixel, refusal, shown
from tests.conftest import Api
from tests.people import EDITOR, NORTH
from tests.pictures import GREEN, RED, TYPES, bomb, complete, encoded, moving, picture, png_of, upload, uploaded

TRUNCATED = {kind: (picture(kind)[: len(picture(kind)) // 2], kind) for kind in TYPES}
UNDECODABLE = "decodable image"
PIXELS, SIDE = "width * height <= 25000000", "side <= 10000"
SVG = b'<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>'


def rotated(orientation: int) -> bytes:
    """A JPEG with a red left half and a green right half, to be turned by its EXIF orientation."""
    image, exif = Image.new("RGB", (400, 300), RED), Image.Exif()
    ImageDraw.Draw(image).rectangle((200, 0, 400, 300), fill=GREEN)
    exif[0x112], exif[0x10E] = orientation, "made at home"
    return encoded(image, "JPEG", exif=exif, quality=95)


def archive() -> bytes:
    out = BytesIO()
    with zipfile.ZipFile(out, "w") as made:
        made.writestr("evil.html", "<script>alert(1)</script>")
    return out.getvalue()


@pytest.mark.parametrize(
    ("data", "kind", "constraint"),
    [
        (SVG, "PNG", "contentType == image/png"),
        (b"<html><script>alert(1)</script></html>", "JPEG", "contentType == image/jpeg"),
        (b"\0" * 100, "WEBP", "contentType == image/webp"),
        (picture("GIF"), "PNG", "contentType == image/png"),
        (picture("PNG"), "JPEG", "contentType == image/jpeg"),
        (b"\x89PNG\r\n\x1a\n", "PNG", "width and height"),
        (b"\xff\xd8\xff\xe0\0\x10JFIF", "JPEG", "width and height"),
        (b"RIFF\xff\xff\xff\xffWEBPVP8 ", "WEBP", "width and height"),
        (png_of(0, 10), "PNG", "width and height"),
        (png_of(5001, 5000), "PNG", PIXELS),
        (png_of(2**31 - 1, 2**31 - 1), "PNG", PIXELS),
        (picture("GIF")[:6] + b"\xff\xff\xff\xff" + picture("GIF")[10:], "GIF", PIXELS),
        (png_of(10_001, 1), "PNG", SIDE),
        (png_of(400, 300), "PNG", UNDECODABLE),
        (png_of(400, 300, (b"IDAT", b"junk")), "PNG", UNDECODABLE),
        *((data, kind, UNDECODABLE) for data, kind in TRUNCATED.values()),
    ],
)
def test_what_is_no_image_is_rejected_for_good(api: Api, data, kind, constraint):
    id = uploaded(api, data, TYPES[kind])
    answer = complete(api, id, data)

    asset, reason = answer["asset"], answer["userErrors"][0]["message"]
    assert refusal(answer) == ("INVALID", ["id"], constraint)
    assert (asset["status"], asset["url"], asset["rejection"]) == ("REJECTED", None, reason)
    assert [each for each in kept(api) if each.startswith("images/")] == []
    assert api.rows("SELECT event FROM change ORDER BY seq") == [("ASSET_BEGUN",), ("ASSET_REJECTED",)]
    again = complete(api, id, data)
    assert (again["asset"], again["userErrors"][0]["code"]) == (None, "ILLEGAL_TRANSITION")


@pytest.mark.parametrize("payload", [SVG, b"<script>alert(document.domain)</script>", archive(), b"\0" * 5000])
@pytest.mark.parametrize("kind", TYPES)
def test_what_hides_behind_an_image_is_gone_from_what_is_shown(api: Api, kind, payload):
    asset = upload(api, picture(kind) + payload, TYPES[kind])["asset"]
    data = shown(api, asset["url"]).content

    assert asset["status"] == "READY"
    assert (payload in data, b"script" in data, b"PK\x03\x04" in data) == (False, False, False)
    assert near(data, RED)


def test_nothing_but_pixels_is_kept_of_an_image(api: Api):
    image = Image.new("RGB", (400, 300), RED)
    exif, profile = Image.Exif(), ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    exif[0x10E], exif[0x8825] = "<script>taken at home</script>", {1: "N", 2: (52.0, 31.0, 0.0)}
    data = encoded(image, "JPEG", exif=exif, icc_profile=profile, comment=b"by Ada")
    drawn = shown(api, upload(api, data, "image/jpeg")["asset"]["url"]).content

    assert (b"home" in data, b"by Ada" in data, b"acsp" in data) == (True, True, True)
    assert not {b"home", b"by Ada", b"acsp", b"Exif"} & {
        each for each in (b"home", b"by Ada", b"acsp", b"Exif") if each in drawn
    }
    assert near(drawn, RED)


@pytest.mark.parametrize(
    ("orientation", "size", "corner"),
    [(1, (400, 300), RED), (3, (400, 300), GREEN), (6, (300, 400), RED), (8, (300, 400), GREEN)],
)
def test_a_turned_photograph_stands_upright(api: Api, orientation, size, corner):
    asset = upload(api, rotated(orientation), "image/jpeg")["asset"]

    assert (asset["width"], asset["height"]) == size
    assert near(shown(api, asset["url"]).content, corner)


@pytest.mark.parametrize(
    ("data", "kind", "colour"),
    [
        (picture("JPEG", mode="CMYK", colour=(0, 200, 200, 0)), "JPEG", (255, 55, 55)),
        (picture("JPEG", mode="L", colour=90), "JPEG", (90, 90, 90)),
        (picture(mode="1", colour=1), "PNG", (255, 255, 255)),
        (picture(mode="I;16", colour=40_000), "PNG", (156, 156, 156)),
        (picture(mode="RGBA", colour=(*RED, 255)), "PNG", RED),
        (moving("GIF"), "GIF", RED),
        (moving("WEBP"), "WEBP", RED),
        (moving("PNG"), "PNG", RED),
    ],
)
def test_every_kind_of_pixels_becomes_one_picture_for_browsers(api: Api, data, kind, colour):
    drawn = shown(api, upload(api, data, TYPES[kind])["asset"]["url"]).content

    image: Any = Image.open(BytesIO(drawn))
    assert (image.mode in {"RGB", "RGBA", "L"}, getattr(image, "n_frames", 1)) == (True, 1)
    assert near(drawn, colour)


@pytest.mark.parametrize("kind", ["PNG", "WEBP"])
def test_what_shines_through_still_does(api: Api, kind):
    data = picture(kind, mode="RGBA", colour=(*RED, 100))
    drawn = shown(api, upload(api, data, TYPES[kind])["asset"]["url"]).content

    assert Image.open(BytesIO(drawn)).getpixel((5, 5))[3] == 100  # type: ignore[index]
    assert pixel(drawn)


def test_a_small_file_of_very_many_pixels_is_drawn_within_its_limits_or_not_at_all(api: Api):
    most, more = bomb(5000, 5000), bomb(5000, 5001)

    assert (len(most) < 100_000, len(more) < 100_000) == (True, True)
    assert upload(api, most)["asset"]["status"] == "READY"
    assert refusal(upload(api, more)) == ("INVALID", ["id"], PIXELS)
    assert api("{ viewer { user { name } } }", as_=EDITOR).status == 200


def test_texts_that_unpack_to_gigabytes_are_cut_off(api: Api):
    from zlib import compress

    packed = compress(b"\0" * 100_000_000, 9)
    data = png_of(4, 4, (b"zTXt", b"a\0\0" + packed), (b"iCCP", b"a\0\0" + packed), (b"IDAT", compress(b"\0" * 13 * 4)))

    assert upload(api, data)["asset"]["status"] in {"READY", "REJECTED"}
    assert api.rows("SELECT count(*) FROM asset WHERE account_id IS NOT NULL") == [(1,)]
    assert NORTH
