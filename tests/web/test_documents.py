"""What becomes of a document: refused by a limit, returned with mistakes, or ready to run, and never judged twice."""

import pytest
from graphql import GraphQLError, NoSchemaIntrospectionCustomRule, OperationType, build_schema, get_introspection_query
from hypothesis import given, settings
from hypothesis import strategies as st

from app.web import documents
from app.web.cost import Weight
from app.web.documents import Document, Documents
from app.web.gate import Asked, Limits, Refused

SCHEMA = build_schema("""
    directive @atomic on MUTATION
    type Query { me: User users(first: Int): [User!]! find(by: By): User }
    type User { id: ID! name: String friends(first: Int): [User!]! }
    type Mutation { save(name: String): User }
    input By { name: String, kind: Kind = OLD }
    enum Kind { OLD NEW }
""")
LIMITS = Limits()


@pytest.fixture
def room():
    return Documents(SCHEMA, LIMITS)


def refusal(room, text):
    with pytest.raises(Refused) as caught:
        room.prepare(Asked(text))
    assert (caught.value.status, caught.value.code) == (400, "TOO_COMPLEX")
    return caught.value.message


def mistakes(room, text):
    return [(e.extensions["code"], e.message) for e in room.prepare(Asked(text)).errors]


def numbered(number, pattern):
    return "".join(pattern.replace("#", str(i)) for i in range(number))


def chained(number, spread="...f# ...f# "):
    links = (f"fragment f{i} on User {{{spread.replace('#', str(i + 1))}}} " for i in range(number))
    return f"{{me {{...f0}}}} {''.join(links)}fragment f{number} on User {{id}}"


def counting(text, monkeypatch):
    """Prepare a text three times; return how often it was parsed."""
    room, parse, parsed = Documents(SCHEMA, LIMITS), documents.parse, []
    monkeypatch.setattr(documents, "parse", lambda *args, **kwargs: parsed.append(1) or parse(*args, **kwargs))
    for _ in range(3):
        try:
            room.prepare(Asked(text))
        except Refused:
            continue
    return len(parsed)


# What is good


def test_a_good_document_comes_with_its_weights(room):
    document = room.prepare(Asked("query A {me {id}} query B {users(first: 3) {friends(first: 1) {id}}}"))
    assert document.errors == []
    assert document.weights == {"A": Weight(1, 2, 1), "B": Weight(4, 3, 1)}
    assert document.weight("B").cost == 4


def test_the_operation_is_found_by_name_or_because_it_is_the_only_one(room):
    both = room.prepare(Asked("query A {me {id}} mutation B {save {id}}"))
    one = room.prepare(Asked("query A {me {id}}"))
    assert both.operation("B").operation is OperationType.MUTATION
    assert [both.operation(None), both.operation("C"), one.operation("C")] == [None, None, None]
    assert one.operation(None).name.value == "A"
    assert one.weight(None) == Weight(1, 2, 1)


def test_a_mutation_needs_post(room):
    document = room.prepare(Asked("query A {me {id}} mutation B {save {id}}"))
    with pytest.raises(Refused) as caught:
        document.operation("B", "GET")
    assert (caught.value.status, caught.value.code) == (405, "METHOD_NOT_ALLOWED")
    assert (caught.value.message, caught.value.headers) == ("Mutations must be sent by POST", {"Allow": "POST"})
    assert document.operation("A", "GET").name.value == "A"


def test_the_introspection_of_graphiql_passes(room):
    assert mistakes(room, get_introspection_query(input_value_deprecation=True, one_of=True)) == []


def test_forty_components_may_each_bring_their_fragment(room):
    text = f"{{me {{{numbered(40, '...f# ')}}}}} {numbered(40, 'fragment f# on User {id name} ')}"
    assert mistakes(room, text) == []


# What is mistaken


def test_a_syntax_error_is_returned(room):
    document = room.prepare(Asked("{me"))
    assert [e.formatted for e in document.errors] == [
        {
            "message": "Syntax Error: Expected Name, found <EOF>.",
            "locations": [{"line": 1, "column": 4}],
            "extensions": {"code": "GRAPHQL_PARSE_FAILED"},
        }
    ]
    assert document.node.definitions == ()
    assert document.operation(None) is None


def test_a_mistake_against_the_schema_is_returned(room):
    message = "Cannot query field 'nam' on type 'User'. Did you mean 'name'?"
    assert mistakes(room, "{me {nam}}") == [("GRAPHQL_VALIDATION_FAILED", message)]
    assert room.prepare(Asked("{me {nam}}")).errors[0].formatted["locations"] == [{"line": 1, "column": 6}]


def test_suggestions_can_be_withheld():
    silent = Documents(SCHEMA, LIMITS, suggestions=False)
    assert mistakes(silent, "{me {nam}}") == [("GRAPHQL_VALIDATION_FAILED", "Cannot query field 'nam' on type 'User'.")]


