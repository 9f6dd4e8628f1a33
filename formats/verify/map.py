"""Our maps of the transaction sets, in the form that pyx12 reads."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from xml.etree.ElementTree import Element as Tag
from xml.etree.ElementTree import ElementTree, SubElement

from formats.verify.standard import Element, Layout, Node, Place, Standard, TransactionSet

_USES = {"M": "R", "O": "S", "X": "S"}
_STEP = 10
#: The first one tells pyx12 the character set; it reads no other versions.
_VERSIONS = ("00501", "00401")


def write_maps(folder: Path, standard: Standard, *, group_versions: Iterable[str] = (), deviations: bool) -> None:
    """Write all that pyx12 needs to judge files of one release into a folder (its ``map_path``).

    Args:
        folder: an empty folder. A map is called ``846.xml``.
        standard: the release.
        group_versions: every GS08 that is of this release, such as 004010VICS.
        deviations: whether there is room for segments that partners want where the standard has none.
    """
    _write(folder / "codes.xml", Tag("codes"))
    _write(folder / "dataele.xml", _data_elements(standard))
    for version in _VERSIONS:
        _write(folder / f"x12.control.{version}.xml", _map(standard, None, deviations=False))
    for set_ in standard.sets.values():
        _write(folder / f"{set_.id}.xml", _map(standard, set_, deviations=deviations))
    index = Tag("maps")
    for version in _VERSIONS:
        of_version = SubElement(index, "version", icvn=version)
        for group_version in group_versions:
            for set_ in standard.sets.values():
                if (set_.id == "999") == ("X231" in group_version) or set_.group != "FA":
                    about = {"vriic": group_version, "fic": set_.group, "abbr": set_.id}
                    SubElement(of_version, "map", about).text = f"{set_.id}.xml"
    _write(folder / "maps.xml", index)


def _write(file: Path, root: Tag) -> None:
    ElementTree(root).write(file, "utf-8", xml_declaration=True)


def _data_elements(standard: Standard) -> Tag:
    root = Tag("data_elements")
    for element in standard.elements.values():
        about = {
            "ele_num": element.number,
            "data_type": "N0" if element.type == "N" else element.type,
            "min_len": str(element.shortest),
            "max_len": str(element.longest),
            "name": element.name,
        }
        SubElement(root, "data_ele", about)
    return root


def _map(standard: Standard, set_: TransactionSet | None, *, deviations: bool) -> Tag:
    """The map of a transaction set, or of the envelopes alone."""
    layouts = standard.layouts
    root = Tag("transaction", xid=set_.id if set_ else "control")
    interchange = _loop(root, "ISA", pos=0, required=True, most=None)
    _segment(interchange, "ISA", layouts["ISA"], pos=_STEP)
    _segment(interchange, "TA1", layouts["TA1"], pos=2 * _STEP, required=False, most=None)
    group = _loop(interchange, "GS", pos=3 * _STEP, required=False, most=None)
    _segment(group, "GS", layouts["GS"], pos=_STEP)
    if set_:
        inner = _loop(group, "ST", pos=2 * _STEP, required=True, most=None)
        _segment(inner, "ST", layouts["ST"], pos=_STEP, first_code=set_.id)
        _nodes(inner, set_.nodes, layouts, deviations=deviations)
        _segment(inner, "SE", layouts["SE"], pos=(len(set_.nodes) + 2) * _STEP)
    _segment(group, "GE", layouts["GE"], pos=3 * _STEP)
    _segment(interchange, "IEA", layouts["IEA"], pos=4 * _STEP)
    return root


def _nodes(parent: Tag, nodes: Iterable[Node], layouts: dict[str, Layout], *, deviations: bool) -> None:
    for pos, node in enumerate(nodes, 2):
        layout = layouts[node.segment]
        if node.members is not None:
            loop = _loop(parent, node.segment, pos=pos * _STEP, required=node.required, most=node.most)
            _segment(loop, node.segment, layout, pos=_STEP)
            _nodes(loop, node.members, layouts, deviations=deviations)
        elif deviations or not node.deviation:
            tag = _segment(parent, node.segment, layout, pos=pos * _STEP, required=node.required, most=node.most)
            tag.set("name", node.deviation or node.segment)


def _loop(parent: Tag, segment: str, *, pos: int, required: bool, most: int | None) -> Tag:
    about = {"xid": f"{segment}_LOOP", "usage": "R" if required else "S", "pos": str(pos), "repeat": _times(most)}
    return SubElement(parent, "loop", about)


def _segment(
    parent: Tag,
    id_: str,
    layout: Layout,
    *,
    pos: int,
    required: bool = True,
    most: int | None = 1,
    first_code: str = "",
) -> Tag:
    about = {"xid": id_, "name": id_, "usage": "R" if required else "S", "pos": str(pos), "max_use": _times(most)}
    segment = SubElement(parent, "segment", about)
    for condition in layout.conditions:
        SubElement(segment, "syntax").text = condition
    for number, place in enumerate(layout.places, 1):
        tag = _place(segment, f"{id_}{number:02d}", number, place)
        if number == 1 and first_code:
            SubElement(SubElement(tag, "valid_codes"), "code").text = first_code
    return segment


def _place(parent: Tag, label: str, number: int, place: Place) -> Tag:
    about = {"xid": label, "data_ele": place.number, "usage": _USES[place.use], "seq": f"{number:02d}"}
    if isinstance(place.holds, Element):
        tag = SubElement(parent, "element", about | {"name": place.holds.name})
        _codes(tag, place.holds)
        return tag
    composite = SubElement(parent, "composite", about | {"name": label})
    for inner, component in enumerate(place.holds, 1):
        _place(composite, f"{label}-{inner:02d}", inner, component)
    return composite


def _codes(tag: Tag, element: Element) -> None:
    """The codes as a pattern: pyx12 takes a segment whose first element has another of ``valid_codes`` for unknown."""
    if element.number == "I11":
        codes = SubElement(tag, "valid_codes")
        for version in _VERSIONS:
            SubElement(codes, "code").text = version
    elif element.type == "ID":
        SubElement(tag, "regex").text = f"^({'|'.join(element.codes) or '[A-Z0-9]+'})$"


def _times(most: int | None) -> str:
    return ">1" if most is None else str(most)
