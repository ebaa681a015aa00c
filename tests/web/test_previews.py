"""Previews in Chromium: every placement in its size, and hostile words that run nothing and load nothing."""

from collections.abc import Iterator
from hashlib import sha256
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any

import httpx2
import pytest

from app.adapters.previews import Drawings
from app.domain.assets import PLACEMENTS
from app.domain.metrics import Placement
from app.domain.ports import Shown
from tests.conftest import Live
from tests.pictures import BEGIN, COMPLETE, picture
from tests.web.asking import SIGN_IN

FRAME = """<!doctype html><title>page</title><body style="margin:0">
<iframe {2} width="{0}" height="{1}" style="border:0"></iframe></body>"""
HOSTILE = (
    "<script>parent.hit=1;fetch('//{0}/a')</script>",
    "<img src=//{0}/b onerror=alert(1)>",
    '"><svg/onload=alert(1)>',
    "</style><style>@import '//{0}/c'</style>",
    "<iframe srcdoc='<script>alert(1)</script>'>",
    "<meta http-equiv=refresh content='0;url=//{0}/d'>",
    "<link rel=stylesheet href=//{0}/e>",
    "<base href=//{0}/><img src=f>",
)
LONG = ("W" * 50, "W" * 120)
WORDS = ("Trail tent for two people", "Sleeps two, weighs less than a coat, and stands in the wind of the high fells.")


def framed(page: Any, html: str, width: int, height: int, held: str = "sandbox") -> Any:
    page.set_viewport_size({"width": width, "height": height})
    page.set_content(FRAME.format(width, height, held))
    page.evaluate(
        "html => new Promise(done => { const f = document.querySelector('iframe');"
        " f.onload = () => done(); f.srcdoc = html })",
        html,
    )
    return page.frames[1]


@pytest.fixture
def page(chromium: Any) -> Iterator[Any]:
    """A page that notes the dialogs that were opened."""
    page = chromium.new_page()
    page.dialogs = dialogs = []
    page.on("dialog", lambda dialog: (dialogs.append(dialog.message), dialog.dismiss()))
    yield page
    page.close()


@pytest.fixture
def trap() -> Iterator[Any]:
    """A server that nothing should be loaded from; `met` are the paths that were."""

    class Trap(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            server.met.append(self.path)
            self.send_error(404)

        def log_message(self, *_: Any) -> None:
            return

    with ThreadingHTTPServer(("127.0.0.1", 0), Trap) as server:
        server.met, server.host = [], f"127.0.0.1:{server.server_port}"  # type: ignore[attr-defined]
        Thread(target=server.serve_forever, daemon=True).start()
        yield server
        server.shutdown()


@pytest.mark.browser
@pytest.mark.parametrize("sandboxed", [True, False])
def test_hostile_words_run_nothing_and_load_nothing(page: Any, trap: Any, sandboxed):
    """Also where a page forgets to sandbox the frame: the document's own policy holds."""
    for words in (each.format(trap.host) for each in HOSTILE):
        html = Drawings("en").draw(Shown(words, words, None), 640, 200, "row")
        if sandboxed:
            frame = framed(page, html, 640, 200)
        else:
            page.set_content(html)
            frame = page.main_frame
        page.wait_for_timeout(50)
        assert frame.locator("p").inner_text() == words
    assert (trap.met, page.dialogs, page.evaluate("window.hit")) == ([], [], None)


@pytest.mark.browser
def test_the_same_words_unescaped_run_and_load_where_no_policy_holds_them(page: Any, trap: Any):
    for words in (each.format(trap.host) for each in HOSTILE):
        framed(page, words.replace("//127", "http://127"), 640, 200, held="")
        page.wait_for_timeout(100)

    assert (set(trap.met) >= {"/a", "/b", "/c", "/d", "/e"}, "1" in page.dialogs) == (True, True)


@pytest.mark.browser
def test_a_script_in_the_document_itself_would_not_run_either(page: Any, trap: Any):
    html = Drawings("en").draw(Shown("t", "h", None), 640, 200, "row")
    page.set_content(html.replace("</body>", f"<script>window.hit=1</script><img src=http://{trap.host}/x></body>"))
    page.wait_for_timeout(100)

    assert (page.evaluate("window.hit"), trap.met, page.dialogs) == (None, [], [])


@pytest.mark.browser
@pytest.mark.parametrize("words", [WORDS, LONG])
@pytest.mark.parametrize("placement", Placement)
def test_words_stay_within_the_frame(page: Any, placement, words):
    its = PLACEMENTS[placement]
    frame = framed(
        page, Drawings("en").draw(Shown(*words, None), its.width, its.height, its.layout), its.width, its.height
    )

    boxes = [frame.locator(each).bounding_box() for each in ("small", "h1", "p")]
    assert all(box["x"] >= 0 and box["x"] + box["width"] <= its.width for box in boxes)
    assert all(box["y"] >= 0 and box["y"] + box["height"] <= its.height for box in boxes)


WHERE = """{ viewer { memberships(query: "Northpeak") { account { id ads(first: 1) { nodes {
  campaign { id } landing { ... on Product { id } } } } } } } }"""
CREATE = "mutation ($input: AdCreateInput!) { adCreate(input: $input) { ad { id } userErrors { message } } }"
PREVIEW = "query ($id: ID!) { adPreview(adId: $id, placement: PARTNER_SITE) { html width height } }"


class Client:
    """Somebody at a live server, as a program of theirs asks it."""

    def __init__(self, live: Live) -> None:
        self._url, self._headers = f"{live.url}/graphql", {}
        token = self(SIGN_IN, email=live.email, password=live.password)["signIn"]["sessionToken"]
        self._headers = {"authorization": f"Bearer {token}"}

    def __call__(self, document: str, **variables: Any) -> Any:
        body = {"query": document, "variables": variables}
        return httpx2.post(self._url, json=body, headers=self._headers).json()["data"]


@pytest.mark.browser
def test_a_client_uploads_an_image_and_sees_it_in_the_sandboxed_preview(live: Live, page: Any):
    ask, data = Client(live), picture("JPEG", (600, 400))
    account = ask(WHERE)["viewer"]["memberships"][0]["account"]
    wanted = {"accountId": account["id"], "filename": "a.jpg", "contentType": "image/jpeg", "bytes": len(data)}
    begun = ask(BEGIN, input=wanted)["assetUploadBegin"]
    assert httpx2.put(begun["uploadUrl"], content=data).status_code == 204
    asset = ask(COMPLETE, id=begun["asset"]["id"], sha256=sha256(data).hexdigest())["assetUploadComplete"]["asset"]
    other = account["ads"]["nodes"][0]
    landing = {"productId": other["landing"]["id"]}
    texts = {"title": "T", "headline": "H", "landing": landing, "bid": {"micros": "300000", "currency": "USD"}}
    ad = ask(CREATE, input={"campaignId": other["campaign"]["id"], "imageAssetId": asset["id"], **texts})["adCreate"][
        "ad"
    ]
    frame = framed(page, *ask(PREVIEW, id=ad["id"])["adPreview"].values())

    assert frame.locator("img").evaluate("image => image.decode().then(() => image.naturalWidth)") == 600
