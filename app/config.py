"""Settings from the environment, each described; docs/operating.md lists them and a test compares."""

import json
import re
from datetime import date
from email.utils import parseaddr
from typing import Annotated, Any, Literal
from urllib.parse import urlsplit
from zoneinfo import available_timezones

from pydantic import Field, ValidationInfo, field_validator, model_validator
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

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
        default="file:var/assets", description="Where images are kept: file:FOLDER or s3://BUCKET/PREFIX"
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
    ad_policy: str = Field(default="", description="File with the rules of the ad policy; empty: those that ship")
    landing_checks: Literal["auto", "on", "off"] = Field(
        default="auto",
        description="Whether the page of a submitted ad is asked for over the network; auto: in production",
    )
    work: bool = Field(default=True, description="Whether `serve` also does the jobs; else run `endcap work` beside it")
    graphiql: bool = Field(default=True, description="Whether browsers find GraphiQL at /graphql")
    execution_seconds: float = Field(default=20, gt=0, description="Longest time one operation may run")
    log_format: Literal["console", "json"] = Field(default="console", description="Logs for people or for machines")
    log_level: Literal["debug", "info", "warning", "error"] = Field(default="info", description="Least level logged")

    @field_validator("allowed_origins", "closed_on", mode="before")
    @classmethod
    def _is_list(cls, value: Any, info: ValidationInfo) -> Any:
        try:
            return json.loads(value) if isinstance(value, str) else value
        except ValueError:
            example = "2026-12-24" if info.field_name == "closed_on" else "https://ads.example"
            raise ValueError(f'write it as JSON: ["{example}"]') from None

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
        if value not in available_timezones():
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

    @field_validator("storage_url")
    @classmethod
    def _is_storage(cls, value: str) -> str:
        scheme, _, rest = value.partition(":")
        if not (scheme == "file" and rest) and not BUCKET.fullmatch(value):
            raise ValueError(
                "use file:FOLDER or s3://BUCKET/PREFIX; credentials belong into AWS_ACCESS_KEY_ID and such"
            )
        return value

    @field_validator("base_url", "allowed_origins", "app_url", "storage_endpoint")
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
        for name, url in self.logins.items() if self.env == "production" else ():
            if not url.startswith("https://"):
                raise ValueError(f"production needs an https:// ENDCAP_LOGIN_{name}")
            if DEVELOPMENT_ISSUERS in urlsplit(url).path:
                raise ValueError(f"ENDCAP_LOGIN_{name} is a development issuer: production needs a real one")
        return self

    @property
    def logins(self) -> dict[str, str]:
        """The identity providers that are set, by the name of the path that asks for their logins."""
        given = {name: getattr(self, f"login_{name.lower()}") for name in LOGINS}
        return {name: url for name, url in given.items() if url}

    @property
    def secure(self) -> bool:
        """Whether cookies may be marked Secure: the address is https."""
        return self.base_url.startswith("https://")
