"""Installations of the command line's tests: an empty one, and one with a user, an account and products."""

import gzip
import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.installed import PASSWORD, Installed


@pytest.fixture(scope="module")
def prepared(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, str]:
    """A migrated database with a user, an account of vendor V and three products; and the account's id."""
    folder = tmp_path_factory.mktemp("prepared")
    endcap = Installed(folder / "endcap.db")
    products = folder / "products.jsonl"
    products.write_text("\n".join(json.dumps({"sku": f"P-{n}", "title": f"Product {n}"}) for n in range(3)))
    endcap("migrate")
    endcap("user", "add", "ada@example.com", "--name", "Ada", "--password-stdin", stdin=f"{PASSWORD}\n")
    id = endcap("account", "create", "Northpeak", "--vendor", "V", "--admin", "ada@example.com").out.strip()
    assert endcap("import", "products", products, "--vendor", "V").code == 0
    return endcap.file, id


@pytest.fixture
def endcap(prepared: tuple[Path, str], tmp_path: Path) -> Installed:
    for each in prepared[0].parent.glob("endcap.db*"):
        shutil.copy(each, tmp_path)
    return Installed(tmp_path / "endcap.db")


@pytest.fixture
def account(prepared: tuple[Path, str]) -> str:
    return prepared[1]


@pytest.fixture
def blank(tmp_path: Path) -> Installed:
    return Installed(tmp_path / "not" / "there yet" / "endcap.db")


@pytest.fixture
def file(tmp_path: Path) -> Callable[..., Path]:
    """A file of lines; dicts become JSON, bytes stay."""

    def write(name: str, *lines: Any) -> Path:
        texts = [each if isinstance(each, str | bytes) else json.dumps(each) for each in lines]
        content = b"\n".join(each if isinstance(each, bytes) else each.encode() for each in texts)
        (tmp_path / name).write_bytes(gzip.compress(content) if name.endswith(".gz") else content)
        return tmp_path / name

    return write
