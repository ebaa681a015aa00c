"""Who asks, and from where: sessions, cookies, other sites' pages and single-page apps of allowed origins."""

import re
from typing import Any

import pytest

from tests.conftest import Answer, Api
from tests.people import EDITOR, OWNER, PASSWORD, SPRING
from tests.web.asking import BEARER, CUSTOM, PAGE, PAUSE, SIGN_IN, VIEWER, ask, unchanged

# ---- who asks


@pytest.mark.parametrize(
    "header", ["Bearer ecs_unknown", "Bearer eca_unknown", "Bearer x", "Bearer", "Basic b3duZXI6", ""]
)
def test_an_unknown_token_is_refused_with_the_way_to_sign_in(api: Api, header):
    answer = ask(api, VIEWER, {"authorization": header})

    assert (answer.status, answer.codes, answer.headers["www-authenticate"]) == (401, ["UNAUTHENTICATED"], "Bearer")
    assert "data" not in answer.body


def test_an_expired_or_revoked_session_counts_as_unknown(api: Api):
    api.clock.pass_(days=13)
    assert ask(api, VIEWER, BEARER).status == 200
    api.write("UPDATE session SET revoked_at = created_at")
    assert ask(api, VIEWER, BEARER).status == 401
    api.write("UPDATE session SET revoked_at = NULL")
    api.clock.pass_(days=1)

    assert ask(api, VIEWER, BEARER).status == 401


def test_a_wrong_cookie_counts_as_nobody(api: Api):
    answer = ask(api, VIEWER, {"cookie": "endcap_session=ecs_unknown", **CUSTOM})

    assert (answer.status, answer.body) == (200, {"data": {"viewer": None}})


def test_the_authorization_header_goes_before_the_cookie(api: Api):
    both = {"cookie": f"endcap_session={OWNER.token}", **BEARER}

    assert ask(api, VIEWER, both).data == {"viewer": {"user": {"name": "Ben Editor"}}}
    assert ask(api, VIEWER, {**both, "authorization": "Bearer x"}).status == 401


def signed_in(api: Api, **headers: str) -> Answer:
    return ask(api, SIGN_IN, {**PAGE, **headers}, email=OWNER.email, password=PASSWORD)


def test_a_browser_gets_its_session_as_a_cookie_only(api: Api):
    answer = signed_in(api)

    assert answer.data == {"signIn": {"user": {"name": "Ada Owner"}, "sessionToken": None, "userErrors": []}}
    value, *attributes = answer.headers["set-cookie"].split("; ")
    assert re.fullmatch("endcap_session=ecs_[A-Za-z0-9_-]{43}", value)
    assert sorted(attributes) == ["HttpOnly", "Path=/", "SameSite=lax", "expires=Fri, 04 Dec 2026 12:00:00 GMT"]
    assert ask(api, VIEWER, {"cookie": value, **CUSTOM}).data == {"viewer": {"user": {"name": "Ada Owner"}}}


def test_over_https_the_cookie_is_bound_to_the_host(configured):
    answer = signed_in(
        configured(env="production", base_url="https://ads.example"), host="ads.example", origin="https://ads.example"
    )

    value, *attributes = answer.headers["set-cookie"].split("; ")
    assert value.startswith("__Host-endcap_session=ecs_")
    assert {"Secure", "HttpOnly", "Path=/", "SameSite=lax"} < set(attributes)


def test_a_program_gets_its_session_as_a_token_only(api: Api):
    answer = ask(api, SIGN_IN, {}, email=OWNER.email, password=PASSWORD)

    token = answer.data["signIn"]["sessionToken"]
    assert "set-cookie" not in answer.headers
    assert api(VIEWER, as_=token).data == {"viewer": {"user": {"name": "Ada Owner"}}}


def test_a_failed_sign_in_sets_no_cookie(api: Api):
    answer = ask(api, SIGN_IN, PAGE, email=OWNER.email, password="a wrong password")

    assert answer.data["signIn"]["userErrors"] == [{"code": "INVALID"}]
    assert "set-cookie" not in answer.headers


