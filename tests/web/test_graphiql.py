"""GraphiQL as a person meets it in a browser, and the page as the server words it."""

import json
from dataclasses import dataclass, field
from html.parser import HTMLParser
from urllib.parse import urlsplit

import pytest
from starlette.applications import Starlette
from starlette.testclient import TestClient

from app.web import graphiql

# --- the page, without a browser ---------------------------------------------------------------------------------


@pytest.fixture
def built(tmp_path, monkeypatch):
    """A build of two files instead of the real one."""
    (tmp_path / "assets").mkdir()
    (tmp_path / "assets" / "main-5f3a.js").write_text("1")
    (tmp_path / "index.html").write_text("<html><head><title>T</title></head><body></body></html>")
    monkeypatch.setattr(graphiql, "BUILT", tmp_path)
    graphiql.built_page.cache_clear()
    yield tmp_path
    graphiql.built_page.cache_clear()


@pytest.fixture
def unbuilt(built):
    (built / "index.html").unlink()
    (built / "assets" / "main-5f3a.js").unlink()
    (built / "assets").rmdir()


class Blocks(HTMLParser):
    """The text of each script element, as a browser's parser finds it."""

    def __init__(self, html):
        super().__init__()
        self.found, self.inside = [], False
        self.feed(html)

    def handle_starttag(self, tag, attrs):
        self.inside = tag == "script"
        if self.inside:
            self.found.append("")

    def handle_endtag(self, tag):
        self.inside = False

    def handle_data(self, data):
        if self.inside:
            self.found[-1] += data


def directives(response):
    parts = [part.split() for part in response.headers["content-security-policy"].split(";")]
    return {name: values for name, *values in parts}


def test_the_document_of_a_first_visit_reaches_the_page_unharmed(built):
    query = '# </script><script>alert(1)</script> <!-- "quoted" \\ & é\n{ viewer { name } }'

    html = graphiql.page(query).body.decode()

    assert [json.loads(text) for text in Blocks(html).found] == [{"defaultQuery": query}]


def test_the_page_runs_scripts_of_its_own_origin_only(built):
    policy = directives(graphiql.page("{ a }"))

    assert policy["default-src"] == ["'none'"]
    assert policy["script-src"] == policy["connect-src"] == policy["worker-src"] == policy["font-src"] == ["'self'"]
    assert policy["frame-ancestors"] == policy["base-uri"] == policy["form-action"] == ["'none'"]


def test_the_page_is_neither_kept_nor_sniffed_nor_named_to_others(built):
    headers = graphiql.page("{ a }").headers

    assert headers["content-type"] == "text/html; charset=utf-8"
    assert headers["cache-control"] == "no-store"
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["referrer-policy"] == "no-referrer"


def test_built_files_are_kept_for_good(built):
    response = TestClient(Starlette(routes=graphiql.routes())).get("/static/graphiql/assets/main-5f3a.js")

    assert response.status_code == 200
    assert response.headers["cache-control"] == "public, max-age=31536000, immutable"
    assert response.headers["x-content-type-options"] == "nosniff"


@pytest.mark.parametrize(
    "path", ["assets/gone.js", "assets/", "assets/../index.html", "assets/%2e%2e/index.html", "index.html"]
)
def test_nothing_else_is_served_beside_them(built, path):
    response = TestClient(Starlette(routes=graphiql.routes())).get(f"/static/graphiql/{path}")

    assert response.status_code == 404
    assert "cache-control" not in response.headers


def test_without_a_build_the_page_says_how_to_make_one(unbuilt):
    response = graphiql.page("{ a }")

    assert response.status_code == 200
    assert "make setup" in response.body.decode()
    assert "Node 20" in response.body.decode()
    assert directives(response)["default-src"] == ["'none'"]
    assert "script-src" not in directives(response)


def test_without_a_build_its_files_are_simply_not_there(unbuilt):
    response = TestClient(Starlette(routes=graphiql.routes())).get("/static/graphiql/assets/main-5f3a.js")

    assert response.status_code == 404


def test_a_build_made_while_the_server_runs_is_found(built, unbuilt):
    assert "make setup" in graphiql.page("{ a }").body.decode()

    (built / "index.html").write_text("<head></head>")

    assert '"defaultQuery": "{ a }"' in graphiql.page("{ a }").body.decode()


def test_the_guide_quotes_the_sign_in_as_graphql_does():
    text = graphiql.guide("ada@example.com", 'pass "word" \\')

    assert 'email: "ada@example.com"' in text
    assert r'password: "pass \"word\" \\"' in text


# --- the editor, in Chromium -------------------------------------------------------------------------------------

EDITOR, RESULT, DOCS = ".graphiql-query-editor", ".result-window", ".graphiql-doc-explorer"
VIOLATIONS = """document.addEventListener("securitypolicyviolation", event =>
    console.error(`refused by ${event.effectiveDirective}: ${event.blockedURI}`))"""

DESCRIPTION_OF_QUERY = """() => fetch("/graphql", {
    method: "POST",
    headers: {"content-type": "application/json", "x-requested-with": "test"},
    body: JSON.stringify({query: '{ __type(name: "Query") { description } }'}),
}).then(response => response.json()).then(answer => answer.data.__type.description)"""


