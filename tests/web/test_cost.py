"""What a document costs and how deep it goes, before it is validated."""

import strawberry
from graphql import GraphQLSchema, SelectionSetNode, get_introspection_query, parse
from hypothesis import given
from hypothesis import strategies as st

from app.domain.access import Level
from app.schema.directives import AccessDirective, Cost, ListSize
from app.web.cost import CEILING, Weight, weigh, weigh_each


@strawberry.type
class PageInfo:
    end_cursor: str


@strawberry.type
class Metrics:
    clicks: int


@strawberry.type
class Ad:
    id: strawberry.ID
    metrics: Metrics = strawberry.field(directives=[Cost(weight=5)])
    score: int = strawberry.field(directives=[Cost(weight=3)])


@strawberry.type
class AdEdge:
    node: Ad


@strawberry.type
class AdConnection:
    nodes: list[Ad]
    edges: list[AdEdge]
    page_info: PageInfo
    total_count: Metrics = strawberry.field(directives=[Cost(weight=5)])


@strawberry.type
class Campaign:
    id: strawberry.ID
    owner: Metrics
    tags: list[Metrics]
    words: list[Metrics] = strawberry.field(directives=[ListSize(assumed_size=50)])

    @strawberry.field
    def ads(self, first: int | None = None, last: int | None = None) -> AdConnection: ...

    @strawberry.field(directives=[ListSize(slicing_arguments=["limit"])])
    def rows(self, limit: int = 12) -> list[Metrics]: ...

    @strawberry.field(directives=[ListSize(slicing_arguments=["limit"], assumed_size=30)])
    def days(self, limit: int | None = None) -> list[Metrics]: ...


@strawberry.type
class Query:
    campaign: Campaign
    name: str

    @strawberry.field(directives=[ListSize(assumed_size=100)])
    def nodes(self, ids: list[strawberry.ID]) -> list[Campaign]: ...


@strawberry.type
class Mutation:
    @strawberry.mutation
    def pause(self) -> Campaign: ...

    @strawberry.mutation(directives=[Cost(weight=50)])
    def charge(self) -> str: ...

    @strawberry.mutation(directives=[AccessDirective(level=Level.PUBLIC)])
    def enter(self) -> str: ...

    @strawberry.mutation(directives=[AccessDirective(level=Level.EDITOR)])
    def edit(self) -> str: ...


SCHEMA: GraphQLSchema = strawberry.Schema(Query, Mutation)._schema
EVERYTHING = dict.fromkeys(
    [
        "specified_by_url",
        "directive_is_repeatable",
        "schema_description",
        "input_value_deprecation",
        "experimental_directive_deprecation",
        "one_of",
    ],
    True,
)


def cost(text, operation=None):
    return weigh(SCHEMA, parse(text), operation).cost


def depth(text):
    return weigh(SCHEMA, parse(text), None).depth


def chained(number):
    links = "".join(f"fragment f{i} on Query {{...f{i + 1} ...f{i + 1}}} " for i in range(number))
    return f"{{...f0}} {links} fragment f{number} on Query {{campaign {{id}}}}"


def test_an_object_costs_1_and_a_scalar_nothing():
    assert cost("{name}") == 0
    assert cost("{name campaign {id __typename owner {clicks}}}") == 2


def test_a_declared_cost_replaces_the_usual_one():
    assert cost("{campaign {ads(first: 1) {nodes {metrics {clicks}}}}}") == 1 + 1 + 1 + 5
    assert cost("{campaign {ads(first: 1) {nodes {score}}}}") == 1 + 1 + 1 + 3


def test_a_mutation_costs_10_unless_it_declares_another_cost():
    assert cost("mutation {pause {id owner {clicks}}}") == 10 + 1
    assert cost("mutation {charge}") == 50
    assert cost("mutation {edit}") == 10


def test_a_mutation_for_everybody_costs_as_much_as_fifty_others():
    assert cost("mutation {enter}") == 500


def test_first_and_last_multiply_what_is_beneath_nodes_and_edges():
    assert cost("{campaign {ads(first: 10) {nodes {id}}}}") == 1 + 1 + 10
    assert cost("{campaign {ads(last: 10) {edges {node {metrics {clicks}}}}}}") == 1 + 1 + 10 * (1 + 1 + 5)


def test_what_a_connection_has_once_is_not_multiplied():
    text = "{campaign {ads(first: 10) {...c}}} fragment c on AdConnection {totalCount {clicks} pageInfo {endCursor}}"
    assert cost(text) == 1 + 1 + 5 + 1
    assert cost("{campaign {ads(first: 10) {totalCount {clicks} nodes {id}}}}") == 1 + 1 + 5 + 10


def test_a_variable_costs_the_most_that_it_may_be():
    assert cost("query($n: Int = 1) {campaign {ads(first: $n) {nodes {id}}}}") == 1 + 1 + 100
    assert cost("query($n: Int) {campaign {days(limit: $n) {...on Ad {metrics {clicks}}}}}") == 1 + 1 + 30 * 5


