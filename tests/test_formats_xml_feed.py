from __future__ import annotations

from importlib import resources
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any
from xml.sax.saxutils import escape

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from lxml import etree
from pydantic import ValidationError
from sample_feeds import EAST, FEED, GOLDEN, feeds, layout, make_feed, numbered_feed, profile, rows_of, written

from formats.feed.errors import FeedError
from mappings.model import Feed, Warehouse

#: What XML 1.0 can hold.
TEXT = st.text(
    st.characters(exclude_categories=["Cs", "Cc"], exclude_characters="\ufffe\uffff") | st.sampled_from("\t\n\r&<>'\""),
    min_size=1,
    max_size=8,
)
FACTS = "merchant, merchant_name, order_source, kind, as_of, built_at, lines, units, sequence, file, files"
PLAIN = {"type": "xml", "head": "<stock>", "item": '<p id="{code}">{total}</p>', "tail": "</stock>"}


def schema() -> etree.XMLSchema:
    with resources.as_file(resources.files("formats") / "schemas" / "inventory.xsd") as path:
        return etree.XMLSchema(etree.parse(path))


def attribute(text: str) -> str:
    return escape(text, {'"': "&quot;", "'": "&#39;", "\t": "&#9;", "\n": "&#10;", "\r": "&#13;"})


def by_hand(feed: Feed) -> str:
    """What the generic layout looks like, item by item."""
    text = '<?xml version="1.0" encoding="UTF-8"?>\n'
    text += f'<inventory merchant="acme" as-of="2025-11-14T06:30:00Z" kind="{feed.kind}">\n'
    for line in rows_of(feed):
        text += f'  <item code="{attribute(line["code"])}" quantity="{line["quantity"]}">'
        for place in feed.warehouses:
            code = attribute(place.partner_code)
            text += f'<warehouse code="{code}" quantity="{line[f"wh:{place.code}"]}"/>'
        text += "</item>\n"
    return text + "</inventory>\n"


def test_the_generic_profile_writes_its_documented_layout(tmp_path: Path) -> None:
    assert written(profile("xml"), FEED, tmp_path) == (GOLDEN / "xml.xml").read_bytes()


@settings(max_examples=150, deadline=None)
@given(feed=feeds(codes=TEXT))
def test_any_feed_is_written_as_an_item_by_item_writer_would_and_parses_back_to_the_same_quantities(feed: Feed) -> None:
    with TemporaryDirectory() as folder:
        data = written(profile("xml"), feed, Path(folder))
    assert data.decode() == by_hand(feed)
    root = etree.fromstring(data)
    assert schema().validate(root), schema().error_log
    assert [
        (item.get("code"), item.get("quantity"), [(place.get("code"), place.get("quantity")) for place in item])
        for item in root
    ] == [
        (
            line["code"],
            str(line["quantity"]),
            [(place.partner_code, str(line[f"wh:{place.code}"])) for place in feed.warehouses],
        )
        for line in rows_of(feed)
    ]


def test_the_schema_refuses_a_quantity_below_zero() -> None:
    text = (
        b'<inventory merchant="a" as-of="2025-11-14T06:30:00Z" kind="full"><item code="A" quantity="-1"/></inventory>'
    )
    assert not schema().validate(etree.fromstring(text))


def test_the_schema_refuses_an_item_that_comes_twice() -> None:
    item = '<item code="A" quantity="1"/>'
    text = f'<inventory merchant="a" as-of="2025-11-14T06:30:00Z" kind="full">{item}{item}</inventory>'
    assert not schema().validate(etree.fromstring(text))


def test_a_long_feed_keeps_its_order_and_the_same_feed_gives_the_same_bytes(tmp_path: Path) -> None:
    feed = numbered_feed(60_000)
    data = written(profile("xml"), feed, tmp_path)
    assert data.decode() == by_hand(feed)
    assert data == written(profile("xml"), feed, tmp_path)


def test_a_feed_without_lines_is_a_valid_document(tmp_path: Path) -> None:
    data = written(profile("xml"), make_feed([]), tmp_path)
    assert data.decode() == by_hand(make_feed([]))
    assert schema().validate(etree.fromstring(data))


