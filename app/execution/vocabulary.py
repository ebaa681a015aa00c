"""The words in which schema files say what a field reads: column, computed, one, many, whole, connection, asked.

    name: str = column(description="Name of the campaign")
    spent: Money = computed(Money.of, "spent_micros", "currency", description="Spent so far")
    brand: Brand = one(accounts.BRAND_OF, description="Brand it advertises")

    @connection(campaigns.ADS, gives=Connection[Ad], description="Ads of the campaign")
    def ads(self, filter: AdFilter | None = None, sort: AdSort = AdSort.CREATED_DESC) -> Arguments:
        return {"sort": sort, **criteria(filter)}

A decorated function is the field's signature: it turns GraphQL arguments into those of the read.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from strawberry.annotation import StrawberryAnnotation
from strawberry.extensions import FieldExtension
from strawberry.types.arguments import StrawberryArgument
from strawberry.types.base import StrawberryContainer
from strawberry.types.field import StrawberryField
from strawberry.types.fields.resolver import StrawberryResolver
from strawberry.types.lazy_type import LazyType
from strawberry.types.union import StrawberryUnion

from app.db.page import window
from app.db.reads import Many, One, OneOf, Paged, RootOne, RootPaged, Several, Sorted
from app.domain.access import Level
from app.execution.connection import Connection
from app.execution.loads import Loads

Arguments = dict[str, Any]
PAGING = {
    "first": (int, "Size of the page from the start, 1 to 100"),
    "after": (str, "Begin after this cursor"),
    "last": (int, "Size of the page from the end, 1 to 100"),
    "before": (str, "End before this cursor"),
}


@dataclass(frozen=True)
class Column:
    name: str | None


@dataclass(frozen=True)
class Computed:
    """*make* gets the declared columns' values; with *asks* first of all who asks and when (the context).

    *sql* makes the same of the columns in a database's words: (words, columns...) -> expression or Structure.
    """

    make: Callable[..., Any]
    columns: tuple[str, ...]
    asks: bool
    sql: Callable[..., Any] | None


@dataclass(frozen=True)
class Whole:
    """Another type's view of the very same row."""


Declared = Column | Whole | Computed | One | OneOf | Many | Paged | Several | RootOne | RootPaged


class ReadField(StrawberryField):
    """A field with a declaration in its metadata; stock execution runs it through the request's `Loads`."""

    def __init__(self, *arguments: Any, **options: Any) -> None:
        super().__init__(*arguments, **options)
        self.init = self.repr = self.compare = False  # its value is read, never given

    @property
    def declared(self) -> Declared:
        return self.metadata["declared"]

    @property
    def is_basic_field(self) -> bool:
        declared = self.declared
        plain = isinstance(declared, Column | Whole) or (isinstance(declared, Computed) and not declared.asks)
        return plain and not self.extensions

    @property
    def is_paged(self) -> bool:
        return isinstance(self.declared, Sorted)

    def get_result(self, source: Any, info: Any, args: list[Any], kwargs: dict[str, Any]) -> Any:  # noqa: ARG002
        declared = self.declared
        if isinstance(declared, Column):
            return getattr(source.row, declared.name or self.python_name)
        if isinstance(declared, Whole):
            return self.entity(row=source.row)
        if isinstance(declared, Computed):
            values = [getattr(source.row, name) for name in declared.columns]
            return declared.make(info.context, *values) if declared.asks else declared.make(*values)
        return self._read(declared, source, info, kwargs)

    def _read(self, declared: Any, source: Any, info: Any, kwargs: dict[str, Any]) -> Any:
        loads: Loads = info.context.loads
        scope = kwargs.pop("scope", None)
        paging = {name: kwargs.pop(name, None) for name in PAGING} if self.is_paged else {}
        resolver = self.base_resolver
        arguments: Arguments = resolver.wrapped_func(source, **kwargs) if resolver else {}  # type: ignore[call-arg]
        place = info._raw_info.field_nodes[0]  # noqa: SLF001
        if isinstance(declared, RootOne):
            return self._single(loads.root(declared, scope, arguments))
        if isinstance(declared, RootPaged):
            return self._paged_root(loads, declared, scope, arguments, paging)
        if isinstance(declared, Several | OneOf):
            branched: Any = self._one_of if isinstance(declared, OneOf) else self._several
            return branched(declared, info.context, place, source.row)
        key = getattr(source.row, declared.of)
        if isinstance(declared, One):
            return self._single(loads.one(declared, place, key, arguments))
        if isinstance(declared, Many):
            if declared.scoped:
                arguments["scope"] = info.context.caller.reach(Level.SIGNED_IN)
            return self._list(loads.many(declared, place, key, arguments))
        return self._paged(loads, declared, place, key, arguments, paging)

    async def _single(self, row: Any) -> Any:
        found = await row
        return None if found is None else self.entity(row=found)

    async def _several(self, declared: Several, context: Any, place: Any, row: Any) -> Any:
        name, key = getattr(row, declared.kind), getattr(row, declared.of)
        branch = declared.branches().get(name)
        scope = branch.opens(context.caller) if branch else None
        if branch is None or scope is None:
            return None
        row = await context.loads.branch(branch.read, (place, name), key, scope)
        return None if row is None else branch.entity(row=row)

    async def _one_of(self, declared: OneOf, context: Any, place: Any, row: Any) -> Any:
        for name, read in declared.reads.items():
            key = getattr(row, read.of)
            if key is not None:
                found = await context.loads.one(read, (place, name), key, {})
                return None if found is None else self.entities[name](row=found)
        return None

    async def _list(self, rows: Any) -> list[Any]:
        return [self.entity(row=row) for row in await rows]

    async def _paged(
        self, loads: Loads, read: Paged, place: Any, key: Any, arguments: Arguments, paging: Mapping[str, Any]
    ) -> Connection[Any]:
        wanted = window(read.order(arguments.pop("sort", None)), **paging)
        page = await loads.page(read, place, key, wanted, arguments)
        items = [self.entity(row=row) for row in page.rows]
        return Connection.of(page, items, lambda: loads.count(read, place, key, arguments))

    async def _paged_root(
        self, loads: Loads, read: RootPaged, scope: Any, arguments: Arguments, paging: Mapping[str, Any]
    ) -> Connection[Any]:
        wanted = window(read.order(arguments.pop("sort", None)), **paging)
        page = await loads.root_page(read, scope, wanted, arguments)
        items = [self.entity(row=row) for row in page.rows]
        return Connection.of(page, items, lambda: loads.root_count(read, scope, arguments))

    @property
    def entities(self) -> Mapping[str, Any]:
        """The classes of a union, by the names of their types."""
        return {each.__strawberry_definition__.name: each for each in self._bare.types}

    @property
    def entity(self) -> Any:
        """The class of the objects that the field gives, whatever wraps it."""
        kind: Any = self._bare
        if isinstance(kind, StrawberryUnion):
            (kind,) = kind.types  # those of several are told apart by their reads
        definition = kind.__strawberry_definition__
        return next(iter(definition.type_var_map.values()), kind) if issubclass(kind, Connection) else kind

    @property
    def _bare(self) -> Any:
        """The type without what wraps it."""
        kind: Any = self.type
        while isinstance(kind, StrawberryContainer | LazyType):
            kind = kind.resolve_type() if isinstance(kind, LazyType) else kind.of_type
        return kind


