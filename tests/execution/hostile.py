"""A schema of Python objects that answer anything: nulls, exceptions, wrong types; the same for the same seed."""

from collections.abc import Callable, Mapping
from enum import Enum
from random import Random
from typing import Annotated, Any, NewType

import strawberry
from graphql import (
    GraphQLError,
    GraphQLInterfaceType,
    GraphQLList,
    GraphQLNonNull,
    GraphQLObjectType,
    GraphQLUnionType,
)
from strawberry.schema.config import StrawberryConfig

from app.domain.errors import InvalidInput, Refusal
from app.execution.executor import Executor


@strawberry.enum
class Mood(Enum):
    GOOD = "good"
    BAD = "bad"
    ODD = strawberry.enum_value("odd", name="STRANGE")


Picky = NewType("Picky", str)


def _picky(value: Any) -> str:
    if value != "fine":
        raise ValueError(f"not fine: {value!r}")
    return value


RIGHT: dict[str, tuple[Any, ...]] = {
    "Int": (0, 1, -1, 2**31 - 1, -(2**31)),
    "Float": (0.5, 1, -2.25),
    "String": ("", "a", 'quotes " and \\', "\u2028\x00\x1f\N{GRINNING FACE}", '{"":0}'),
    "Boolean": (True, False),
    "ID": ("a", 7),
    "Mood": (Mood.GOOD, Mood.BAD, Mood.ODD),
    "Picky": ("fine",),
}
WRONG: dict[str, tuple[Any, ...]] = {
    "Int": (2**31, -(2**31) - 1, "7", "x", 1.5, 2.0, True, float("nan"), [], {}),
    "Float": (float("nan"), float("inf"), "x", True, 10**400),
    "String": (1, True, 1.5, {}, [], b"x"),
    "Boolean": (1, 0, 2.0, "x", float("nan")),
    "ID": (1.5, {}, 2.0, None),
    "Mood": ("good", "GOOD", "none of them", 7, [], {}, Exception),
    "Picky": ("coarse", 7, {}),
}
NO_LISTS = (5, "text", {"a": 1}, b"x", object)
STRANGE = (7, "text", {}, object)


def _raised(about: str) -> tuple[Exception, ...]:
    refusal = Refusal(InvalidInput(message=f"{about} is refused", path=(about,)))
    coded = GraphQLError(f"{about} is denied", extensions={"code": "FORBIDDEN", "about": about})
    return ValueError(f"{about} is wrong"), KeyError(about), AttributeError(f"no {about}"), coded, refusal


class Maker:
    """Makes a value for a type of GraphQL: mostly of it, sometimes null, an exception, or of another type."""

    def __init__(self, seed: str) -> None:
        self.seed, self.random = seed, Random(seed)
        self.evil = Random(seed.partition("/")[0]).choice((0.02, 0.08, 0.2))

    def happens(self, times: float = 1) -> bool:
        return self.random.random() < self.evil * times

    def one(self, those: Any) -> Any:
        return those[int(self.random.random() * len(those))]

    def value(self, kind: Any) -> Any:
        if self.happens(2):
            return None
        if self.happens(0.5):
            return self.one(_raised(self.seed))
        kind = kind.of_type if isinstance(kind, GraphQLNonNull) else kind
        if isinstance(kind, GraphQLList):
            return self.one(NO_LISTS) if self.happens(0.5) else self.items(kind.of_type)
        if isinstance(kind, GraphQLObjectType | GraphQLInterfaceType | GraphQLUnionType):
            return self.thing(kind)
        return self.one((WRONG if self.happens() else RIGHT)[kind.name])

    def items(self, kind: Any) -> Any:
        made = [self.value(kind) for _ in range(self.one((0, 1, 1, 2, 2, 3)))]
        shape = self.one(("list",) * 5 + ("tuple", "generator", "iterator", "broken"))
        if shape == "generator" or (shape == "broken" and not self.happens(2)):
            return (each for each in made)
        if shape == "broken":
            return self.breaking(made)
        return {"list": list, "tuple": tuple, "iterator": iter}[shape](made)

    def breaking(self, items: list[Any]) -> Any:
        yield from items
        raise ValueError(f"{self.seed} broke off")

    def thing(self, kind: Any) -> Any:
        if self.happens(0.3):
            return self.one(STRANGE)
        kinds = [kind.name] if isinstance(kind, GraphQLObjectType) else POSSIBLE[kind.name]
        name = self.one(list(THINGS) if self.happens(0.7) else kinds)
        return thing(THINGS[name], f"{self.seed}{self.one('abc')}")


class Hostile:
    """Answers for any attribute, by its seed and the attribute's name."""

    def __getattr__(self, name: str) -> Any:
        if name.startswith("_"):
            raise AttributeError(name)
        return self.answer(name)

    def answer(self, name: str) -> Any:
        maker = Maker(f"{self.seed}/{name}")
        if maker.happens():
            raise maker.one(_raised(maker.seed))
        return maker.value(TYPES[type(self).__name__, name])


