"""Images: what a file's first bytes say, the steps of an upload, and where an image of a size can be shown."""

from io import BytesIO
from itertools import product

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from app.domain import assets as rules
from app.domain.assets import ASSET, AssetStatus, Header, Unfit, header
from app.domain.errors import Findings, LimitExceeded, Refusal
from app.domain.metrics import Placement

TYPES = tuple(rules.FORMATS)
LEGAL = {(AssetStatus.UPLOADING, AssetStatus.READY), (AssetStatus.UPLOADING, AssetStatus.REJECTED)}
SIDES = st.integers(1, 60)


def file(content_type: str, width: int, height: int, mode: str = "RGB", **options) -> bytes:
    out = BytesIO()
    Image.new(mode, (width, height), 0).save(out, rules.FORMATS[content_type], **options)
    return out.getvalue()


@pytest.mark.parametrize(("state", "to"), list(product(AssetStatus, AssetStatus)))
def test_an_upload_ends_once(state, to):
    if (state, to) in LEGAL:
        assert ASSET.advance(state, to) is to
        return
    with pytest.raises(Refusal) as refused:
        ASSET.advance(state, to)
    (problem,) = refused.value.problems
    ended = state is not AssetStatus.UPLOADING and to is not AssetStatus.UPLOADING
    assert problem.instead_use == ("assetUploadBegin" if ended else None)


@settings(deadline=None)  # the first file of a kind loads its encoder
@given(st.sampled_from(TYPES), SIDES, SIDES)
def test_a_header_says_what_pillow_would_find(content_type, width, height):
    assert header(file(content_type, width, height), content_type) == Header(content_type, width, height)


@pytest.mark.parametrize(
    ("content_type", "options"),
    [
        ("image/webp", {"lossless": True}),
        ("image/webp", {"mode": "RGBA"}),
        ("image/webp", {"exif": b"Exif\0\0MM\0*\0\0\0\x08\0\0"}),
        ("image/jpeg", {"progressive": True}),
        ("image/jpeg", {"mode": "CMYK"}),
        ("image/jpeg", {"mode": "L", "comment": b"x" * 60_000}),
        ("image/png", {"mode": "1"}),
    ],
)
def test_every_variant_of_a_format_is_measured(content_type, options):
    assert header(file(content_type, 37, 11, **options), content_type) == Header(content_type, 37, 11)


@settings(deadline=None)
@given(st.sampled_from(TYPES), st.binary(max_size=200), st.integers(0, 40))
def test_any_bytes_have_a_header_or_are_unfit(content_type, junk, kept):
    data = file(content_type, 9, 7)[:kept] + junk
    try:
        found = header(data, content_type)
    except Unfit as refused:
        pixels, why = 1, (refused.reason, refused.constraint)
    else:
        pixels, why = found.width * found.height, (found.content_type,)
    assert 0 < pixels <= rules.MOST_PIXELS
    assert all(why)


@pytest.mark.parametrize(("declared", "actual"), [pair for pair in product(TYPES, TYPES) if pair[0] != pair[1]])
def test_a_file_is_what_it_was_announced_as(declared, actual):
    with pytest.raises(Unfit) as refused:
        header(file(actual, 4, 4), declared)
    assert refused.value.reason == f"The file is {actual}, not {declared} as announced."


@pytest.mark.parametrize(
    ("width", "height", "constraint"),
    [(5000, 5000, None), (5001, 5000, "width * height <= 25000000"), (10_000, 1, None), (10_001, 1, "side <= 10000")],
)
def test_pixels_are_counted_before_anything_is_decoded(width, height, constraint):
    data = b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR" + width.to_bytes(4) + height.to_bytes(4)
    if constraint is None:
        assert header(data, "image/png").width == width
        return
    with pytest.raises(Unfit) as refused:
        header(data, "image/png")
    assert refused.value.constraint == constraint


@pytest.mark.parametrize(
    ("name", "content_type", "bytes", "faults"),
    [
        ("a", "image/png", 1, []),
        ("x" * 200, "image/gif", rules.MOST_BYTES, []),
        ("", "image/svg+xml", 0, ["filename", "contentType", "bytes"]),
        ("x" * 201, "image/webp", rules.MOST_BYTES + 1, ["filename", "bytes"]),
    ],
)
def test_an_announced_upload_is_checked(name, content_type, bytes, faults):
    found = Findings()
    rules.check_upload(found, name, content_type, bytes)

    assert [problem.path[0] for problem in found.problems] == faults


@pytest.mark.parametrize(
    ("open_", "ready", "limit"),
    [
        (0, 0, None),
        (19, 0, None),
        (20, 0, 20),
        (21, 10_000, 20),
        (0, 9_999, None),
        (1, 9_999, 10_000),
        (0, 10_000, 10_000),
    ],
)
def test_uploads_and_images_of_an_account_are_bounded(open_, ready, limit):
    problem = rules.room_problem(open_, ready)

    assert (problem.limit if isinstance(problem, LimitExceeded) else problem) == limit


def test_every_placement_has_a_format_and_an_image_that_suits_it():
    assert set(rules.PLACEMENTS) == set(Placement)
    for placement, its in rules.PLACEMENTS.items():
        wide = max(its.least_width, -(-its.least_height * its.narrowest[0] // its.narrowest[1]))
        high = max(its.least_height, -(-wide * its.widest[1] // its.widest[0]))
        assert rules.misfits(wide, high, placement) == []


@pytest.mark.parametrize(
    ("size", "placements"),
    [
        ((299, 299), []),
        ((300, 300), ["SEARCH_RESULTS", "PRODUCT_DETAIL", "PARTNER_SITE"]),
        ((400, 300), ["SEARCH_RESULTS", "PRODUCT_DETAIL", "PARTNER_SITE"]),
        ((401, 300), ["PRODUCT_DETAIL", "PARTNER_SITE"]),
        ((300, 400), ["SEARCH_RESULTS"]),
        ((300, 401), []),
        ((900, 450), ["PRODUCT_DETAIL", "BRAND_PAGE", "EMAIL"]),
        ((1200, 300), ["BRAND_PAGE"]),
        ((1201, 300), []),
        ((600, 400), ["PRODUCT_DETAIL", "PARTNER_SITE", "EMAIL"]),
    ],
)
def test_an_image_suits_the_placements_that_its_size_allows(size, placements):
    assert [placement.value for placement in rules.suits(*size)] == placements


@given(st.integers(1, 10_000), st.integers(1, 10_000))
def test_an_image_is_taken_where_it_suits_a_placement_and_refused_with_all_limits(width, height):
    problem = rules.image_problem(AssetStatus.READY, width, height, "imageAssetId")

    assert (problem is None) == bool(rules.suits(width, height))
    assert problem is None or all(each.value in problem.message for each in Placement)


@pytest.mark.parametrize("status", [AssetStatus.UPLOADING, AssetStatus.REJECTED])
def test_only_a_ready_image_is_taken(status):
    problem = rules.image_problem(status, None, None, "imageAssetId")

    assert problem is not None
    assert (problem.path, status.value in problem.message) == (("imageAssetId",), True)