@dataclass
class Visit:
    """One person's look at GraphiQL: the page, what it complained of and whom it asked."""

    page: object
    complaints: list[str] = field(default_factory=list)
    asked: list[str] = field(default_factory=list)

    def heard(self, message):
        if message.type in ("error", "warning"):
            self.complaints.append(message.text)

    def run(self, query):
        """Run a query without a name, once GraphiQL has seen that the last name is gone."""
        self.paste(query)
        self.sees(".graphiql-tab", "<untitled>")
        self.page.keyboard.press("Control+Enter")

    def paste(self, query):
        """Replace the document; typed, its brackets would be closed twice."""
        self.page.evaluate("text => navigator.clipboard.writeText(text)", query)
        self.page.locator(EDITOR).click()
        self.page.keyboard.press("Control+A")
        self.page.keyboard.press("Control+V")
        self.shows(query[:30], EDITOR)

    def sees(self, where, text):
        self.page.locator(where).get_by_text(text).first.wait_for()

    def shows(self, text, where=RESULT):
        """Wait until an editor holds this text; Monaco draws blanks as no-break spaces."""
        script = "([at, text]) => document.querySelector(at)?.innerText.replace(/\\u00a0/g, ' ').includes(text)"
        self.page.wait_for_function(script, arg=[f"{where} .view-lines", text])


@pytest.fixture
def visit(chromium, live):
    if not (graphiql.BUILT / "index.html").exists():
        pytest.skip("GraphiQL is not built: make setup")
    context = chromium.new_context(viewport={"width": 1280, "height": 720})
    context.set_default_timeout(15_000)
    context.grant_permissions(["clipboard-read", "clipboard-write"], origin=live.url)
    visit = Visit(context.new_page())
    context.on("console", visit.heard)
    context.on("weberror", lambda error: visit.complaints.append(str(error.error)))
    context.on("request", lambda request: visit.asked.append(request.url))
    context.add_init_script(VIOLATIONS)
    visit.page.goto(f"{live.url}/graphql")
    visit.page.locator(f"{EDITOR} .view-line").first.wait_for()
    yield visit
    context.close()


def use_everything(visit):
    """Completion, lint, hover, formatting, docs, history, settings, short keys, variables and a query."""
    page = visit.page
    visit.paste("{ __ty")
    page.keyboard.press("Control+Space")
    page.locator(".suggest-widget.visible").get_by_text("__typename").first.wait_for()
    page.keyboard.press("Escape")
    visit.paste("{ noSuchField }")
    page.locator(f"{EDITOR} .squiggly-error").first.wait_for()
    visit.run("{__typename}")
    visit.shows('"__typename": "Query"')
    page.keyboard.press("Shift+Control+P")
    visit.sees(EDITOR, "__typename")
    page.locator(f"{EDITOR} .view-line").get_by_text("__typename").hover()
    page.get_by_role("button", name="Variables").click()
    for name in ("Show Documentation Explorer", "Show History"):
        page.get_by_role("button", name=name).click()
    for name in ("Open short keys dialog", "Open settings dialog"):
        page.get_by_role("button", name=name).click()
        page.get_by_role("dialog").wait_for()
        page.keyboard.press("Escape")
    page.wait_for_timeout(500)  # seconds for a late worker to complain


@pytest.mark.browser
def test_normal_use_breaks_no_rule_of_the_policy(visit):
    use_everything(visit)

    assert visit.page.title() == "Endcap GraphiQL"
    assert visit.complaints == []


@pytest.mark.browser
def test_nobody_else_is_asked_for_anything(visit, live):
    use_everything(visit)

    own = urlsplit(live.url).netloc
    assert [url for url in visit.asked if urlsplit(url).netloc != own and not url.startswith("data:")] == []
    assert any("worker" in url for url in visit.asked)


@pytest.mark.browser
def test_a_first_visit_shows_the_guide(visit):
    visit.sees(EDITOR, "SignIn")
    visit.sees(EDITOR, "Dashboard")


@pytest.mark.browser
def test_a_query_is_answered_in_the_result_pane(visit):
    visit.run("{ __typename }")

    visit.shows('"__typename": "Query"')


@pytest.mark.browser
def test_signing_in_opens_the_session_for_the_next_query(visit, live):
    credentials = f"email: {json.dumps(live.email)}, password: {json.dumps(live.password)}"
    visit.run(f"mutation {{ signIn(input: {{{credentials}}}) {{ user {{ name }} userErrors {{ message }} }} }}")
    visit.shows('"userErrors": []')

    visit.run("{ viewer { memberships { account { id displayName } } } }")

    visit.shows('"displayName": "')


@pytest.mark.browser
def test_the_docs_explain_a_type(visit):
    page = visit.page
    page.get_by_role("button", name="Show Documentation Explorer").click()

    page.locator(DOCS).get_by_role("link", name="Query", exact=True).click()

    visit.sees(DOCS, page.evaluate(DESCRIPTION_OF_QUERY).splitlines()[0].replace("`", ""))
