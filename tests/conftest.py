"""Fixtures that several test files share."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from shop import Shop


@pytest.fixture
def shop(tmp_path: Path) -> Shop:
    from shop import Shop

    return Shop(tmp_path / "workspace")
