"""Names: the published rules, and invalid names."""

from __future__ import annotations

import keyword

import pytest
from hypothesis import given
from hypothesis import strategies as st

from generator import naming

from .conftest import Workshop, get, spec


@pytest.mark.parametrize(
    ("wire", "python"),
    [
        ("dataViewName", "data_view_name"),
        ("businessYearStartDD", "business_year_start_dd"),
        ("useIso8601WeekOfYear", "use_iso8601_week_of_year"),
        ("Queries_PerformQueryFileCountSynchronously", "queries_perform_query_file_count_synchronously"),
        ("UserLogin", "user_login"),
        ("nPer", "n_per"),
        ("BroadcastOptIn", "broadcast_opt_in"),
        ("$filter", "filter"),
        ("x-request-id", "x_request_id"),
        ("from", "from_"),
        ("class", "class_"),
        ("None", "none"),
        ("2fa", "n2fa"),
        ("__import__", "import_"),
        ("é", "e"),
    ],
)
def test_identifiers_follow_the_published_rules(wire: str, python: str) -> None:
    assert naming.identifier(wire) == python


@pytest.mark.parametrize(
    ("schema", "python"),
    [
        ("PagedResults[Table]", "PagedResultsTable"),
        ("Property", "ModelProperty"),
        ("None", "ModelNone"),
        ("foo.bar-baz qux", "FooBarBazQux"),
        ("200", "Model200"),
        ("../../etc/passwd", "EtcPasswd"),
        ("Literal", "ModelLiteral"),
    ],
)
def test_class_names_follow_the_published_rules(schema: str, python: str) -> None:
    assert naming.class_name(schema) == python


def test_an_inline_schema_is_named_after_its_place() -> None:
    name = naming.class_name("ResponseStatistics", "perResponseTypeStatisticsMap")
    assert name == "ResponseStatisticsPerResponseTypeStatisticsMap"
    assert naming.module_of(name) == "response_statistics_per_response_type_statistics_map"


def test_names_that_the_generated_code_needs_are_not_given_away() -> None:
    assert naming.identifier("toDict", naming.MODEL_MEMBERS) == "to_dict_"
    assert naming.identifier("self", naming.METHOD_LOCALS) == "self_"
    assert naming.identifier("operations", naming.CONTROLLER_MEMBERS) == "operations_"


@given(st.text(max_size=300) | st.text(alphabet="a_[]/.\"'\\\n\u202e{}", min_size=200, max_size=20_000))
def test_any_text_becomes_an_ascii_identifier_of_bounded_length(text: str) -> None:
    for name in (naming.identifier(text), naming.class_name(text), naming.module_of(naming.class_name(text))):
        assert name.isascii()
        assert name.isidentifier()
        assert not keyword.iskeyword(name)
        assert not name.startswith("__")
        assert len(name) <= naming.MAX_LENGTH + 60


@pytest.mark.parametrize("first", ["Heir", "Base"])
def test_an_inherited_inline_schema_is_named_after_the_schema_that_declares_it(
    workshop: Workshop, first: str
) -> None:
    links = {"type": "object", "properties": {"self": {"type": "string"}}}
    base = {"type": "object", "properties": {"links": links, "many": {"type": "array", "items": links}}}
    heir = {"allOf": [{"$ref": "#/components/schemas/Base"}, {"properties": {"own": links}}]}
    schemas = {"Base": base, "Heir": heir} if first == "Base" else {"Heir": heir, "Base": base}
    answer = {"allOf": [{"$ref": "#/components/schemas/Heir"}, {"properties": {"more": links}}]}
    package = workshop.load(spec({"/x": get(answer, id="Ask")}, schemas))
    named = {"Base", "BaseLinks", "BaseManyItem", "Heir", "HeirOwn", "AskAnswer200", "AskAnswer200More"}
    assert {str(model.name) for model in package.models} == named