def test_signing_out_ends_the_session_and_drops_the_cookie(api: Api):
    cookie = signed_in(api).headers["set-cookie"].split(";")[0]
    answer = ask(api, "mutation { signOut { ok } }", {"cookie": cookie, **PAGE, **CUSTOM})

    assert answer.data == {"signOut": {"ok": True}}
    assert answer.headers["set-cookie"].startswith('endcap_session=""; expires=')
    assert ask(api, VIEWER, {"cookie": cookie, **CUSTOM}).data == {"viewer": None}


# ---- from where


COOKIE = {"cookie": f"endcap_session={EDITOR.token}"}


@pytest.mark.parametrize(
    "headers",
    [
        COOKIE,  # a form of another site could have sent it
        {**COOKIE, **CUSTOM, "origin": "https://evil.example"},
        {**COOKIE, **CUSTOM, "origin": "null"},
        {**COOKIE, **CUSTOM, "sec-fetch-site": "cross-site"},
        {**BEARER, "origin": "https://evil.example"},
    ],
)
def test_what_another_sites_page_could_send_is_refused(api: Api, headers):
    answer = ask(api, PAUSE, headers, id=SPRING)

    assert (answer.status, answer.codes) == (403, ["CSRF"])
    assert unchanged(api)


@pytest.mark.parametrize(
    "headers", [{**COOKIE, **CUSTOM}, {**COOKIE, "x-endcap-client": "console", **PAGE}, {**BEARER, **PAGE}]
)
def test_what_our_own_page_sends_is_carried_out(api: Api, headers):
    assert ask(api, PAUSE, headers, id=SPRING).data == {"campaignPause": {"seq": "1"}}


def test_a_form_is_refused_by_its_content_type(api: Api):
    form = {"query": PAUSE, "variables": f'{{"id": "{SPRING}"}}'}
    answer = api.request("POST", "/graphql", data=form, headers={**COOKIE, **CUSTOM})

    assert answer.status_code == 415
    assert unchanged(api)


@pytest.mark.parametrize("host", ["evil.example", "evil.example:8000", "127.0.0.1.evil.example", ""])
def test_under_a_foreign_name_nothing_is_answered(api: Api, host):
    answer = ask(api, PAUSE, {**BEARER, "host": host}, id=SPRING)

    assert (answer.status, answer.codes) == (421, ["HOST_NOT_ALLOWED"])
    assert unchanged(api)


def preflight(api: Api, origin: str) -> Any:
    wish = {"access-control-request-method": "POST", "access-control-request-headers": "content-type,x-requested-with"}
    return api.request("OPTIONS", "/graphql", headers={"origin": origin, **wish})


def test_a_single_page_app_of_an_allowed_origin_may_call(configured):
    api = configured(allowed_origins=["https://console.example"])
    asked = preflight(api, "https://console.example")
    answer = ask(api, VIEWER, {**BEARER, "origin": "https://console.example", "sec-fetch-site": "cross-site"})

    assert (asked.status_code, asked.headers["access-control-allow-credentials"]) == (200, "true")
    assert asked.headers["access-control-allow-methods"] == "GET, POST, PUT"
    for each in (asked, answer):
        assert each.headers["access-control-allow-origin"] == "https://console.example"
    assert answer.data == {"viewer": {"user": {"name": "Ben Editor"}}}


@pytest.mark.parametrize(
    "origin", ["https://evil.example", "https://console.example.evil", "http://console.example", "null"]
)
def test_a_page_of_any_other_origin_may_not(configured, origin):
    api = configured(allowed_origins=["https://console.example"])
    asked, answer = preflight(api, origin), ask(api, VIEWER, {**BEARER, "origin": origin})

    assert (asked.status_code, answer.status) == (400, 403)
    assert "access-control-allow-origin" not in asked.headers
    assert "access-control-allow-origin" not in answer.headers


def test_in_production_a_page_on_this_machine_is_foreign(configured):
    api = configured(env="production", base_url="https://ads.example")

    assert preflight(api, "http://localhost:5173").status_code == 400
    assert preflight(api, "https://ads.example").status_code == 200