def column(
    name: str | None = None,
    *,
    description: str,
    access: FieldExtension | None = None,
    directives: Sequence[object] = (),
) -> Any:
    """A column of the row; without *name* the one called like the field."""
    return _field(Column(name), description, access, directives)


def computed(
    make: Callable[..., Any],
    *columns: str,
    description: str,
    asks: bool = False,
    sql: Callable[..., Any] | None = None,
    access: FieldExtension | None = None,
    directives: Sequence[object] = (),
) -> Any:
    """A value made in Python from columns of the row; with *asks* the request's context comes first.

    With *sql*, the same in a database's words, a list of such rows can be answered by one statement.
    """
    return _field(Computed(make, columns, asks, sql), description, access, directives)


def whole(*, description: str) -> Any:
    """An object of the very same row."""
    return _field(Whole(), description, None, ())


def one(read: One, *, description: str, access: FieldExtension | None = None, directives: Sequence[object] = ()) -> Any:
    """The one row that belongs to this row, or null."""
    return _field(read, description, access, directives)


def several(read: Several | OneOf, *, description: str, access: FieldExtension | None = None) -> Any:
    """The one row that this row names or refers to, of one of several types, or null: an interface or a union."""
    return _field(read, description, access, ())


def many(
    read: Many, *, description: str, access: FieldExtension | None = None, directives: Sequence[object] = ()
) -> Any:
    """The few rows that belong to this row, with a fixed bound."""
    return _field(read, description, access, directives)


def asked(
    read: One | Many | Paged | RootOne | RootPaged,
    *,
    gives: Any,
    description: str,
    access: FieldExtension | None = None,
    directives: Sequence[object] = (),
) -> Callable[[Callable[..., Arguments]], Any]:
    """`one`, `many` or a root with arguments: decorates the function that is their signature."""

    def declare(signature: Callable[..., Arguments]) -> Any:
        field = _field(read, description, access, directives, signature=signature)
        field.type_annotation = StrawberryAnnotation.from_annotation(gives)
        return field

    return declare


def connection(
    read: Paged | RootPaged,
    *,
    gives: Any,
    description: str,
    access: FieldExtension | None = None,
    directives: Sequence[object] = (),
) -> Callable[[Callable[..., Arguments]], Any]:
    """A page of the rows that belong to this row, or that a root's scope opens; paging arguments are added."""

    def declare(signature: Callable[..., Arguments]) -> Any:
        field = asked(read, gives=gives, description=description, access=access, directives=directives)(signature)
        field.arguments = [*field.arguments, *(_paging(name, *kind) for name, kind in PAGING.items())]
        return field

    return declare


def _field(
    declared: Declared,
    description: str,
    access: FieldExtension | None,
    directives: Sequence[object],
    *,
    signature: Callable[..., Any] | None = None,
) -> Any:
    return ReadField(
        description=description,
        base_resolver=StrawberryResolver(signature) if signature else None,
        metadata={"declared": declared},
        extensions=[access] if access else [],
        directives=directives,
    )


def _paging(name: str, kind: type, description: str) -> StrawberryArgument:
    return StrawberryArgument(
        python_name=name,
        graphql_name=None,
        type_annotation=StrawberryAnnotation(kind | None),
        description=description,
    )
