"""What every transport promises, as tests that each of them inherits."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path

import pytest

from transports.base import Found, Place, Rename, Transport, Upload
from transports.errors import (
    FileMissing,
    FolderMissing,
    NameTaken,
    PermissionDenied,
    SourceChanged,
    TransportError,
)

ODD_NAMES = [
    "with space.csv",
    "naïve-在庫.csv",
    "-rf",
    "a'b\"c$(d).csv",
    "back\\slash",
    ".hidden",
    "line\nbreak",
    "x" * 200,
]


def uploaded(source: Path, content: bytes, temp_name: str) -> Upload:
    """An upload of this content, which is put into the source file."""
    source.write_bytes(content)
    return Upload(source, temp_name, len(content))


def contents(folder: Path) -> dict[str, bytes]:
    """The files of a folder."""
    return {path.name: path.read_bytes() for path in folder.iterdir()}


def kinds(outcomes: Sequence[TransportError | None]) -> list[type | None]:
    """The classes of some outcomes."""
    return [None if outcome is None else type(outcome) for outcome in outcomes]


class PlaceContract:
    """To inherit, with fixtures: ``transport`` leads to the folder ``remote``, ``no_permission`` may not write."""

    odd_names = ODD_NAMES

    @pytest.fixture
    def no_permission(self) -> Transport:
        raise NotImplementedError

    @pytest.fixture
    def place(self, transport: Transport) -> Iterator[Place]:
        with transport.open() as place:
            yield place

    def test_a_whole_file_lies_under_its_temporary_name(self, place: Place, remote: Path, tmp_path: Path) -> None:
        content = b"sku,quantity\r\n\x00\xff007,12\n"
        assert place.upload([uploaded(tmp_path / "feed", content, ".feed.csv.1.part")]) == [None]
        assert contents(remote) == {".feed.csv.1.part": content}

    def test_an_empty_file_arrives(self, place: Place, remote: Path, tmp_path: Path) -> None:
        assert place.upload([uploaded(tmp_path / "feed", b"", "empty")]) == [None]
        assert (remote / "empty").read_bytes() == b""

    def test_five_megabytes_arrive_byte_for_byte(self, place: Place, remote: Path, tmp_path: Path) -> None:
        content = os.urandom(5_000_000)
        assert place.upload([uploaded(tmp_path / "feed", content, "big")]) == [None]
        assert (remote / "big").read_bytes() == content

    def test_two_hundred_files_go_in_one_call(self, place: Place, remote: Path, tmp_path: Path) -> None:
        feeds = {f"{number:03}": os.urandom(number * 100) for number in range(200)}
        uploads = [uploaded(tmp_path / name, content, name) for name, content in feeds.items()]
        assert place.upload(uploads) == [None] * 200
        renames = [Rename(name, f"final-{name}", replace=False) for name in feeds]
        assert place.publish(renames) == [None] * 200
        assert contents(remote) == {f"final-{name}": content for name, content in feeds.items()}

    def test_nothing_to_do_is_done(self, place: Place) -> None:
        assert place.upload([]) == []
        assert place.publish([]) == []

    def test_a_taken_temporary_name_is_refused_and_stays(self, place: Place, remote: Path, tmp_path: Path) -> None:
        (remote / "part").write_bytes(b"somebody else's")
        assert kinds(place.upload([uploaded(tmp_path / "feed", b"ours", "part")])) == [NameTaken]
        assert (remote / "part").read_bytes() == b"somebody else's"

    def test_a_taken_name_is_replaced_where_that_is_meant(self, place: Place, remote: Path, tmp_path: Path) -> None:
        (remote / "part").write_bytes(b"a longer one of a former try")
        upload = replace(uploaded(tmp_path / "feed", b"ours", "part"), replace=True)
        assert place.upload([upload]) == [None]
        assert contents(remote) == {"part": b"ours"}

    def test_a_file_may_be_written_under_its_final_name(self, place: Place, remote: Path, tmp_path: Path) -> None:
        upload = replace(uploaded(tmp_path / "feed", b"ours", "feed.csv"), final=True)
        assert place.upload([upload]) == [None]
        assert kinds(place.upload([upload])) == [NameTaken]
        assert contents(remote) == {"feed.csv": b"ours"}

    def test_a_file_that_is_not_published_waits_until_it_is_discarded(
        self, place: Place, remote: Path, tmp_path: Path
    ) -> None:
        place.upload([uploaded(tmp_path / "feed", b"12345", "part")])
        assert place.waiting("part") == 5
        place.discard("part")
        place.discard("part")
        assert place.waiting("part") is None
        assert list(remote.iterdir()) == []

    def test_one_failed_file_does_not_hold_up_the_others(self, place: Place, remote: Path, tmp_path: Path) -> None:
        uploads = [uploaded(tmp_path / name, name.encode(), name) for name in "abc"]
        (remote / "b").touch()
        assert kinds(place.upload(uploads)) == [None, NameTaken, None]
        assert [(remote / name).read_bytes() for name in "abc"] == [b"a", b"", b"c"]

    def test_a_source_of_another_size_is_not_sent(self, place: Place, remote: Path, tmp_path: Path) -> None:
        upload = uploaded(tmp_path / "feed", b"12345", "part")
        upload.source.write_bytes(b"1234")
        (outcome,) = place.upload([upload])
        assert isinstance(outcome, SourceChanged)
        assert str(outcome) == f"read: {upload.source} has 4 bytes, 5 were recorded"
        assert list(remote.iterdir()) == []

    def test_a_missing_source_is_not_sent(self, place: Place, remote: Path, tmp_path: Path) -> None:
        outcome = place.upload([Upload(tmp_path / "gone", "part", 5), uploaded(tmp_path / "feed", b"1", "other")])
        assert kinds(outcome) == [SourceChanged, None]
        assert [path.name for path in remote.iterdir()] == ["other"]

    def test_publishing_moves_to_the_final_name(self, place: Place, remote: Path) -> None:
        (remote / "part").write_bytes(b"feed")
        assert place.publish([Rename("part", "feed.csv", replace=False)]) == [None]
        assert contents(remote) == {"feed.csv": b"feed"}

    def test_publishing_without_replace_never_overwrites(self, place: Place, remote: Path) -> None:
        (remote / "part").write_bytes(b"new")
        (remote / "feed.csv").write_bytes(b"old")
        assert kinds(place.publish([Rename("part", "feed.csv", replace=False)])) == [NameTaken]
        assert contents(remote) == {"part": b"new", "feed.csv": b"old"}

    def test_publishing_with_replace_replaces(self, place: Place, remote: Path) -> None:
        (remote / "part").write_bytes(b"new")
        (remote / "feed.csv").write_bytes(b"old")
        assert place.publish([Rename("part", "feed.csv", replace=True)]) == [None]
        assert contents(remote) == {"feed.csv": b"new"}

    def test_publishing_with_replace_needs_nothing_to_replace(self, place: Place, remote: Path) -> None:
        (remote / "part").write_bytes(b"new")
        assert place.publish([Rename("part", "feed.csv", replace=True)]) == [None]
        assert contents(remote) == {"feed.csv": b"new"}

    @pytest.mark.parametrize("replace", [False, True])
    def test_publishing_what_is_not_there_fails(self, place: Place, remote: Path, replace: bool) -> None:
        assert kinds(place.publish([Rename("part", "feed.csv", replace)])) == [FileMissing]
        assert list(remote.iterdir()) == []

    def test_odd_names_survive(self, place: Place, remote: Path, tmp_path: Path) -> None:
        names = sorted(self.odd_names)
        uploads = [uploaded(tmp_path / str(at), name.encode(), name + ".part") for at, name in enumerate(names)]
        assert place.upload(uploads) == [None] * len(names)
        assert place.publish([Rename(name + ".part", name, replace=False) for name in names]) == [None] * len(names)
        assert place.names() == names
        assert [(remote / name).read_text() for name in names] == names

    def test_a_name_that_is_not_utf_8_is_listed_and_removable(self, place: Place, remote: Path) -> None:
        name = os.fsdecode(b"caf\xe9.csv")
        (remote / name).write_bytes(b"1")
        (remote / "good").write_bytes(b"2")
        assert place.names() == [name, "good"]
        assert place.size(name) == 1
        place.remove(name)
        assert place.names() == ["good"]

    def test_folders_are_not_among_the_names(self, place: Place, remote: Path) -> None:
        assert place.names() == []
        (remote / "archive").mkdir()
        (remote / "feed.csv").touch()
        assert place.names() == ["feed.csv"]

    def test_all_of_many_names_are_listed(self, place: Place, remote: Path) -> None:
        expected = [f"{number:04}" for number in range(500)]
        for name in expected:
            (remote / name).touch()
        assert place.names() == expected

    def test_files_are_listed_with_their_sizes_and_times_and_links_are_none(self, place: Place, remote: Path) -> None:
        (remote / "feed.csv").write_bytes(b"12345")
        os.utime(remote / "feed.csv", (1_700_000_000, 1_700_000_001))
        (remote / "link.csv").symlink_to("feed.csv")
        os.mkfifo(remote / "pipe.csv")
        assert place.files() == [Found("feed.csv", 5, 1_700_000_001)]
        assert place.find("feed.csv") == Found("feed.csv", 5, 1_700_000_001)
        assert place.find("other.csv") is None

    def test_a_file_is_moved_into_a_folder_inside_and_out_again(self, place: Place, remote: Path) -> None:
        (remote / "archive").mkdir()
        (remote / "feed.csv").write_bytes(b"12345")
        place.move("feed.csv", "1_feed.csv", into="archive")
        moved, content = place.find("1_feed.csv", "archive"), bytearray()
        place.read("1_feed.csv", content.extend, "archive")
        assert (moved and moved.size, bytes(content), place.names()) == (5, b"12345", [])
        place.move("1_feed.csv", "feed.csv", out_of="archive")
        assert (place.names(), list((remote / "archive").iterdir())) == (["feed.csv"], [])

    def test_a_move_overwrites_nothing_and_makes_no_folder(self, place: Place, remote: Path) -> None:
        (remote / "feed.csv").write_bytes(b"1")
        (remote / "taken.csv").write_bytes(b"2")
        with pytest.raises(NameTaken):
            place.move("feed.csv", "taken.csv")
        with pytest.raises(FolderMissing):
            place.move("feed.csv", "feed.csv", into="archive")
        with pytest.raises(FileMissing):
            place.move("other.csv", "free.csv")
        assert contents(remote) == {"feed.csv": b"1", "taken.csv": b"2"}

    def test_the_size_is_told(self, place: Place, remote: Path) -> None:
        (remote / "feed.csv").write_bytes(b"12345")
        assert place.size("feed.csv") == 5
        assert place.size("other.csv") is None

    @pytest.mark.parametrize("size", [0, 1, 32_768, 3_000_001])
    def test_the_content_is_handed_over_as_it_is(self, place: Place, remote: Path, size: int) -> None:
        content, found = os.urandom(size), bytearray()
        (remote / "feed.csv").write_bytes(content)
        place.read("feed.csv", found.extend)
        assert found == content

    def test_a_missing_file_has_no_content(self, place: Place) -> None:
        with pytest.raises(FileMissing):
            place.read("feed.csv", lambda chunk: None)

    def test_removing_what_is_not_there_is_fine(self, place: Place, remote: Path) -> None:
        (remote / "feed.csv").touch()
        place.remove("feed.csv")
        place.remove("feed.csv")
        assert list(remote.iterdir()) == []

    def test_a_missing_folder_is_said_and_not_made(self, transport: Transport, remote: Path) -> None:
        remote.rmdir()
        with pytest.raises(FolderMissing), transport.open():
            pass
        assert not remote.exists()

    def test_a_file_is_no_folder(self, transport: Transport, remote: Path) -> None:
        remote.rmdir()
        remote.touch()
        with pytest.raises(FolderMissing), transport.open():
            pass

    def test_a_folder_that_goes_away_is_not_taken_for_a_missing_file(
        self, place: Place, remote: Path, tmp_path: Path
    ) -> None:
        remote.rmdir()
        with pytest.raises(FolderMissing):
            place.size("feed.csv")
        assert kinds(place.upload([uploaded(tmp_path / "feed", b"1", "part")])) == [FolderMissing]

    def test_without_permission_nothing_is_written(self, no_permission: Transport, tmp_path: Path) -> None:
        with no_permission.open() as place:
            assert kinds(place.upload([uploaded(tmp_path / "feed", b"1", "part")])) == [PermissionDenied]
            assert place.names() == []

    @pytest.mark.parametrize("name", ["", ".", "..", "a/b", "../a", "/etc/passwd", "a\0b"])
    def test_a_name_cannot_lead_out_of_the_folder(self, place: Place, remote: Path, tmp_path: Path, name: str) -> None:
        (remote / "part").touch()
        with pytest.raises(ValueError, match="is not a plain file name"):
            place.upload([uploaded(tmp_path / "feed", b"1", name)])
        with pytest.raises(ValueError, match="is not a plain file name"):
            place.publish([Rename("part", name, replace=True)])
        with pytest.raises(ValueError, match="is not a plain file name"):
            place.remove(name)
        with pytest.raises(ValueError, match="is not a plain file name"):
            place.move("part", "part", into=name)

    def test_equal_settings_share_a_connection(self, transport: Transport, no_permission: Transport) -> None:
        assert transport.connection_key() == transport.model_copy().connection_key()
        assert transport.connection_key() != no_permission.connection_key()
