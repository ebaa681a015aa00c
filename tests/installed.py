"""An installation as an operator has it: a process for each command, its output, its exit code, and its database."""

import os
import sqlite3
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

ENDCAP = Path(sys.executable).with_name("endcap")
PASSWORD = "a password for tests"


@dataclass
class Done:
    """What a command said and how it ended."""

    code: int
    out: str
    err: str

    @property
    def problems(self) -> list[str]:
        return self.err.splitlines()


@dataclass
class Installed:
    """An installation with a SQLite file of its own."""

    file: Path

    def __call__(self, *arguments: Any, stdin: str = "", **settings: str) -> Done:
        ran = subprocess.run(
            [ENDCAP, *map(str, arguments)],
            env=self.environment(**settings),
            input=stdin,
            capture_output=True,
            text=True,
            check=False,
        )
        assert "Traceback" not in ran.stdout + ran.stderr
        return Done(ran.returncode, ran.stdout, ran.stderr)

    def environment(self, **settings: str) -> dict[str, str]:
        inherited = {name: value for name, value in os.environ.items() if not name.startswith("ENDCAP_")}
        return {**inherited, "ENDCAP_DATABASE_URL": f"sqlite:///{self.file}", **settings}

    def rows(self, sql: str) -> list[Any]:
        with sqlite3.connect(self.file) as connection:
            return connection.execute(sql).fetchall()

    def count(self, table: str) -> int:
        return self.rows(f'SELECT count(*) FROM "{table}"')[0][0]
