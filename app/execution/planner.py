"""From a document's selections to what completes them: made once a document, and again where directives differ."""

from typing import Any, NamedTuple

from graphql import GraphQLList, GraphQLNonNull, GraphQLObjectType, GraphQLString, is_abstract_type, is_leaf_type
from graphql.execution.collect_fields import FieldDetails
from graphql.execution.executor import Executor
from sqlalchemy import Dialect
from strawberry.types.field import StrawberryField

from app.db.json import words
from app.db.reads import Many, One, OneOf, Paged, RootOne, RootPaged, Several
from app.execution.asking import Asking
from app.execution.branches import KEY, OneOfField, SeveralField
from app.execution.branches import Planned as PlannedBranch
from app.execution.connection import Connection, Edge
from app.execution.fields import AttributeField, ColumnField, ComputedField, TypeName, WholeField
from app.execution.folder import Folder
from app.execution.folding import FoldedField
from app.execution.guard import Guard
from app.execution.objects import Field, Objects, Place
from app.execution.reading import Wanted
from app.execution.relations import (
    CursorField,
    ItemsField,
    Lock,
    Locked,
    ManyField,
    OneField,
    PagedField,
    PageInfoField,
    RootOneField,
    RootPagedField,
    TotalCountField,
)
from app.execution.roots import CallField, StockField
from app.execution.rows import Rowed
from app.execution.selecting import Selecting, origin_of
from app.execution.statements import Statements
from app.execution.values import Abstracts, Leaves, Lists, Position, Structures, Values
from app.execution.vocabulary import Column, Computed, Declared, ReadField, Whole

RELATIONS = {One: OneField, Many: ManyField, Paged: PagedField}
ROOTS = {RootOne: RootOneField, RootPaged: RootPagedField}
NOTHING = Wanted()


class Unplannable(Exception):
    """A field that only graphql-core can execute."""


class Planned(NamedTuple):
    """Something planned, and what it needs of the rows it is for."""

    it: Any
    wanted: Wanted


