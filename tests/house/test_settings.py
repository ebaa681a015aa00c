"""docs/operating.md tells operators the truth: every setting, every command, every variable of the tests."""

import json
import re
from pathlib import Path
from typing import Any

import typer

from app.cli import app
from app.config import Settings

PAGE = (Path(__file__).parents[2] / "docs" / "operating.md").read_text("utf-8")
ROW = re.compile(r"^\| `(ENDCAP_\w+)` \| `?([^`|]*?)`? ?\| (.+) \|$", re.MULTILINE)


def as_written(default: Any) -> str:
    """A default as it would be set in the environment."""
    return default if isinstance(default, str) else json.dumps(default)


def names(command: Any, *before: str) -> list[str]:
    inner = getattr(command, "commands", None)
    if inner is None:
        return [" ".join(before)]
    return [name for key, each in inner.items() for name in names(each, *before, key)]


def test_every_setting_is_described_as_it_is():
    fields = Settings.model_fields.items()
    expected = [(f"ENDCAP_{name.upper()}", as_written(field.default), field.description) for name, field in fields]

    assert ROW.findall(PAGE) == expected


def test_a_default_as_it_is_written_means_the_default(monkeypatch):
    for name, default, _ in ROW.findall(PAGE):
        monkeypatch.setenv(name, default)

    assert Settings() == Settings.model_construct()


def test_every_command_is_named():
    missing = [name for name in names(typer.main.get_command(app)) if f"`endcap {name}" not in PAGE]

    assert missing == []


def test_no_command_is_named_that_is_none():
    known = set(names(typer.main.get_command(app)))
    command = re.compile(r"`endcap ([a-z]+(?: (?:add|check|create|products|list|retry|revoke|rollups))?)")
    named = set(command.findall(PAGE))

    assert named == known


def test_every_variable_of_the_tests_is_named():
    sources = (path.read_text("utf-8") for path in (Path(__file__).parents[1]).rglob("*.py"))
    used = {name for source in sources for name in re.findall(r"environ\.get\(\"(ENDCAP_TEST_\w+)\"", source)}

    assert used == set(re.findall(r"^\| `(ENDCAP_TEST_\w+)` \|", PAGE, re.MULTILINE))
    assert len(used) == 7
