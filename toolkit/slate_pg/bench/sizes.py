"""Says what a scale put into a product's tables: how many rows, how large, and where most of them are."""

from __future__ import annotations

from dataclasses import dataclass

from slate_pg.bench.scaled import Scaled
from slate_pg.postgres.connection import package_sql

HEAD = ("product", "slices", "rows", "MiB", "seconds", "largest tables")
LARGEST = 5


@dataclass(frozen=True)
class Sizes:
    """One product at a scale: rows and bytes in all tables, the seconds its slices took, and the largest tables."""

    product: str
    scale: int
    rows: int
    bytes: int
    seconds: float
    largest: tuple[tuple[str, int], ...]

    @property
    def row(self) -> tuple[str, ...]:
        """The cells of its line in a table under HEAD."""
        tables = ", ".join(f"{name} {rows:,}" for name, rows in self.largest)
        mebibytes = f"{self.bytes / 1024**2:,.0f}"
        return self.product, f"{self.scale:,}", f"{self.rows:,}", mebibytes, f"{self.seconds:,.0f}", tables


def measure_sizes(scaled: Scaled) -> Sizes:
    """Return what is in the product's tables, as the VACUUM after the load counted it. Reads only."""
    query = package_sql("bench/find_sizes").encode()
    found = scaled.connection.execute(query, {"schema": scaled.product.schema}).fetchall()
    return Sizes(
        scaled.product.name, scaled.scale, sum(rows for _, rows, _ in found), sum(size for _, _, size in found),
        sum(scaled.slices) / 1000, tuple((name, rows) for name, rows, _ in found[:LARGEST]),
    )  # fmt: skip