def thing(kind: type[Any], seed: str) -> Any:
    made = kind.__new__(kind)
    made.__dict__["seed"] = seed
    return made


@strawberry.interface
class Named:
    name: str
    nick: str | None
    friend: "Named | None"
    mood: Mood


@strawberry.type
class Cat(Hostile, Named):
    lives: int | None
    grid: list[list[int]]
    row: list[int | None] | None
    dog: "Dog | None"
    dogs: "list[Dog]"

    @strawberry.field
    def purr(self) -> str:
        return self.answer("purr")

    @strawberry.field
    def kittens(self) -> "list[Cat | None] | None":
        return self.answer("kittens")


@strawberry.type
class Dog(Hostile, Named):
    weight: float
    good: bool | None
    moods: list[Mood]
    pets: "list[list[Annotated[Cat | Stone, strawberry.union('Pet')] | None]] | None"
    pet: "Annotated[Cat | Stone, strawberry.union('Pet')]"
    cat: "Cat"

    @strawberry.field
    def bark(self) -> list[str] | None:
        return self.answer("bark")

    @strawberry.field
    def echo(self, text: str = "x", times: int | None = None) -> str | None:
        """A field with arguments: graphql-core executes all of the root field that it is below."""
        return f"{text}{times}" if times != 7 else self.answer("bark")


@strawberry.type
class Stone(Hostile):
    id: strawberry.ID
    picky: Picky | None
    owner: Named
    owners: list[list[Named | None] | None] | None
    under: "Stone | None"

    @property
    def shiny(self) -> bool:
        return self.answer("shiny")

    @strawberry.field
    def heavy(self) -> Mood | None:
        return self.answer("heavy")


@strawberry.type
class AsyncStone(Stone):
    """The same with methods that have to be awaited."""

    @strawberry.field
    async def heavy(self) -> Mood | None:
        return self.answer("heavy")

    @strawberry.field
    async def later(self) -> "list[AsyncStone]":
        return self.answer("later")

    @strawberry.field
    async def next(self) -> "AsyncStone | None":
        return self.answer("next")


def _root(name: str, gives: Any, *, waits: bool = False) -> Any:
    """A root function with arguments; its answer depends on them and on the seed of the request."""

    def answer(info: Any, n: int, sure: bool | None) -> Any:
        maker = Maker(f"{info.context}:{name}{n}{sure}")
        if maker.happens():
            raise maker.one(_raised(maker.seed))
        return maker.value(TYPES["Query", name])

    def now(self, info: strawberry.Info, n: int = 0, sure: bool | None = None) -> Any:
        return answer(info, n, sure)

    async def soon(self, info: strawberry.Info, n: int = 0, sure: bool | None = None) -> Any:
        return answer(info, n, sure)

    function: Callable[..., Any] = soon if waits else now
    function.__name__ = name
    function.__annotations__["return"] = gives
    return strawberry.field(function)


Pet = Annotated[Cat | Stone, strawberry.union("Pet")]
ROOTS: dict[str, Any] = {
    "cat": Cat | None,
    "dog": Dog,
    "cats": list[Cat | None],
    "dogs": list[Dog] | None,
    "stone": Stone | None,
    "named": Named | None,
    "names": list[list[Named] | None],
    "pet": Pet | None,
    "pets": list[Pet] | None,
    "number": int,
    "moods": list[list[Mood | None]] | None,
    "picky": Picky | None,
}
WAITING: dict[str, Any] = {"later": AsyncStone | None, "laters": list[AsyncStone | None], "sure": AsyncStone}


def _schema(roots: Mapping[str, Any], *, waits: bool) -> strawberry.Schema:
    fields = {name: _root(name, gives, waits=waits) for name, gives in roots.items()}
    return strawberry.Schema(
        strawberry.type(type("Query", (), fields)),
        types=[Cat, Dog],
        execution_context_class=Executor,
        config=StrawberryConfig(
            scalar_map={Picky: strawberry.scalar(name="Picky", serialize=_picky, parse_value=_picky)}
        ),
    )


SCHEMA, WAITING_SCHEMA = _schema(ROOTS, waits=False), _schema(WAITING, waits=True)
THINGS: dict[str, type[Any]] = {each.__name__: each for each in (Cat, Dog, Stone, AsyncStone)}
POSSIBLE = {"Named": ["Cat", "Dog"], "Pet": ["Cat", "Stone"]}
TYPES = {
    (kind.name, definition.extensions["strawberry-definition"].python_name): definition.type
    for schema in (SCHEMA, WAITING_SCHEMA)
    for kind in schema._schema.type_map.values()
    if isinstance(kind, GraphQLObjectType) and not kind.name.startswith("__")
    for definition in kind.fields.values()
}


def pool(name: str, kind: str) -> Any:
    """Values of arguments."""
    return {"Int": [0, 1, 2, 7], "Boolean": [True, False], "String": ["", 'a"b']}[kind]
