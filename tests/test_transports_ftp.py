from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from ftpd import Certificate, Ftpd, make_certificate, running_ftpd
from place_contract import ODD_NAMES, PlaceContract

from transports import Ftp

#: A line break would end the command.
NAMES = [name for name in ODD_NAMES if "\n" not in name]


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Certificate:
    return make_certificate(tmp_path_factory.mktemp("certificate"))


@pytest.fixture
def remote(tmp_path: Path) -> Path:
    (tmp_path / "root" / "in").mkdir(parents=True)
    return tmp_path / "root" / "in"


@pytest.fixture
def server(remote: Path, certificate: Certificate) -> Iterator[Ftpd]:
    with running_ftpd(remote.parent, certificate) as server:
        yield server


@pytest.fixture
def read_only(remote: Path, certificate: Certificate) -> Iterator[Ftpd]:
    with running_ftpd(remote.parent, certificate, permissions="elr") as server:
        yield server


class TestExplicit(PlaceContract):
    odd_names = NAMES

    @pytest.fixture
    def transport(self, server: Ftpd) -> Ftp:
        return Ftp.model_validate(server.secured(path="in"))

    @pytest.fixture
    def no_permission(self, read_only: Ftpd) -> Ftp:
        return Ftp.model_validate(read_only.secured(path="in"))
