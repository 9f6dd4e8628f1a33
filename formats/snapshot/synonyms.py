"""What columns of an unknown CSV mean, by the headers that stock systems use."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from formats.delimited.text import opened
from formats.errors import FileRefused

#: Header in small letters, without blanks, underscores and hyphens -> the part that such a column plays.
SYNONYMS: dict[str, frozenset[str]] = {
    "sku": frozenset(
        [
            "sku",
            "#sku",
            "item",
            "itemnumber",
            "itemsku",
            "productcode",
            "vendorsku",
            "suppliersku",
            "merchantsku",
            "offersku",
            "inventorynumber",
            "articlenumber",
            "itemexternalid",
            "sellerpartnumber",
            "customlabel",
            "artikelnummer",
        ]
    ),
    "warehouse": frozenset(
        [
            "warehouse",
            "warehousecode",
            "sourcecode",
            "location",
            "loc",
            "dccode",
            "siteid",
            "storecode",
            "shipnode",
            "supplierid",
            "fulfillmentcenterid",
            "lager",
        ]
    ),
    "lot": frozenset(["lot", "lotnumber", "batch"]),
    "bin": frozenset(["bin", "binlocation", "binname", "shelf"]),
    "available": frozenset(
        [
            "available",
            "avail",
            "quantityavailable",
            "availablequantity",
            "availablestock",
            "qtyavailable",
            "availableqty",
        ]
    ),
    "on_hand": frozenset(
        [
            "onhand",
            "qoh",
            "qtyonhand",
            "quantityonhand",
            "quantity",
            "qty",
            "stock",
            "physicalstock",
            "instockquantity",
            "menge",
            "bestand",
        ]
    ),
    "allocated": frozenset(
        [
            "allocated",
            "alloc",
            "committed",
            "reserved",
            "allocatedinventory",
            "qtyallocated",
            "quantityallocated",
            "allocatedquantity",
            "qtycommitted",
            "quantitycommitted",
            "qtyreserved",
            "quantityreserved",
            "reservedquantity",
        ]
    ),
}


def guessed_columns(path: Path) -> dict[str, str]:
    """What the columns of a CSV file mean, where that is beyond doubt.

    Returns:
        Part -> header, as ``CsvSnapshot.columns`` wants it.

    Raises:
        FileRefused: no column is known as the SKU or as a quantity, or two could be the same part.
    """
    with opened(path, expected=(), guess=True) as text:
        header = text.header
    found = {part: [h for h in header if _plain(h) in names] for part, names in SYNONYMS.items()}
    for part, headers in found.items():
        if len(headers) > 1 and part not in ("lot", "bin"):  # those are summed, whichever they are
            several = " and ".join(headers)
            raise FileRefused(path, f"columns {several} could both be the {part}; name it: --column {part}=…")
    columns = {part: headers[0] for part, headers in found.items() if headers}
    if "sku" not in columns or not {"available", "on_hand"} & set(columns):
        raise FileRefused(path, f"its columns are not known: {', '.join(header)}; {_how(header)}")
    return columns


def _plain(header: str) -> str:
    return header.lower().translate(str.maketrans("", "", " _-"))


def _how(header: Sequence[str]) -> str:
    return f"name them, as in --column sku={header[0]} --column available={header[-1]}"
