"""A headless Chromium for tests marked `browser`."""

import os
import shutil

import pytest

QUIET = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


# One browser per file, not per session: while Playwright's synchronous API is open, its event loop counts as
# running in this thread, and every asyncio.run() of another file's tests would refuse to start.
@pytest.fixture(scope="module")
def chromium():
    path = os.environ.get("ENDCAP_TEST_CHROMIUM") or shutil.which("chromium")
    if not path:
        pytest.skip("Chromium not found: apt-get install chromium (or set ENDCAP_TEST_CHROMIUM)")
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=QUIET)
        yield browser
        browser.close()
