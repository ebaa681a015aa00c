"""Settings of identity providers: said in one line where they are wrong, and shown without their secrets."""

import pytest
from pydantic import ValidationError

from app.config import LOGINS, Settings
from app.domain.onboarding.paths import PATHS

PRODUCTION = {
    "ENDCAP_ENV": "production",
    "ENDCAP_BASE_URL": "https://ads.example",
    "ENDCAP_MAIL_URL": "smtp://m.example",
    "ENDCAP_DELIVERY_KEYS": "k" * 32,
    "ENDCAP_PAYMENTS": "pretend",
}
FORM = "ENDCAP_LOGIN_KDP: use https://CLIENT:SECRET@ISSUER, with : / ? # @ in the first two as %XX"


@pytest.mark.parametrize(
    ("settings", "need"),
    [
        ({"ENDCAP_LOGIN_KDP": "https://id.example"}, FORM),
        (
            {**PRODUCTION, "ENDCAP_LOGIN_KDP": "http://us:secret@id.example"},
            "production needs an https:// ENDCAP_LOGIN_KDP",
        ),
        (
            {**PRODUCTION, "ENDCAP_LOGIN_KDP": "https://us:secret@ads.example/dev/issuer/kdp"},
            "ENDCAP_LOGIN_KDP is a development issuer: production needs a real one",
        ),
    ],
)
def test_a_wrong_provider_is_said_in_one_line_without_its_secret(blank, settings, need):
    refused = blank("serve", **settings)

    assert (refused.code, refused.problems) == (1, [need])


@pytest.mark.parametrize(
    "wrong",
    [
        "id.example",
        "ftp://us:secret@id.example",
        "https://@id.example",
        "https://:secret@id.example",
        "https://us:secret@",
        "https://us:sec/ret@id.example",
        "https://us:sec@ret@id.example",
        "https://us:secret@id.example?x",
        "https://us:secret@id.example#x",
        "https://us:secret@id.example/ a",
        "https://us:sécret@id.example",
        "https://us:secret@id.example/" + "a" * 240,
    ],
)
def test_a_provider_is_written_in_one_way(wrong):
    with pytest.raises(ValidationError, match=r"use https://CLIENT:SECRET@ISSUER"):
        Settings(login_vendor_express=wrong)


def test_a_provider_is_shown_without_client_and_secret(blank):
    shown = blank("settings", ENDCAP_LOGIN_KDP="https://us:s3cret@id.example/realm")

    assert "ENDCAP_LOGIN_KDP=https://***@id.example/realm" in shown.out
    assert "s3cret" not in shown.out


def test_every_path_with_a_login_has_a_setting():
    assert [path.value for path, info in PATHS.items() if info.login] == list(LOGINS)
