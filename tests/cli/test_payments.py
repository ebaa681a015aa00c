"""Settings of the payment processor: production chooses one, and keys are complete, readable and never shown."""

import subprocess
import sys

import pytest

from app.config import Settings
from tests.cli.test_logins import PRODUCTION

KEYS = {
    "ENDCAP_STRIPE_KEY": "sk_test_secret",
    "ENDCAP_STRIPE_PUBLISHABLE_KEY": "pk_test_1",
    "ENDCAP_STRIPE_WEBHOOK_SECRETS": "whsec_new whsec_old",
}
STRIPE = {"ENDCAP_PAYMENTS": "stripe", **KEYS}
NEEDS = (
    "ENDCAP_PAYMENTS=stripe needs ENDCAP_STRIPE_KEY, ENDCAP_STRIPE_PUBLISHABLE_KEY and ENDCAP_STRIPE_WEBHOOK_SECRETS"
)
LOADED = "import sys, app.cli, app.wiring; app.wiring.installation().gateway; print('stripe' in sys.modules)"


def test_production_without_a_choice_of_the_processor_is_refused(blank):
    chosen = {name: value for name, value in PRODUCTION.items() if name != "ENDCAP_PAYMENTS"}
    refused = blank("serve", **chosen)

    need = "production needs a payment processor: set ENDCAP_PAYMENTS to stripe, or to pretend"
    assert (refused.code, refused.problems) == (1, [need])


@pytest.mark.parametrize("settings", [PRODUCTION, {**PRODUCTION, **STRIPE}, STRIPE, {}])
def test_a_choice_is_taken(blank, settings):
    assert blank("settings", **settings).code == 0


@pytest.mark.parametrize("name", KEYS)
@pytest.mark.parametrize("value", ["", " "])
def test_stripe_without_all_its_keys_is_refused(blank, name, value):
    refused = blank("serve", **{**STRIPE, name: value})

    assert (refused.code, refused.problems) == (1, [NEEDS])


@pytest.mark.parametrize(
    ("settings", "need"),
    [
        ({"ENDCAP_PAYMENTS": "paypal"}, "ENDCAP_PAYMENTS: Input should be 'pretend' or 'stripe'"),
        ({**STRIPE, "ENDCAP_STRIPE_KEY": "sk_1 sk_2"}, NEEDS),
        ({"ENDCAP_STRIPE_KEY": "file:/nowhere/key"}, "ENDCAP_STRIPE_KEY: /nowhere/key cannot be read"),
        ({"ENDCAP_STRIPE_ADDRESS": "stripe.example"}, "ENDCAP_STRIPE_ADDRESS: 'stripe.example' is no address"),
        (
            {**PRODUCTION, **STRIPE, "ENDCAP_STRIPE_ADDRESS": "http://stripe.example"},
            "production needs an https:// ENDCAP_STRIPE_ADDRESS: keys travel there",
        ),
    ],
)
def test_a_wrong_setting_is_said_in_one_line(blank, settings, need):
    refused = blank("serve", **settings)

    assert (refused.code, len(refused.problems)) == (1, 1)
    assert refused.err.startswith(need)


def test_keys_are_read_from_files(tmp_path):
    for name, text in (("key", "sk_1\n"), ("secrets", "whsec_new\nwhsec_old\n")):
        (tmp_path / name).write_text(text)
    files = {"stripe_key": f"file:{tmp_path / 'key'}", "stripe_webhook_secrets": f"file:{tmp_path / 'secrets'}"}
    settings = Settings(payments="stripe", stripe_publishable_key="pk", **files)

    assert (settings.stripe_secret, settings.stripe_secrets) == ("sk_1", ("whsec_new", "whsec_old"))


def test_secrets_are_not_shown(blank):
    shown = blank("settings", **STRIPE)

    assert "ENDCAP_STRIPE_KEY=***\n" in shown.out
    assert "ENDCAP_STRIPE_WEBHOOK_SECRETS=***\n" in shown.out
    assert "sk_test_secret" not in shown.out
    assert "whsec" not in shown.out


@pytest.mark.parametrize(("settings", "loaded"), [({}, "False"), (STRIPE, "True")])
def test_the_library_is_loaded_only_where_it_is_chosen(tmp_path, settings, loaded):
    env = {"PATH": "", "ENDCAP_DATABASE_URL": f"sqlite:///{tmp_path / 'endcap.db'}", **settings}
    done = subprocess.run([sys.executable, "-c", LOADED], env=env, capture_output=True, text=True, check=True)

    assert done.stdout == f"{loaded}\n"