def test_a_partner_layout_has_its_namespace_details_statuses_and_control_total(tmp_path: Path) -> None:
    format_ = layout(
        {
            "type": "xml",
            "head": '<f:feed xmlns:f="urn:example:feed" vendor="{merchant_name}" on=\'{as_of:%Y%m%d}\'>\n',
            "item": "<f:product state='{status}'><f:sku>{sku}</f:sku><f:upc>{detail:upc}</f:upc>"
            "{warehouses}</f:product>\n",
            "warehouse": "<f:at id='{warehouse}' name=\"{warehouse_name}\" of='{total}'>{quantity}</f:at>",
            "tail": "<f:count>{lines}</f:count></f:feed>\n",
            "status": {"active": "YES", "discontinued": "NO", "gone": "NO"},
        }
    )
    feed = make_feed(
        [("A", 1, "012"), ("B", 2, None)],
        [Warehouse("E", "<E>", "Bob's")],
        details=["upc"],
        statuses=["active", "gone"],
    )
    assert format_.details() == {"upc"}
    assert written(format_, feed, tmp_path).decode().splitlines() == [
        '<f:feed xmlns:f="urn:example:feed" vendor="Acme &amp; Sons" on=\'20251114\'>',
        "<f:product state='YES'><f:sku>our-A</f:sku><f:upc>012</f:upc>"
        "<f:at id='&lt;E&gt;' name=\"Bob&#39;s\" of='1'>1</f:at></f:product>",
        "<f:product state='NO'><f:sku>our-B</f:sku><f:upc></f:upc>"
        "<f:at id='&lt;E&gt;' name=\"Bob&#39;s\" of='2'>2</f:at></f:product>",
        "<f:count>2</f:count></f:feed>",
    ]


def test_characters_that_xml_cannot_hold_hold_their_line(tmp_path: Path) -> None:
    feed = make_feed([("A\x01", 1, 2), ("B\ufffe", 1, 2), ("C\t", 0, 0)])
    reason = "holds a control character, which XML cannot hold"
    assert profile("xml").unwritable(feed).rows() == [
        ("A\x01", "code", "A\x01", reason),
        ("B\ufffe", "code", "B\ufffe", reason),
    ]
    with pytest.raises(FeedError) as error:
        written(profile("xml"), feed, tmp_path)
    assert str(error.value) == "shop: line 'A\\x01' cannot be written: code 'A\\x01' " + reason


def test_a_warehouse_that_xml_cannot_name_is_refused() -> None:
    with pytest.raises(FeedError) as error:
        profile("xml").unwritable(make_feed([("A", 1)], [Warehouse("E", "E\x02", "E")]))
    assert str(error.value) == "'E\\x02' holds '\\x02', which XML cannot hold"


def test_one_code_for_two_warehouses_is_refused_only_where_warehouses_are_named(tmp_path: Path) -> None:
    feed = make_feed([("A", 1, 2)], [EAST, Warehouse("WEST", "31415", "Reno")])
    with pytest.raises(FeedError) as error:
        profile("xml").unwritable(feed)
    assert str(error.value) == (
        "shop: warehouses EAST and WEST are both called '31415'; give each its own code in warehouse_codes"
    )
    assert written(layout(PLAIN), feed, tmp_path) == b'<stock><p id="A">3</p></stock>'


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"head": "<stock code='{code}'>"}, f'"{{code}}" is not known here; known are: {FACTS}, value:NAME'),
        (
            {"item": "<p id='{code}'>{quantity}</p>"},
            'nothing names the warehouse of a quantity; use "{warehouse}", or "{total}"',
        ),
        ({"item": "<p>{total}</p>"}, 'the item does not name the product; use "{code}"'),
        (
            {"item": "<p id='{code}'>{warehouses}</p>"},
            "{warehouses} in item and a text for warehouse go together",
        ),
        ({"warehouse": "<w/>"}, "{warehouses} in item and a text for warehouse go together"),
        (
            {"head": "<stock>{merchant"},
            'a placeholder is "{name}" or "{name:format}"; a brace itself is "{{" or "}}"',
        ),
        (
            {"item": "<p id={code}></p>"},
            "a sample of this layout is not well-formed: AttValue: \" or ' expected, line 1, column 14",
        ),
        (
            {"head": "<x:stock>", "tail": "</x:stock>"},
            "a sample of this layout is not well-formed: Namespace prefix x on stock is not defined, line 1, column 9",
        ),
        (
            {"head": '<?xml version="1.0" encoding="ISO-8859-1"?><stock>'},
            "the head declares ISO-8859-1, but the file is written in UTF-8",
        ),
    ],
)
def test_a_wrong_layout_is_refused_when_it_is_read(changes: dict[str, Any], message: str) -> None:
    with pytest.raises(ValidationError) as error:
        layout(PLAIN | changes)
    assert [problem["msg"] for problem in error.value.errors()] == [f"Value error, {message}"]
