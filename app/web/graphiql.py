"""GraphiQL, the query editor that browsers find at /graphql, built by Vite from frontend-contract/graphiql."""

import json
from functools import cache
from pathlib import Path

from starlette.responses import Response
from starlette.routing import BaseRoute, Mount
from starlette.staticfiles import StaticFiles
from starlette.types import Scope

from app.web.pages import document, hashed

BUILT = Path(__file__).parent / "static" / "graphiql"

# Inline styles are the editor's: Monaco writes <style> elements and places its lines by style attributes.
# Its squiggles are data: images. Fonts, scripts and workers are built files.
EDITOR_CSP = (
    "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; font-src 'self'; img-src 'self' data:; "
    "connect-src 'self'; worker-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)


def routes() -> list[BaseRoute]:
    """Serve the built scripts and styles. index.html is left out: only page() gives it, under its policy."""
    return [Mount("/static/graphiql/assets", Assets(directory=BUILT / "assets", check_dir=False), name="graphiql")]


def page(default_query: str) -> Response:
    """Answer a browser: the editor with this document on a first visit, or how to build it where it is not built."""
    try:
        html = built_page()
    except FileNotFoundError:
        return document(NOT_BUILT, NOT_BUILT_CSP)
    settings = json.dumps({"defaultQuery": default_query}).replace("<", "\\u003c")  # no </script> can end the block
    block = f'<script type="application/json" id="endcap-graphiql">{settings}</script>'
    return document(html.replace("</head>", f"{block}\n  </head>", 1), EDITOR_CSP)


def guide(email: str, password: str) -> str:
    """Word the document of a first visit, with a sign-in that works as it stands in the demonstration."""
    return GUIDE.replace("EMAIL", json.dumps(email)).replace("PASSWORD", json.dumps(password))


@cache
def built_page() -> str:
    """Read the page once; a missing build raises, is not remembered, and so may still be made while we run."""
    return (BUILT / "index.html").read_text("utf-8")


class Assets(StaticFiles):
    """Files whose names carry a hash of their content: a browser need never ask for one twice."""

    async def check_config(self) -> None:
        """Answer 404 while nothing is built, where Starlette would raise."""

    async def get_response(self, path: str, scope: Scope) -> Response:
        response = await super().get_response(path, scope)
        response.headers["cache-control"] = "public, max-age=31536000, immutable"
        response.headers["x-content-type-options"] = "nosniff"
        return response


GUIDE = """\
# Endcap. Whatever its API can do, try it here.
#
# 1. Put the cursor into SignIn, press Ctrl-Enter.
# 2. Do the same in Dashboard: you are signed in.
#
# Ctrl-Space completes what you type.
# The reference is behind the book on the left.

mutation SignIn {
  signIn(input: {
    email: EMAIL,
    password: PASSWORD
  }) {
    user { name }
    userErrors { message }
  }
}

query Dashboard {
  viewer {
    memberships {
      level
      account {
        displayName
        campaigns(first: 3, sort: NAME_ASC) {
          nodes {
            name
            effectiveStatus
            spent { decimal currency }
          }
        }
      }
    }
  }
}
"""

STYLE = """
  :root { color-scheme: light dark; --ink: #1c2434; --soft: #5b6780; --paper: #fff; --wash: #f2f4f8; --mark: #d60590 }
  @media (prefers-color-scheme: dark) {
    :root { --ink: #e6eaf2; --soft: #9aa5ba; --paper: #151b27; --wash: #202837; --mark: #ff6cc4 }
  }
  body { margin: 0; min-height: 100vh; display: grid; place-items: center; background: var(--wash); color: var(--ink);
    font: 16px/1.6 system-ui, sans-serif }
  main { max-width: 34rem; margin: 1.5rem; padding: 2.5rem; border-radius: 14px; background: var(--paper);
    border-top: 4px solid var(--mark); box-shadow: 0 8px 30px rgb(0 0 0 / .08) }
  h1 { margin: 0 0 .75rem; font-size: 1.5rem; line-height: 1.25 }
  p { margin: .75rem 0 }
  .soft { color: var(--soft) }
  code, pre { font-family: ui-monospace, Menlo, Consolas, monospace; font-size: .875rem }
  pre { margin: 1rem 0; padding: .9rem 1.1rem; border-radius: 8px; background: var(--wash); overflow-x: auto }
"""

NOT_BUILT = f"""<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Endcap GraphiQL</title>
<link rel="icon" href="data:,">
<style>{STYLE}</style>
<main>
  <h1>GraphiQL is not built yet</h1>
  <p>Build it once, with Node 20 or newer, then reload this page:</p>
  <pre>make setup</pre>
  <p class="soft">The API itself works without it. Send it a query:</p>
  <pre>POST /graphql
Content-Type: application/json

{{"query": "{{ __typename }}"}}</pre>
</main>
</html>
"""

# The hash admits this one style element and no other.
NOT_BUILT_CSP = (
    f"default-src 'none'; style-src {hashed(STYLE)}; img-src data:; "
    "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)
