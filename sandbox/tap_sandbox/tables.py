"""The rows a vendor holds, built when first asked for and open to change."""

from __future__ import annotations

from bisect import bisect_left
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, TypeAlias, TypeVar, cast

from tap_sandbox.draws import Draw, Source

if TYPE_CHECKING:
    from collections.abc import Callable, Hashable, Mapping

Row: TypeAlias = dict[str, Any]
Derived = TypeVar("Derived")
_DERIVED_AT_MOST = 64


class RowError(Exception):
    """A change of rows that cannot be made; the text says why."""


@dataclass(frozen=True)
class Table:
    """What a table is.

    Attributes:
        name: Its name in control routes and in `--rows`.
        key: The field that tells rows apart.
        size: Rows at the scale "small".
        row: Makes the row of a draw, in canonical form: one spelling, one type a field.
        scales: Whether `--scale` changes the size; settings such as tags do not grow.
        bulk: How many rows in the middle share one instant. Longer than the vendor's page, so
            that a reader who relies on time alone is found out.
        references: Fields that hold a list of keys of another table, by field; a key leaves
            the list when its row is deleted.
    """

    name: str
    key: str
    size: int
    row: Callable[[Draw], Row]
    scales: bool = True
    bulk: int = 250
    references: Mapping[str, str] = field(default_factory=dict)


class TableRows:
    """The rows of one table of one running sandbox."""

    def __init__(self, table: Table, source: Source) -> None:
        self.table = table
        self._source = source
        self._rows: dict[str, Row] | None = None
        self._next = source.sizes[table.name]
        self._derived: dict[Hashable, Any] = {}

    def _draw(self, index: int) -> Draw:
        return Draw(self._source, self.table.name, index)

    @property
    def _by_key(self) -> dict[str, Row]:
        # Not built at the start: a sandbox with 100,000 contacts must start at once.
        if self._rows is None:
            make, key = self.table.row, self.table.key
            built = (
                make(self._draw(index)) for index in range(self._source.sizes[self.table.name])
            )
            self._rows = {str(row[key]): row for row in built}
        return self._rows

    def __len__(self) -> int:
        """Return the number of rows, without building them."""
        return self._source.sizes[self.table.name] if self._rows is None else len(self._rows)

    def get(self, key: object) -> Row | None:
        """Return the row with a key (compared as text), or None."""
        return self._by_key.get(str(key))

    def all(self) -> list[Row]:
        """Return all rows, oldest first."""
        return list(self._by_key.values())

    def derived(self, name: Hashable, build: Callable[[list[Row]], Derived]) -> Derived:
        """Return what `build` makes of all rows, kept under `name` until a row changes."""
        if name not in self._derived:
            if len(self._derived) >= _DERIVED_AT_MOST:
                self._derived.clear()
            self._derived[name] = build(self.all())
        return cast("Derived", self._derived[name])

    def find(self, name: str, value: object) -> Row | None:
        """Return a row by another unique field, or None."""
        index = self.derived(("find", name), lambda rows: {row[name]: row for row in rows})
        return index.get(value)

    def window(
        self,
        name: str,
        start: str = "",
        end: str = "",
        *,
        newest_first: bool,
        ties_ascending: bool = False,
    ) -> list[Row]:
        """Return the rows of a span of time, in order of it.

        Args:
            name: The field with the time, a text that sorts as time does.
            start: Rows before it are left out; empty means no bound.
            end: Rows at it or later are left out; empty means no bound.
            newest_first: The direction.
            ties_ascending: Whether rows of one instant come in order of arrival, whatever the
                direction; else they come in the direction of the whole.
        """

        def build(rows: list[Row]) -> tuple[list[str], list[Row]]:
            keep = not newest_first or not ties_ascending
            ascending = sorted(rows if keep else rows[::-1], key=lambda row: row[name])
            times = [row[name] for row in ascending]
            return times, ascending[::-1] if newest_first else ascending

        times, rows = self.derived(("window", name, newest_first, ties_ascending), build)
        low = bisect_left(times, start) if start else 0
        high = bisect_left(times, end) if end else len(times)
        high = max(low, high)
        return rows[len(rows) - high : len(rows) - low] if newest_first else rows[low:high]

    def insert(self, given: Mapping[str, Any]) -> Row:
        """Add a row; fields left out get made-up values, its time is after all initial rows.

        Raises:
            RowError: A field is unknown, or the key is taken.
        """
        row = self.table.row(self._draw(self._next))
        self._check_fields(row, given)
        row.update(given)
        key = str(row[self.table.key])
        if key in self._by_key:
            raise RowError(f"{self.table.name} already has a row {key}")
        self._by_key[key] = row
        self._next += 1
        self._derived.clear()
        return row

    def patch(self, key: object, changes: Mapping[str, Any]) -> Row:
        """Change fields of a row, not its key.

        Raises:
            RowError: There is no such row or field, or the key would change.
        """
        row = self.existing(key)
        self._check_fields(row, changes)
        if changes.get(self.table.key, row[self.table.key]) != row[self.table.key]:
            raise RowError(f"the key {self.table.key} of a row does not change")
        changed = {**row, **changes}
        self._by_key[str(key)] = changed
        self._derived.clear()
        return changed

    def delete(self, key: object) -> Row:
        """Remove a row and return it.

        Raises:
            RowError: There is no such row.
        """
        row = self.existing(key)
        del self._by_key[str(key)]
        self._derived.clear()
        return row

    def forget(self, name: str, key: object) -> None:
        """Remove a deleted row's key from the lists in field `name`."""
        for own, row in self._by_key.items():
            if key in row[name]:
                self._by_key[own] = {**row, name: [one for one in row[name] if one != key]}
        self._derived.clear()

    def existing(self, key: object) -> Row:
        """Return the row with a key.

        Raises:
            RowError: There is no such row.
        """
        row = self.get(key)
        if row is None:
            raise RowError(f"{self.table.name} has no row {key}")
        return row

    def _check_fields(self, row: Row, given: Mapping[str, Any]) -> None:
        unknown = sorted(given.keys() - row.keys())
        if unknown:
            raise RowError(f"{self.table.name} has no field {', '.join(unknown)}")
