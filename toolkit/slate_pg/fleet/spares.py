"""Says which installations are spares: prepared ahead under reserved names, nobody's yet. Pure.

A spare is migrated with its fleet, and is no tenant: it is not in `slate fleet status`, not backed up, and not routed.
"""

from __future__ import annotations

from collections.abc import Collection

from slate_pg.config import Product

_MARK = "_spare_"


def is_spare(product: Product, schema: str) -> bool:
    """Tell whether a schema's name is reserved for spares of a product: `shop_spare_1`."""
    number = schema.removeprefix(product.name + _MARK)
    return number != schema and number.isascii() and number.isdigit()


def next_names(product: Product, taken: Collection[str], count: int) -> list[str]:
    """Return reserved names that are free, the lowest numbers first."""
    names: list[str] = []
    number = 0
    while len(names) < count:
        number += 1
        if (name := f"{product.name}{_MARK}{number}") not in taken:
            names.append(name)
    return names