class Planner:
    """Plans one operation for one database; *folds* puts subtrees into their parents' statements."""

    def __init__(self, executor: Executor, dialect: Dialect, *, folds: bool) -> None:
        self._selecting, self._dialect = Selecting(executor), dialect
        self._folder = Folder(self._selecting, words(dialect.name)) if folds else None
        self.roots = self._selecting.roots
        self.has_folds = False

    def operation(self, root: GraphQLObjectType) -> dict[str, Field]:
        """The root fields; those that cannot be planned are left to graphql-core, each for itself."""
        return {key: self._root(root, key, details) for key, details in self._selecting.roots(root).items()}

    def _root(self, root: GraphQLObjectType, key: str, details: list[FieldDetails]) -> Field:
        name = details[0].node.name.value
        if name == "__typename":
            return TypeName(root.name)
        definition = root.fields.get(name)
        if definition is None:  # __schema and __type
            return StockField(root, key, details)
        place = Place(root, definition, details)
        try:
            return self._planned_root(key, place)
        except Unplannable:
            return StockField(root, key, details)

    def _planned_root(self, key: str, place: Place) -> Field:
        field = self._selecting.definition(place)
        if not isinstance(field, ReadField):
            return CallField(key, place, self._position(place.definition.type, place, read=False).it)
        position, wanted = self._position(place.definition.type, place, read=True)
        if isinstance(field.declared, RootOne) and not wanted.columns:
            wanted = wanted.also(Wanted(("id",)))  # a statement selects something
        asking = Asking(field, place, self._selecting.strawberry)
        statements, guard = Statements(self._dialect), _guard(field)
        return ROOTS[type(field.declared)](field.declared, wanted, asking, place, position, statements, guard)

    # ---- types

    def _position(self, kind: Any, place: Place, *, read: bool) -> Planned:
        """*read*: objects are rows of a statement, not made by Python code."""
        takes_null = not isinstance(kind, GraphQLNonNull)
        values, wanted = self._values(kind if takes_null else kind.of_type, place, read=read)
        return Planned(Position(values, place, takes_null=takes_null), wanted)

    def _values(self, kind: Any, place: Place, *, read: bool) -> Planned:
        if isinstance(kind, GraphQLList):
            item, wanted = self._position(kind.of_type, place, read=read)
            return Planned(Lists(item, place), wanted)
        if is_leaf_type(kind):
            return Planned(Leaves(kind, place), NOTHING)
        if not is_abstract_type(kind):
            return self._structures(kind, place, read=read)
        kinds = {each.name: self._structures(each, place, read=read) for each in self._selecting.possible(kind)}
        wanted = next(iter(kinds.values())).wanted if read else NOTHING  # rows are of one type
        return Planned(Abstracts(kind, {name: each.it for name, each in kinds.items()}, place), wanted)

    def _structures(self, kind: GraphQLObjectType, place: Place, *, read: bool) -> Planned:
        objects, wanted = self._objects(kind, place, read=read)
        return Planned(Structures(objects, kind, place), wanted)

    # ---- selections

    def _objects(self, kind: GraphQLObjectType, place: Place, *, read: bool) -> Planned:
        origin, wanted = origin_of(kind), NOTHING
        fields: dict[str, Field] = {}
        for key, details in self._selecting.fields(kind, place).items():
            fields[key], needed = self._field(kind, origin, details, read=read)
            wanted = wanted.also(needed)
        objects: Values | Objects = Objects(fields, wanted.columns, of_rows=issubclass(origin, Rowed))
        return Planned(objects, wanted)

    def _field(self, kind: GraphQLObjectType, origin: type, details: list[FieldDetails], *, read: bool) -> Planned:
        name = details[0].node.name.value
        if name == "__typename":
            return Planned(TypeName(kind.name), NOTHING)
        place = Place(kind, kind.fields[name], details)
        field = self._selecting.definition(place)
        if isinstance(field, ReadField):
            return self._locked(field, origin, place, read=read)
        if issubclass(origin, Connection):
            return self._of_connection(field.python_name, place)
        if issubclass(origin, Edge):
            if field.python_name == "cursor":
                return Planned(CursorField(), NOTHING)
            position, wanted = self._position(place.definition.type, place, read=True)
            return Planned(WholeField(position), wanted)
        if issubclass(origin, Rowed):  # a method or attribute: there are no objects of rows here
            raise Unplannable
        return Planned(self._of_python(field, place), NOTHING)

    def _locked(self, field: ReadField, origin: type[Rowed], place: Place, *, read: bool) -> Planned:
        planned = self._declared(field.declared, field, origin, place, read=read)
        guard = _guard(field)
        if guard is None:
            return planned
        position, _ = self._position(place.definition.type, place, read=read)
        locked = Locked(planned.it, Lock(guard, origin, place), position)
        return Planned(locked, planned.wanted.also(Wanted(origin.lock_columns)))

    def _declared(
        self, declared: Declared, field: ReadField, origin: type[Rowed], place: Place, *, read: bool
    ) -> Planned:
        kind = place.definition.type
        if isinstance(declared, Whole):
            position, wanted = self._position(kind, place, read=read)
            return Planned(WholeField(position), wanted)
        if isinstance(declared, Column):
            name = declared.name or field.python_name
            return Planned(ColumnField(name, self._position(kind, place, read=False).it), Wanted((name,)))
        if isinstance(declared, Computed):
            position, _ = self._position(kind, place, read=False)
            return Planned(ComputedField(declared, place, position), Wanted(declared.columns))
        fold = self._folder.fold(declared, field, origin, place) if self._folder and read else None
        if fold is not None:
            self.has_folds = True
            return Planned(FoldedField(fold), Wanted((), (fold,)))
        if isinstance(declared, Several | OneOf):
            return (
                self._one_of(declared, field, place) if isinstance(declared, OneOf) else self._several(declared, place)
            )
        position, wanted = self._position(kind, place, read=True)
        asking = Asking(field, place, self._selecting.strawberry)
        relation = RELATIONS[type(declared)](declared, wanted, asking, place, position, Statements(self._dialect))
        return Planned(relation, Wanted((declared.of,)))  # type: ignore[union-attr]

    def _several(self, declared: Several, place: Place) -> Planned:
        """Each type that may be met, as rows of a statement of its own."""
        kind = place.definition.type
        takes_null = not isinstance(kind, GraphQLNonNull)
        branches, planned = declared.branches(), {}
        for each in self._selecting.possible(kind if takes_null else kind.of_type):
            structures, wanted = self._structures(each, place, read=True)
            wanted = Wanted((KEY,)).also(wanted)
            planned[each.name] = PlannedBranch(branches[each.name], structures, wanted, Statements(self._dialect))
        position = Position(Leaves(GraphQLString, place), place, takes_null=takes_null)  # only settles what is done
        return Planned(SeveralField(declared, planned, place, position), Wanted((declared.kind, declared.of)))

    def _one_of(self, declared: OneOf, field: ReadField, place: Place) -> Planned:
        """Each type of a union, as a relation of its own."""
        kind = place.definition.type
        takes_null = not isinstance(kind, GraphQLNonNull)
        kinds = {each.name: each for each in self._selecting.possible(kind if takes_null else kind.of_type)}
        asking, relations = Asking(field, place, self._selecting.strawberry), []
        for name, read in declared.reads.items():
            structures, wanted = self._structures(kinds[name], place, read=True)
            position = Position(structures, place, takes_null=True)
            relations.append(OneField(read, wanted, asking, place, position, Statements(self._dialect)))
        position = Position(Leaves(GraphQLString, place), place, takes_null=takes_null)  # only settles what is done
        keys = tuple(read.of for read in declared.reads.values())
        return Planned(OneOfField(relations, position), Wanted(keys))

    def _of_connection(self, name: str, place: Place) -> Planned:
        kind = place.definition.type
        if name in ("nodes", "edges"):
            position, wanted = self._position(kind, place, read=True)
            return Planned(ItemsField(position), wanted)
        position, _ = self._position(kind, place, read=False)
        return Planned(PageInfoField(position) if name == "page_info" else TotalCountField(place, position), NOTHING)

    def _of_python(self, field: StrawberryField | None, place: Place) -> Field:
        """An attribute, or a method that takes nothing but the object."""
        if field is None or field.extensions or field.arguments:
            raise Unplannable
        position, resolver = self._position(place.definition.type, place, read=False).it, field.base_resolver
        if resolver is None:
            name = field.python_name
            return AttributeField(lambda thing: getattr(thing, name), place, position)
        if resolver.info_parameter or not resolver.self_parameter:
            raise Unplannable
        return AttributeField(resolver.wrapped_func, place, position)  # type: ignore[arg-type]


def _guard(field: StrawberryField) -> Any:
    return next((each for each in field.extensions if isinstance(each, Guard)), None)
