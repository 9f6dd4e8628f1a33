from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from mounts import mounted
from place_contract import PlaceContract, contents, uploaded

from transports import Folder
from transports.errors import FolderMissing, NoSpace
from transports.exclusive_rename import rename_in_two_steps


@pytest.fixture
def remote(tmp_path: Path) -> Path:
    (tmp_path / "remote").mkdir()
    return tmp_path / "remote"


@pytest.fixture
def transport(remote: Path) -> Folder:
    return Folder(path=remote)


class TestFolder(PlaceContract):
    @pytest.fixture
    def no_permission(self, tmp_path: Path) -> Iterator[Folder]:
        with mounted(tmp_path / "locked", "ro,size=1m") as locked:
            yield Folder(path=locked)


def test_a_missing_folder_is_named(tmp_path: Path) -> None:
    with pytest.raises(FolderMissing) as refused, Folder(path=tmp_path / "outbox").open():
        pass
    assert str(refused.value) == f"open: {tmp_path}/outbox is not a folder; make it first, or correct the path"


def test_a_folder_is_described_by_its_path() -> None:
    assert Folder(path=Path("/srv/feeds")).describe() == "/srv/feeds"


def test_a_full_disk_is_said_and_leaves_no_half_file(tmp_path: Path) -> None:
    with mounted(tmp_path / "full", "size=1m") as full, Folder(path=full).open() as place:
        uploads = [uploaded(tmp_path / "big", bytes(2_000_000), "big"), uploaded(tmp_path / "small", b"1", "small")]
        big, small = place.upload(uploads)
        assert isinstance(big, NoSpace)
        assert str(big) == "write: big: No space left on device"
        assert small is None
        assert place.names() == ["small"]


def test_files_go_to_the_folder_that_was_opened_even_if_another_takes_its_path(
    transport: Folder, remote: Path, tmp_path: Path
) -> None:
    with transport.open() as place:
        remote.rename(tmp_path / "moved")
        remote.mkdir()
        assert place.upload([uploaded(tmp_path / "feed", b"1", "part")]) == [None]
    assert [path.name for path in (tmp_path / "moved").iterdir()] == ["part"]


def test_in_two_steps_a_file_gets_its_free_name_or_stays(remote: Path) -> None:
    (remote / "part").write_bytes(b"new")
    (remote / "taken.csv").write_bytes(b"old")
    folder = os.open(remote, os.O_RDONLY)
    with pytest.raises(FileExistsError):
        rename_in_two_steps(folder, "part", "taken.csv")
    assert contents(remote) == {"part": b"new", "taken.csv": b"old"}
    rename_in_two_steps(folder, "part", "free.csv")
    assert contents(remote) == {"free.csv": b"new", "taken.csv": b"old"}
    os.close(folder)
