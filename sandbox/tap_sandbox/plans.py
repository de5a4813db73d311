"""Changes of rows that are to happen while another process reads."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal

import msgspec

from tap_sandbox.matching import Matching
from tap_sandbox.tables import RowError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from tap_sandbox.vendor import Call, VendorState


class Operation(msgspec.Struct, kw_only=True, forbid_unknown_fields=True):
    """One change of one row.

    Attributes:
        operation: What to do.
        vendor: The vendor's name.
        table: The table's name.
        id: The row's key, to patch and to delete.
        row: Fields and values, to insert and to patch.
    """

    operation: Literal["insert", "patch", "delete"]
    vendor: str
    table: str
    id: int | str | None = None
    row: dict[str, Any] = {}

    def check(self, states: Mapping[str, VendorState]) -> None:
        """Raise RowError if the table is not there, or the key is missing."""
        if self.vendor not in states:
            raise RowError(f"there is no vendor {self.vendor}")
        states[self.vendor].table(self.table)
        if self.operation != "insert" and self.id is None:
            raise RowError(f"to {self.operation} a row takes its id")

    def run(self, states: Mapping[str, VendorState]) -> None:
        """Make the change.

        Raises:
            RowError: The row or one of the fields is not there.
        """
        state = states[self.vendor]
        if self.operation == "insert":
            state.table(self.table).insert(self.row)
        elif self.operation == "patch":
            state.table(self.table).patch(self.id, self.row)
        else:
            state.delete(self.table, self.id)


class Plan(Matching, kw_only=True, forbid_unknown_fields=True):
    """Operations that run just before a request is answered.

    Attributes:
        at: The request, counted from 1 among those that match from now on.
        operations: What happens then.
    """

    operations: list[Operation]
    at: int = 1


class Plans:
    """The plans that have not run yet."""

    def __init__(self) -> None:
        self._waiting: list[tuple[Plan, list[int]]] = []
        self.problems: list[str] = []
        """Operations that could not run, such as the deletion of a row already gone."""

    def add(self, plans: list[Plan]) -> None:
        """Make more plans."""
        self._waiting += [(plan, [0]) for plan in plans]

    def pending(self) -> list[Plan]:
        """Return the plans that have not run yet."""
        return [plan for plan, _ in self._waiting]

    def clear(self) -> None:
        """Forget all plans and problems."""
        self._waiting.clear()
        self.problems.clear()

    def run_due(self, call: Call, states: Mapping[str, VendorState]) -> None:
        """Count a request, and run what was planned for it."""
        for entry in list(self._waiting):
            plan, seen = entry
            if not plan.matches(call):
                continue
            seen[0] += 1
            if seen[0] < plan.at:
                continue
            self._waiting.remove(entry)
            self.problems += [
                problem for one in plan.operations if (problem := _run(one, states)) is not None
            ]


def _run(operation: Operation, states: Mapping[str, VendorState]) -> str | None:
    """Make a change; return why it could not be made, or None."""
    try:
        operation.run(states)
    except RowError as error:
        return str(error)
    return None
