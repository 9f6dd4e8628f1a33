"""What a value in an order source's file stands for, by its name and by what it says."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import datetime

from formats.snapshot.synonyms import SYNONYMS

CODE, WAREHOUSE, TOTAL, QUANTITY, STATUS = "{code}", "{warehouse}", "{total}", "{quantity}", "{status}"

_QUANTITIES = SYNONYMS["available"] | SYNONYMS["on_hand"]
_MORE: dict[str, frozenset[str]] = {
    CODE: SYNONYMS["sku"]
    | {
        "code",
        "itemcode",
        "itemid",
        "productid",
        "productsku",
        "sellersku",
        "partnumber",
        "articleno",
        "id",
        "artikelnummer",
    },
    WAREHOUSE: SYNONYMS["warehouse"]
    | {"warehouseid", "facility", "facilityid", "dc", "store", "source", "node", "lager"},
    TOTAL: _QUANTITIES
    | {"total", "amount", "inventory", "qtyavailable", "stocklevel", "totalquantity", "ats", "menge", "bestand"},
    STATUS: frozenset({"status", "discontinued", "availability", "instock", "instatus", "stockstatus", "active"}),
    "{detail:description?}": frozenset({"description", "title", "name", "productname", "itemdescription"}),
    "{detail:upc?}": frozenset({"upc", "upccode", "barcode"}),
    "{detail:ean?}": frozenset({"ean", "gtin", "ean13"}),
    "{detail:price?}": frozenset({"price", "listprice", "retailprice"}),
    "{detail:cost?}": frozenset({"cost", "unitcost", "wholesalecost"}),
}
_DATES = ("%Y-%m-%d", "%Y%m%d", "%m/%d/%Y", "%d.%m.%Y", "%d/%m/%Y")
_TIMES = ("T%H:%M:%SZ", "T%H:%M:%S", " %H:%M:%S", "%H%M%S", " %H:%M", "")


def plain(name: str) -> str:
    """A name in small letters, without blanks and marks."""
    return re.sub(r"[^a-z0-9]", "", name.lower())


def meaning(name: str, values: Sequence[str]) -> str:
    """The text of a profile that would write these values.

    A known name decides; then a moment, then a value that never changes; anything else is taken for a detail of the
    product, as if the merchant's products had a column of this name.
    """
    said = [value for value in values if value]
    for placeholder, names in _MORE.items():
        if plain(name) in names and _fits(placeholder, said):
            return placeholder
    if said and len(set(values)) == 1:
        form = moment_format(said[0])
        return "{as_of:" + form + "}" if form else constant(said[0])
    if not said:
        return ""
    return "{detail:" + (re.sub(r"[^a-z0-9]+", "_", name.lower()).strip("_") or "text") + "?}"


def constant(text: str) -> str:
    """A text that says itself."""
    return text.replace("{", "{{").replace("}", "}}")


def moment_format(text: str) -> str | None:
    """How a moment is written; None if it is none."""
    for form in (day + time for day in _DATES for time in _TIMES):
        try:
            moment = datetime.strptime(text, form)
        except ValueError:
            continue
        if 1990 <= moment.year <= 2100:
            return form
    return None


def status_words(values: Sequence[str], quantities: Sequence[str]) -> dict[str, str]:
    """The words for what is in stock and what is not, if the quantities tell them apart."""
    stocked = {word for word, quantity in zip(values, quantities, strict=True) if _units(quantity) > 0}
    empty = {word for word, quantity in zip(values, quantities, strict=True) if _units(quantity) == 0}
    words = {"active": min(stocked, default=values[0] if values else "active")}
    if len(empty - stocked) == 1:
        words |= dict.fromkeys(("out_of_stock", "discontinued", "gone"), min(empty - stocked))
    return words


def is_whole(text: str) -> bool:
    """Whether a text is a quantity."""
    return re.fullmatch(r"-?[0-9]{1,12}", text) is not None


def _fits(placeholder: str, values: Sequence[str]) -> bool:
    if placeholder == TOTAL:
        return bool(values) and all(map(is_whole, values))
    if placeholder == STATUS:
        return 0 < len(set(values)) <= 4
    return bool(values) or placeholder.startswith("{detail:")


def _units(text: str) -> int:
    return int(text) if is_whole(text) else -1
