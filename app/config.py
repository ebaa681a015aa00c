"""Settings from the environment, each described; docs/operating.md lists them and a test compares."""

import json
import re
from datetime import date
from decimal import Decimal
from email.utils import parseaddr
from functools import cache
from hashlib import sha256
from importlib.util import find_spec
from pathlib import Path
from typing import Annotated, Any, Literal
from urllib.parse import urlsplit
from zoneinfo import available_timezones

from pydantic import Field, ValidationInfo, field_validator, model_validator
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

known_zones = cache(available_timezones)  # read from some 600 files
DATABASE = re.compile(
    r"sqlite(\+aiosqlite)?:///.*|postgresql(\+asyncpg)?://(.*@)?(\[[^\]]*\]|[^/@:?]*)(:[0-9]{1,5})?([/?].*)?"
)

BUCKET = re.compile(r"s3://[a-z0-9][a-z0-9.-]{1,61}[a-z0-9](/[\w.-]+)*/?")


# Client, secret and issuer; the issuer is compared to the letter, has no query (OpenID) and fits its column.
PROVIDER = re.compile(
    r"https?://[\w.~!$&'()*+,;=%-]+(:[\w.~!$&'()*+,;=%-]*)?@(?=.{1,240}$)"
    r"([\w.-]+|\[[0-9A-Fa-f:.]+\])(:[0-9]{1,5})?(/[\w.~!$&'()*+,;=:%/-]*)?",
    re.ASCII,
)
LOGINS = ("VENDOR_CENTRAL", "ADVANTAGE_CENTRAL", "VENDOR_EXPRESS", "KDP")
DEVELOPMENT_ISSUERS = "/dev/issuer"
SHORTEST_KEY = 32
MOST_RETRIES = 10
MOST_LINES, LONGEST_ISSUER = 12, 1000
EXAMPLES = {
    "allowed_origins": '["https://ads.example"]',
    "closed_on": '["2026-12-24"]',
    "charge_retry_days": "[1, 3, 5]",
}