def test_rules_can_be_added():
    closed = Documents(SCHEMA, LIMITS, [NoSchemaIntrospectionCustomRule])
    assert len(mistakes(closed, "{__schema {description}}")) == 1


def test_no_more_than_ten_mistakes_are_reported_and_long_ones_are_cut(room):
    found = mistakes(room, f"{{me {{{numbered(50, 'x# ')}}}}}")
    assert len(found) == 10
    assert found[-1][1] == "Too many validation errors, error limit reached. Validation aborted."
    assert len(mistakes(room, f"{{{'x' * 5000}}}")[0][1]) == 503


def test_a_cycle_of_fragments_is_a_mistake(room):
    text = "{me {...a}} fragment a on User {...b} fragment b on User {...a}"
    assert mistakes(room, text) == [
        ("GRAPHQL_VALIDATION_FAILED", "Cannot spread fragment 'a' within itself via 'b'."),
    ]


# What is too much


SPLIT = "split the query"
LESS = "ask for less at once"
RESEND = "send them in several requests"
LITERAL = f'{{find(by: {{name: "{"x" * 10_000_000}"}}) {{id}}}}'
DEEP_SCHEMA = f"{{__schema {{types {{{'ofType {' * 15}name{'}' * 15}}}}}}}"
MANY_USERS = "{users(first: 101) {friends(first: 100) {...on Query {me {id}}}}}"


@pytest.mark.parametrize(
    ("text", "figure", "advice"),
    [
        ("#" * 70_000, "document bytes 70000 exceeds 65536", "move values into variables"),
        (LITERAL, "document bytes 10000027 exceeds 65536", "move values into variables"),
        (f"{{{'me ' * 3999}}}", "tokens 4001 exceeds 4000", SPLIT),
        ("#\n" * 4001, "tokens 4001 exceeds 4000", SPLIT),
        ("{me" * 61, "nesting of brackets 61 exceeds 60", LESS),
        (f"{{me(a: {'[' * 59}", "nesting of brackets 61 exceeds 60", LESS),
        (numbered(21, "query q# {me {id}} "), "operations 21 exceeds 20", "send them in several documents"),
        (chained(100, "...f#"), "fragments 101 exceeds 100", SPLIT),
        (f"query({numbered(101, '$v#: Int ')}) {{me {{id}}}}", "variables 101 exceeds 100", "use an input object"),
        (f"{{me {{{numbered(201, 'a#: id ')}}}}}", "selections in one set 201 exceeds 200", SPLIT),
        (f"{{...on Query {{{numbered(201, 'a#: me ')}}}}}", "selections in one set 201 exceeds 200", SPLIT),
        (f"{{{numbered(21, 'a#: me {id} ')}}}", "root fields 21 exceeds 20", RESEND),
        (f"mutation {{{numbered(101, 'a#: save {id} ')}}}", "root fields 101 exceeds 100", RESEND),
        (f"mutation @atomic {{{numbered(101, 'a#: save {id} ')}}}", "root fields 101 exceeds 100", RESEND),
        (f"query @atomic {{{numbered(21, 'a#: me {id} ')}}}", "root fields 21 exceeds 20", RESEND),
        (f"{{{'me {friends(first: 0) {' * 6}id{'}}' * 6}}}", "depth 13 exceeds 12", LESS),
        (MANY_USERS, "cost 10202 exceeds 10000", "ask for fewer items (first) or split the query"),
        (DEEP_SCHEMA, "introspection depth 18 exceeds 16", "ask for fewer levels of ofType"),
    ],
    ids=lambda value: value[:30],
)
def test_too_much_of_anything_is_refused_with_figure_and_limit(room, text, figure, advice):
    assert refusal(room, text) == f"{figure}: {advice}"


@pytest.mark.parametrize(
    "text",
    [
        "{me {id @a @b @c @d @e @f}}",
        "{me {...on User @a @b @c @d @e @f {id}}}",
        "{me {...f @a @b @c @d @e @f}} fragment f on User {id}",
        "{me {...f}} fragment f on User @a @b @c @d @e @f {id}",
        "query @a @b @c @d @e @f {me {id}}",
        "query($v: Int @a @b @c @d @e @f) {me {id}}",
    ],
)
def test_directives_are_counted_on_every_kind_of_node(room, text):
    assert refusal(room, text) == "directives on one node 6 exceeds 5: repeat none"


@pytest.mark.parametrize("together", ["", "@atomic "])
def test_a_mutation_may_have_a_hundred_root_fields(room, together):
    assert mistakes(room, f"mutation {together}{{{numbered(99, 'a#: save {id} ')}}}") == []


def test_root_fields_are_counted_through_fragments(room):
    text = (
        "{...a ...a ...a} fragment a on Query {...b ...b ...b} fragment b on Query {x: me {id} y: me {id} z: me {id}}"
    )
    assert refusal(room, text) == "root fields 27 exceeds 20: send them in several requests"


