"""Which requests a fault or a plan is for."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

if TYPE_CHECKING:
    from tap_sandbox.vendor import Call


class Matching(msgspec.Struct, kw_only=True, forbid_unknown_fields=True):
    """A condition on requests; what is left out matches everything.

    Attributes:
        vendor: The vendor's name.
        path: The end of the path, such as `/contacts`.
        method: The HTTP method.
        query: Parameters that the query must hold with these values.
    """

    vendor: str = ""
    path: str = ""
    method: str = ""
    query: dict[str, str] = {}

    def matches(self, call: Call) -> bool:
        """Return whether a request meets the condition."""
        return (
            self.vendor in ("", call.state.vendor.name)
            and call.path.endswith(self.path)
            and self.method in ("", call.method)
            and self.query.items() <= call.query.items()
        )
