"""What can be wrong with the meaning of the data."""

from __future__ import annotations

from collections.abc import Sequence


class MappingError(Exception):
    """The data contradicts itself and no number can be trusted."""


class BundleCycle(MappingError):
    """A bundle contains itself."""

    def __init__(self, path: Sequence[str]) -> None:
        self.path = tuple(path)
        super().__init__(
            f"bundle {path[0]!r} contains itself: {' -> '.join(path)}; remove one of these component lines"
        )


class QuantityTooLarge(MappingError):
    """A level is larger than any real stock."""

    def __init__(self, sku: str, warehouse: str, quantity: int) -> None:
        self.sku, self.warehouse, self.quantity = sku, warehouse, quantity
        super().__init__(
            f"SKU {sku!r} has {quantity} units in warehouse {warehouse!r}; is a barcode in the quantity column?"
        )