def test_introspection_fanned_out_by_aliases_is_refused(room):
    links = numbered(9, "fragment t# on __Type {a: ofType {...t} b: ofType {...t}} ")
    links = "".join(
        f"fragment t{i} on __Type {{a: ofType {{...t{i + 1}}} b: ofType {{...t{i + 1}}}}}" for i in range(9)
    )
    text = f"{{__schema {{types {{...t0}}}}}} {links} fragment t9 on __Type {{name}}"
    assert refusal(room, text) == "introspection fields 1536 exceeds 500: ask for the schema only once"


@pytest.mark.parametrize(
    "text",
    [
        f"{{me {{{'id ' * 199}}}}}",
        f"{{me {{{'...{' + 'id ' * 199 + '}'}{'...{' + 'id ' * 199 + '}'}}}}}",
        f"{{me {{{numbered(90, '...f# ')}}}}} {numbered(90, 'fragment f# on User {id name} ')}",
    ],
)
def test_too_many_fields_of_one_name_are_not_compared(room, text):
    message = "too many fields of one name to compare: use fewer fragments side by side or split the query"
    assert refusal(room, text) == message


def test_chained_fragments_cost_what_they_stand_for(room):
    fan = "...f# ...on User {a: friends(first: 2) {...f#}} "
    assert mistakes(room, chained(20)) == []
    assert refusal(room, chained(20, fan)) == "depth 22 exceeds 12: ask for less at once"
    assert refusal(room, chained(400)) == "tokens 4014 exceeds 4000: split the query"


def test_brackets_in_strings_and_comments_do_not_count(room):
    deep = "([{" * 100
    assert mistakes(room, f'{{find(by: {{name: "{deep} \\" {deep}"}}) {{id}}}} # " {deep}') == []
    assert mistakes(room, f'{{find(by: {{name: """{deep} " \\""" {deep}"""}}) {{id}}}}') == []


# What is remembered


@pytest.mark.parametrize("text", ["{me {id}}", "{me", "{me {nam}}", f"{{me {{{'id ' * 199}}}}}"])
def test_the_same_text_is_judged_once(monkeypatch, text):
    assert counting(text, monkeypatch) == 1


def test_a_refusal_is_repeated_from_memory_as_another_exception(room):
    found = []
    for _ in range(2):
        with pytest.raises(Refused) as caught:
            room.prepare(Asked("{me {id @a @b @c @d @e @f}}"))
        found.append(caught.value)
    assert found[0].message == found[1].message
    assert found[0] is not found[1]


def test_memory_is_bounded_by_number_and_forgets_the_least_used():
    room = Documents(SCHEMA, LIMITS, kept=2)
    first, second = (room.prepare(Asked(f"{{me {{{name}: id}}}}")) for name in "ab")
    assert room.prepare(Asked("{me {a: id}}")) is first
    room.prepare(Asked("{me {c: id}}"))
    assert room.prepare(Asked("{me {a: id}}")) is first
    assert room.prepare(Asked("{me {b: id}}")) is not second


def test_memory_is_bounded_by_tokens(monkeypatch):
    monkeypatch.setattr(documents, "KEPT_TOKENS", 12)
    room = Documents(SCHEMA, LIMITS)
    first = room.prepare(Asked("{me {id}}"))
    assert room.prepare(Asked("{me {id}}")) is first
    room.prepare(Asked("{me {id id id}}"))
    assert room.prepare(Asked("{me {id}}")) is not first


def test_a_long_document_is_not_remembered(room):
    text = "{me {id}}" + " " * 32_768
    assert room.prepare(Asked(text)) is not room.prepare(Asked(text))


# Whatever comes

WORDS = '{ } ( ) [ ] : ! $ @ = | & ... query mutation fragment on me users id first f User Query 1 -1.5e9 " """ # \n'
TOKENS = st.lists(st.sampled_from(WORDS.split(" ")), max_size=60).map(" ".join)
SELECTION = st.recursive(
    st.sampled_from(["id", "name", "me", "nobody", "...f", "...g", "__typename", "__schema", "users(first: $n)"]),
    lambda inner: st.builds(
        "{} {{{}}}".format,
        st.sampled_from(["me", "users(first: 9)", "a: friends", "... on User", "...", "__type", "nobody"]),
        st.lists(inner, min_size=1, max_size=4).map(" ".join),
    ),
    max_leaves=20,
)
DOCUMENTS = st.builds(
    "query($n: Int) {{{}}} fragment f on User {{{}}} fragment g on Nobody {{{}}}".format, *[SELECTION] * 3
)


@settings(deadline=None)
@given(st.text() | TOKENS | DOCUMENTS | st.just("\ud800"))
def test_any_text_is_refused_or_becomes_a_document(text):
    try:
        document = Documents(SCHEMA, LIMITS).prepare(Asked(text))
    except Refused as refused:
        document = refused
    if isinstance(document, Document):
        assert all(isinstance(error, GraphQLError) and error.extensions["code"] for error in document.errors)
    else:
        assert (document.status, document.code) == (400, "TOO_COMPLEX")