def test_a_connection_without_a_page_size_counts_as_20():
    assert cost("{campaign {ads {nodes {id}}}}") == 1 + 1 + 20
    assert cost("{campaign {ads(first: null) {nodes {id}}}}") == 1 + 1 + 20


def test_a_page_size_below_zero_counts_as_none_and_one_of_any_length_as_the_ceiling():
    assert cost("{campaign {ads(first: -5) {nodes {id}}}}") == 2
    assert cost(f"{{campaign {{ads(first: -{'9' * 5000}) {{nodes {{id}}}}}}}}") == 2
    assert cost(f"{{campaign {{ads(first: {'9' * 5000}) {{nodes {{id}}}}}}}}") == CEILING


def test_a_list_counts_as_long_as_it_declares():
    assert cost("{campaign {words {clicks ...on Campaign {owner {clicks}}}}}") == 1 + 1 + 50
    assert cost("{campaign {rows {...on Campaign {owner {clicks}}}}}") == 1 + 1 + 12
    assert cost("{campaign {rows(limit: 7) {...on Campaign {owner {clicks}}}}}") == 1 + 1 + 7


def test_a_list_that_declares_nothing_counts_as_10():
    assert cost("{campaign {tags {...on Campaign {owner {clicks}}}}}") == 1 + 1 + 10


def test_ids_multiply_by_their_number():
    assert cost('{nodes(ids: ["a", "b", "c"]) {owner {clicks}}}') == 1 + 3
    assert cost('{nodes(ids: "a") {owner {clicks}}}') == 1 + 1
    assert cost("query($ids: [ID!]!) {nodes(ids: $ids) {owner {clicks}}}") == 1 + 100
    assert cost("{nodes {owner {clicks}}}") == 1 + 100


def test_what_the_schema_does_not_know_costs_1():
    assert cost("{what {ever {id}} ...on Nobody {id} ...nowhere}") == 4
    assert cost("subscription {what}") == 1


def test_depth_counts_levels_of_fields_and_no_fragments():
    assert depth("{name}") == 1
    assert depth("{campaign {...on Campaign {...a}}} fragment a on Campaign {owner {clicks}}") == 3


def test_fragments_count_wherever_they_are_spread():
    text = "{a: campaign {...o} b: campaign {...o ...o}} fragment o on Campaign {owner {clicks}}"
    assert weigh(SCHEMA, parse(text), None) == Weight(cost=2 + 3, depth=3, width=2)


def test_a_cycle_of_fragments_ends():
    assert cost("{campaign {...a}} fragment a on Campaign {owner {clicks} ...b} fragment b on Campaign {...a}") == 1
    assert cost("{...a} fragment a on Query {campaign {id} ...a}") == 0


def test_the_operation_named_is_weighed_and_without_a_name_the_heaviest():
    text = "query A {campaign {id}} query B {campaign {owner {clicks}}} mutation C {charge}"
    assert [cost(text, name) for name in ("A", "B", "C", "D", None)] == [1, 2, 50, 0, 50]
    assert list(weigh_each(SCHEMA, parse(text))) == ["A", "B", "C"]


def test_the_fullest_introspection_is_15_levels_deep_and_costs_a_little():
    weight = weigh(SCHEMA, parse(get_introspection_query(**EVERYTHING)), None)
    assert weight == Weight(cost=232, depth=1, width=1, introspection=15, introspected=232)


def test_introspection_is_measured_apart_from_the_rest():
    weight = weigh(SCHEMA, parse('{campaign {owner {clicks}} __type(name: "Ad") {fields {name}}}'), None)
    assert weight == Weight(cost=2 + 3, depth=3, width=2, introspection=3, introspected=3)


class Counted(tuple):  # noqa: SLOT001 (a tuple has no slots to spare)
    """Selections that know how often they were gone through."""

    times = 0

    def __iter__(self):
        Counted.times += 1
        return super().__iter__()


def count(node: SelectionSetNode):
    object.__setattr__(node, "selections", Counted(node.selections))


def test_200_fragments_each_spread_twice_are_gone_through_twice_each():
    document = parse(chained(200))
    for definition in document.definitions:
        count(definition.selection_set)
    Counted.times = 0

    assert weigh(SCHEMA, document, None).cost == CEILING
    assert Counted.times == 201 * 2 + 1  # who spreads whom, then the weights; the operation once


@given(st.integers(0, 25))
def test_the_cost_of_chained_fragments_is_what_spelling_them_out_would_cost(number):
    weight = weigh(SCHEMA, parse(chained(number)), None)
    assert weight == Weight(cost=2**number, depth=2, width=2**number)


@given(st.lists(st.integers(0, 100), min_size=1, max_size=5))
def test_nested_pages_multiply(sizes):
    text, expected = "{id}", 0
    for size in reversed(sizes):
        text, expected = f"{{ads(first: {size}) {{nodes {{...on Campaign {text}}}}}}}", 1 + size * (1 + expected)
    assert cost(f"{{campaign {text}}}") == min(1 + expected, CEILING)
