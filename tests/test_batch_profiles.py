from __future__ import annotations

from pathlib import Path

import pytest

from batch.errors import ConfigProblem
from batch.profiles import load_profile

OWN = """\
extends = "csv"
title = "My shop"
evidence = "ours"
source = "me"
"""


def workspace(folder: Path, **profiles: str) -> Path:
    (folder / "profiles").mkdir()
    for name, text in profiles.items():
        (folder / "profiles" / f"{name}.toml").write_text(text)
    return folder


def problems(folder: Path, name: str) -> str:
    with pytest.raises(ConfigProblem) as error:
        load_profile(name, folder)
    return str(error.value).replace(str(folder), "")


def test_a_profile_says_what_differs_from_the_one_it_extends(tmp_path: Path) -> None:
    root = workspace(tmp_path, mine=OWN + 'feed = "delta"\n[format]\ndelimiter = ";"\n')
    base, mine = load_profile("csv", root), load_profile("mine", root)
    expected = base.model_dump() | {"extends": "csv", "title": "My shop", "source": "me", "feed": "delta"}
    assert mine.model_dump() == expected | {"format": base.format.model_dump() | {"delimiter": ";"}}


def test_lists_are_replaced_and_tables_are_merged_over_several_profiles(tmp_path: Path) -> None:
    first = 'extends = "846-4010"\ntitle = "1"\n[format.bia]\nreport = "DD"\ndelta = "04"\n'
    lin = '[[format.lin]]\nqualifier = "VN"\nvalue = "{sku}"\n'
    second = f'extends = "first"\ntitle = "2"\n[format.bia]\ndelta = "05"\n{lin}'
    format_ = load_profile("second", workspace(tmp_path, first=first, second=second)).format.model_dump()
    assert [format_["bia"][key] for key in ("full", "delta", "report")] == ["00", "05", "DD"]
    assert [(pair["qualifier"], pair["value"]) for pair in format_["lin"]] == [("VN", "{sku}")]


def test_a_table_of_another_pattern_shares_nothing_with_the_one_it_replaces(tmp_path: Path) -> None:
    header = 'extends = "846-4010"\n[format.location]\npattern = "header"\n'
    sdq = 'extends = "846-4010"\n[format.location]\npattern = "sdq"\npairs = 5\n'
    root = workspace(tmp_path, header=header, sdq=sdq)
    shapes = [load_profile(name, root).format.model_dump()["location"] for name in ("header", "sdq")]
    assert shapes == [
        {"pattern": "header", "entity": "WH", "qualifier": "92", "name": True},
        {"pattern": "sdq", "unit": "EA", "qualifier": "92", "pairs": 5, "identifier": "", "skip_zero": False},
    ]


def test_a_profile_of_the_workspace_may_extend_the_built_in_one_of_its_name(tmp_path: Path) -> None:
    root = workspace(tmp_path, csv='extends = "csv"\ntitle = "Ours"\n')
    assert load_profile("csv", root).title == "Ours"


def test_profiles_that_extend_each_other_are_refused(tmp_path: Path) -> None:
    root = workspace(tmp_path, a='extends = "b"\n', b='extends = "c"\n', c='extends = "a"\n')
    assert problems(root, "a") == "/profiles/c.toml: extends: the profiles extend each other: a -> b -> c -> a"


def test_a_profile_that_extends_none_that_there_is_is_refused(tmp_path: Path) -> None:
    root = workspace(tmp_path, mine='extends = "other"\n', self='extends = "self"\n')
    expected = "/profiles/{}.toml: extends: there is no other profile '{}'; `tallyfeed profiles` lists those built in"
    assert problems(root, "mine") == expected.format("mine", "other")
    assert problems(root, "self") == expected.format("self", "self")


def test_what_is_wrong_after_merging_names_the_profile_itself(tmp_path: Path) -> None:
    root = workspace(tmp_path, mine=OWN + "[format]\ndelimitor = ';'\n")
    assert problems(root, "mine") == "/profiles/mine.toml: format.csv.delimitor: unknown key; did you mean 'delimiter'?"


def test_a_profile_says_which_kinds_of_feed_the_order_source_takes(tmp_path: Path) -> None:
    root = workspace(tmp_path, mine=OWN + 'feed = "delta"\n[kinds]\ndelta = "D"\n', full=OWN + '[kinds]\nfull = "F"\n')
    assert load_profile("full", root).kinds == {"full": "F"}
    expected = "/profiles/mine.toml: kinds: add full: a first feed is full, and later ones delta"
    assert problems(root, "mine") == expected
