"""In which order history may be read: on PostgreSQL sequence numbers become visible out of order."""

from typing import Any

from sqlalchemy import Boolean, Date
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.functions import FunctionElement

FAR = 100_000  # transactions at once: more than a server has


class Settled(FunctionElement[bool]):
    """`settled(change.horizon)`: nothing with a lower `seq` can appear any more.

    Whoever took a lower one is a transaction below the row's horizon (db/migrations 0010): the row shows once all of
    these that ran in this database have ended. A horizon far beyond what runs is from before a restore.
    """

    inherit_cache = True
    type = Boolean()
    _is_implicitly_boolean = True


@compiles(Settled, "postgresql")
def _postgresql(element: Settled, compiler: Any, **options: Any) -> str:
    (horizon,) = (compiler.process(each, **options) for each in element.clauses)
    now, number = "pg_current_snapshot()", "::text::bigint"
    # backend_xid has 32 bits of it
    elsewhere = "SELECT 1 FROM pg_stat_activity a WHERE a.datname <> current_database()"
    mine = f"NOT EXISTS ({elsewhere} AND a.backend_xid{number} = x{number} % 4294967296)"
    oldest = f"SELECT min(x{number}) FROM pg_snapshot_xip({now}) x WHERE {mine}"  # noqa: S608 - constants
    latest = f"pg_snapshot_xmax({now}){number}"
    # the latest is the first number after those that have ended: what runs may be beyond it, but not far
    beyond = f"{horizon} > {latest} + {FAR}"
    return f"(coalesce({horizon}, 0) <= coalesce((SELECT ({oldest})), {latest}) OR {beyond})"


@compiles(Settled, "sqlite")
def _sqlite(element: Settled, compiler: Any, **options: Any) -> str:  # noqa: ARG001 - one writer at a time
    return "1 = 1"


class LocalDay(FunctionElement[Any]):
    """`local_day(moment, time zone)`: the day that a moment lies on there."""

    inherit_cache = True
    type = Date()


@compiles(LocalDay, "postgresql")
def _day(element: LocalDay, compiler: Any, **options: Any) -> str:
    moment, zone = (compiler.process(each, **options) for each in element.clauses)
    return f"({moment} AT TIME ZONE {zone})::date"


@compiles(LocalDay, "sqlite")
def _day_by_python(element: LocalDay, compiler: Any, **options: Any) -> str:
    moment, zone = (compiler.process(each, **options) for each in element.clauses)
    return f"endcap_local_day({moment}, {zone})"