class Settings(BaseSettings):
    """How this installation runs; every name is read with the prefix ENDCAP_."""

    model_config = SettingsConfigDict(env_prefix="ENDCAP_", extra="ignore", frozen=True)

    env: Literal["development", "production"] = Field(
        default="development", description="development, or production with its stricter demands"
    )
    database_url: str = Field(
        default="sqlite:///var/endcap.db", description="Where data is kept: sqlite:///FILE or postgresql://..."
    )
    base_url: str = Field(default="http://127.0.0.1:8000", description="Address under which people reach Endcap")
    allowed_origins: Annotated[tuple[str, ...], NoDecode] = Field(
        default=(), description='Origins of single-page apps on other hosts, as JSON: ["https://ads.example"]'
    )
    product_url: str = Field(
        default="https://shop.example/products/{sku}",
        description="Detail page of a product; {sku} is replaced, or the sku is added as a last path segment",
    )
    default_currency: str = Field(
        default="USD", pattern="^[A-Z]{3}$", description="Currency of new accounts and imported prices, ISO 4217"
    )
    time_zone: str = Field(
        default="UTC", description="Time zone of the retailer's business days and of new accounts, IANA name"
    )
    holidays: str = Field(
        default="", description="Where the retailer keeps public holidays, such as DE or US-CA; empty: weekends only"
    )
    closed_on: Annotated[tuple[str, ...], NoDecode] = Field(
        default=(), description='Further days on which nobody reviews, as JSON: ["2026-12-24"]'
    )
    app_url: str = Field(
        default="", description="Address of the single-page app that links in mail lead to; empty: ENDCAP_BASE_URL"
    )
    mail_url: str = Field(
        default="file:var/mail",
        description="Where mail goes: smtp://USER:PASSWORD@HOST:PORT, smtps://..., or in development file:FOLDER",
    )
    mail_from: str = Field(default="Endcap <endcap@localhost>", description="Sender of all mail: NAME <ADDRESS>")
    storage_url: str = Field(
        default="file:var/assets", description="Where images and reports are kept: file:FOLDER or s3://BUCKET/PREFIX"
    )
    storage_endpoint: str = Field(default="", description="Address of an S3 server that is not AWS's own")
    storage_region: str = Field(default="", description="Region of the bucket; empty: AWS_REGION")
    product_name: str = Field(default="Endcap", description="What mail calls this installation")
    language: Literal["en"] = Field(default="en", description="Language of mail, a file of texts")
    login_vendor_central: str = Field(
        default="",
        description="Provider of Vendor Central logins: https://CLIENT:SECRET@ISSUER; empty: a pretend one, or none",
    )
    login_advantage_central: str = Field(default="", description="Provider of Advantage Central logins, likewise")
    login_vendor_express: str = Field(default="", description="Provider of Vendor Express logins, likewise")
    login_kdp: str = Field(default="", description="Provider of KDP logins, likewise")
    bid_reserve: str = Field(
        default="0.01",
        pattern=r"^[0-9]{1,3}(\.[0-9]{1,6})?$",
        description="Least bid, and least price of a click, in units of the account's currency",
    )
    billing_ladder: Literal["budget", "monthly"] = Field(
        default="budget",
        description="Thresholds at which campaigns are charged: budget (1, 5, 10, 20, 40, 80, then 10 % of the total "
        "budget) or monthly (1, 50, 150, 200, 350, 500), both also at each month's end",
    )
    charge_retry_days: Annotated[tuple[int, ...], NoDecode] = Field(
        default=(1, 3, 5),
        description="After how many days each a charge that failed is tried again, as JSON; then its ads stop for good",
    )
    invoice_issuer: str = Field(
        default="",
        description="Who issues invoices: name and address, lines apart by \\n, or file:PATH; empty: "
        "ENDCAP_PRODUCT_NAME",
    )
    ad_policy: str = Field(default="", description="File with the rules of the ad policy; empty: those that ship")
    delivery_keys: str = Field(
        default="",
        description="Keys that seal served ads, the newest first, apart by spaces, or file:PATH; empty: development's",
    )
    payments: Literal["pretend", "stripe"] = Field(
        default="pretend", description="Payment processor: pretend, in production only where this says so, or stripe"
    )
    stripe_key: str = Field(default="", description="Stripe's secret or restricted key, or file:PATH")
    stripe_publishable_key: str = Field(default="", description="Stripe's key for browsers")
    stripe_webhook_secrets: str = Field(
        default="",
        description="Secrets by which Stripe signs what it tells, apart by spaces while one is renewed, or file:PATH",
    )
    stripe_address: str = Field(default="", description="Address of a server that stands in for Stripe's own, in tests")
    click_window_days: int = Field(
        default=14, ge=1, le=90, description="How many days after a click a visit of the product's page counts for it"
    )
    view_window_hours: int = Field(
        default=24, ge=1, le=720, description="How many hours after an ad was seen a visit counts for it"
    )
    refresh_seconds: int = Field(
        default=30, ge=1, le=3600, description="Visits of a shopper to a page within that many seconds are one"
    )
    event_days: int = Field(
        default=90, ge=5, le=3650, description="How many days impressions, clicks and visits are kept one by one"
    )
    event_key_days: int = Field(
        default=30, ge=5, le=3650, description="How many days it is remembered which events were counted"
    )
    frequency_cap: int = Field(
        default=50, ge=0, description="How often a shopper is served an ad in a day, by each process; 0: without limit"
    )
    auction_days: int = Field(default=7, ge=1, description="How many days single auctions are kept for operators")
    landing_checks: Literal["auto", "on", "off"] = Field(
        default="auto",
        description="Whether the pages that ads lead to are asked for over the network; auto: in production",
    )
    report_days: int = Field(default=7, ge=1, le=366, description="Days after which the files of reports are discarded")
    work: bool = Field(default=True, description="Whether `serve` also does the jobs; else run `endcap work` beside it")
    graphiql: bool = Field(default=True, description="Whether browsers find GraphiQL at /graphql")
    execution_seconds: float = Field(default=20, gt=0, description="Longest time one operation may run")
    log_format: Literal["console", "json"] = Field(default="console", description="Logs for people or for machines")
    log_level: Literal["debug", "info", "warning", "error"] = Field(default="info", description="Least level logged")

    @field_validator("allowed_origins", "closed_on", "charge_retry_days", mode="before")
    @classmethod
    def _is_list(cls, value: Any, info: ValidationInfo) -> Any:
        try:
            return json.loads(value) if isinstance(value, str) else value
        except ValueError:
            raise ValueError(f"write it as JSON: {EXAMPLES[info.field_name or '']}") from None

    @field_validator("charge_retry_days")
    @classmethod
    def _are_waits(cls, value: tuple[int, ...]) -> tuple[int, ...]:
        if len(value) > MOST_RETRIES or not all(1 <= days <= 60 for days in value):
            raise ValueError(f"use at most {MOST_RETRIES} numbers of days from 1 to 60")
        return value

    @field_validator("closed_on")
    @classmethod
    def _are_days(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        for day in value:
            try:
                date.fromisoformat(day)
            except ValueError:
                raise ValueError(f"{day!r} is no day: write it as 2026-12-24") from None
        return value

    @field_validator("holidays")
    @classmethod
    def _is_place(cls, value: str) -> str:
        if value:
            from holidays import list_supported_countries  # takes a second

            country, _, part = value.partition("-")
            known = list_supported_countries()
            if country not in known or (part and part not in known[country]):
                raise ValueError("use a country, ISO 3166, with or without its part: DE, US-CA")
        return value

    @field_validator("time_zone")
    @classmethod
    def _is_zone(cls, value: str) -> str:
        if value not in known_zones():
            raise ValueError("use an IANA name such as Europe/Berlin")
        return value

    @field_validator("mail_url")
    @classmethod
    def _is_mail(cls, value: str) -> str:
        scheme, _, rest = value.partition(":")
        urlsplit(value).port  # noqa: B018 - raises where it is no number
        if not (scheme == "file" and rest) and not (scheme in {"smtp", "smtps"} and urlsplit(value).hostname):
            raise ValueError("use smtp://USER:PASSWORD@HOST:PORT, smtps://... or file:FOLDER")
        return value

    @field_validator("login_vendor_central", "login_advantage_central", "login_vendor_express", "login_kdp")
    @classmethod
    def _is_provider(cls, value: str) -> str:
        if value and not PROVIDER.fullmatch(value):
            raise ValueError("use https://CLIENT:SECRET@ISSUER, with : / ? # @ in the first two as %XX")
        return value

    @field_validator("mail_from")
    @classmethod
    def _is_sender(cls, value: str) -> str:
        if "@" not in parseaddr(value)[1]:
            raise ValueError("write it as NAME <ADDRESS>")
        return value

    @field_validator("bid_reserve")
    @classmethod
    def _is_positive(cls, value: str) -> str:
        if not Decimal(value):
            raise ValueError("a click that costs nothing is no click: use at least 0.000001")
        return value

    @field_validator("storage_url")
    @classmethod
    def _is_storage(cls, value: str) -> str:
        scheme, _, rest = value.partition(":")
        if not (scheme == "file" and rest) and not BUCKET.fullmatch(value):
            raise ValueError(
                "use file:FOLDER or s3://BUCKET/PREFIX; credentials belong into AWS_ACCESS_KEY_ID and such"
            )
        return value

    @field_validator("delivery_keys")
    @classmethod
    def _are_keys(cls, value: str) -> str:
        try:
            keys = _keys(value)
        except (OSError, ValueError):
            raise ValueError(f"{value.removeprefix('file:')} cannot be read") from None
        if value and (not keys or min(map(len, keys)) < SHORTEST_KEY or len(set(keys)) < len(keys)):
            raise ValueError(f"use different keys of at least {SHORTEST_KEY} characters: openssl rand -hex 32")
        return value

    @field_validator("invoice_issuer")
    @classmethod
    def _is_issuer(cls, value: str) -> str:
        try:
            lines = _lines(value)
        except (OSError, ValueError):
            raise ValueError(f"{value.removeprefix('file:')} cannot be read") from None
        if len(lines) > LONGEST_ISSUER or lines.count("\n") >= MOST_LINES:
            raise ValueError(f"use at most {MOST_LINES} lines, and {LONGEST_ISSUER} characters in all")
        return value

    @field_validator("stripe_key", "stripe_webhook_secrets")
    @classmethod
    def _is_readable(cls, value: str) -> str:
        try:
            _keys(value)
        except (OSError, ValueError):
            raise ValueError(f"{value.removeprefix('file:')} cannot be read") from None
        return value

    @field_validator("base_url", "allowed_origins", "app_url", "storage_endpoint", "stripe_address")
    @classmethod
    def _is_address(cls, value: str | tuple[str, ...]) -> str | tuple[str, ...]:
        for address in filter(None, (value,)) if isinstance(value, str) else value:
            if urlsplit(address).scheme not in {"http", "https"} or not urlsplit(address).netloc:
                raise ValueError(f"{address!r} is no address: write it as https://host")
        return value

    @field_validator("database_url")
    @classmethod
    def _is_database(cls, value: str) -> str:
        if not DATABASE.fullmatch(value):
            raise ValueError("use sqlite:///FILE or postgresql://USER@HOST:PORT/NAME")
        return value

    @model_validator(mode="after")
    def _is_safe(self) -> "Settings":
        if self.env == "production" and not self.base_url.startswith("https://"):
            raise ValueError("production needs an https:// ENDCAP_BASE_URL: cookies and tokens travel over it")
        if self.env == "production" and self.storage_endpoint.startswith("http://"):
            raise ValueError("production needs an https:// ENDCAP_STORAGE_ENDPOINT: browsers upload there")
        if self.env == "production" and self.mail_url.startswith("file:"):
            raise ValueError("production needs a mail server: set ENDCAP_MAIL_URL to smtp://... or smtps://...")
        if self.env == "production" and not self.delivery_keys:
            raise ValueError("production needs ENDCAP_DELIVERY_KEYS: openssl rand -hex 32 makes a key")
        if self.event_days <= max(self.click_window_days, self.view_window_hours / 24):
            raise ValueError("ENDCAP_EVENT_DAYS must be more than the windows in which visits count for ads")
        for name, url in self.logins.items() if self.env == "production" else ():
            if not url.startswith("https://"):
                raise ValueError(f"production needs an https:// ENDCAP_LOGIN_{name}")
            if DEVELOPMENT_ISSUERS in urlsplit(url).path:
                raise ValueError(f"ENDCAP_LOGIN_{name} is a development issuer: production needs a real one")
        return self

    @model_validator(mode="after")
    def _can_charge(self) -> "Settings":
        if self.payments == "pretend":
            if self.env == "production" and "payments" not in self.model_fields_set:
                raise ValueError("production needs a payment processor: set ENDCAP_PAYMENTS to stripe, or to pretend")
            return self
        if self.env == "production" and self.stripe_address.startswith("http://"):
            raise ValueError("production needs an https:// ENDCAP_STRIPE_ADDRESS: keys travel there")
        if len(_keys(self.stripe_key)) != 1 or not self.stripe_publishable_key.strip() or not self.stripe_secrets:
            needs = "ENDCAP_STRIPE_KEY, ENDCAP_STRIPE_PUBLISHABLE_KEY and ENDCAP_STRIPE_WEBHOOK_SECRETS"
            raise ValueError(f"ENDCAP_PAYMENTS=stripe needs {needs}")
        if find_spec("stripe") is None:
            raise ValueError("ENDCAP_PAYMENTS=stripe needs Stripe's library: pip install 'endcap[stripe]'")
        return self

    @property
    def logins(self) -> dict[str, str]:
        """The identity providers that are set, by the name of the path that asks for their logins."""
        given = {name: getattr(self, f"login_{name.lower()}") for name in LOGINS}
        return {name: url for name, url in given.items() if url}

    @property
    def issuer(self) -> str:
        """Who issues invoices, in lines."""
        return _lines(self.invoice_issuer) or self.product_name

    @property
    def reserve(self) -> int:
        """The least bid in micros."""
        return int(Decimal(self.bid_reserve) * 1_000_000)

    @property
    def delivery_ring(self) -> tuple[str, ...]:
        """The keys that seal served ads, the newest first; without any those of a development, one a database."""
        return _keys(self.delivery_keys) or (sha256(f"development: {self.database_url}".encode()).hexdigest(),)

    @property
    def stripe_secret(self) -> str:
        """The key with which Stripe is asked."""
        return "".join(_keys(self.stripe_key))

    @property
    def stripe_secrets(self) -> tuple[str, ...]:
        return _keys(self.stripe_webhook_secrets)

    @property
    def secure(self) -> bool:
        """Whether cookies may be marked Secure: the address is https."""
        return self.base_url.startswith("https://")


def _keys(value: str) -> tuple[str, ...]:
    """The keys that a setting names, or the file that it names: read anew, as `endcap settings` shows the setting."""
    if value.startswith("file:"):
        value = Path(value.removeprefix("file:")).read_text("utf-8")
    return tuple(value.split())


def _lines(value: str) -> str:
    r"""The lines of a setting, which has them apart by \n, or in the file that it names."""
    if value.startswith("file:"):
        value = Path(value.removeprefix("file:")).read_text("utf-8")
    lines = (each.strip() for each in value.replace("\\n", "\n").splitlines())
    return "\n".join(filter(None, lines))
