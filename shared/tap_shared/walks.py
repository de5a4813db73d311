"""Walks: how the rows of a list are read page by page without losing one.

A walk asks for pages through a function that sends one request, and yields what is new. It knows
neither HTTP nor streams, so that it can be tried against a model of a vendor.
"""

from __future__ import annotations

import typing as t
from dataclasses import dataclass

if t.TYPE_CHECKING:
    from collections.abc import Hashable, Iterable, Iterator, Mapping, Sequence
    from datetime import datetime

Record = dict[str, t.Any]


class Row(t.Protocol):
    """A record, of which a walk sees no more than single values."""

    def get(self, name: str, /) -> t.Any:
        """Return the value of a property, `None` where there is none."""
        ...


@dataclass(frozen=True)
class Answer:
    """One answer of the vendor.

    Attributes:
        keyed: the records, each with its key, in the vendor's order.
        body: the decoded body around them.
    """

    keyed: Sequence[tuple[Hashable, Row]]
    body: t.Any


@dataclass(frozen=True)
class Page:
    """What a walk hands on.

    Attributes:
        records: records not handed on before.
        is_safe_point: every row up to the newest one handed on has been read, so that the
            bookmark may move.
        of_pages: how many pages the walk will have, where that is known.
    """

    records: Sequence[Row] = ()
    is_safe_point: bool = False
    of_pages: int | None = None


class Ask(t.Protocol):
    """Sends one request."""

    def __call__(
        self, asked: Mapping[str, t.Any], /, then: Iterable[Mapping[str, t.Any]] = ()
    ) -> Answer:
        """Return the answer to one request; raises what the transport raises.

        Args:
            asked: the request's parameters.
            then: those of the requests that will follow unless rows move, so that they may be sent
                before they are asked for.
        """
        ...


class Walk(t.Protocol):
    """How a stream's rows are read."""

    def pages(self, ask: Ask, since: datetime | None) -> Iterator[Page]:
        """Yield the pages of all rows, or of those since a point in time.

        The end of the walk is a safe point without being marked as one.

        Raises:
            StreamError: if it can't be made sure that every row was read.
        """
        ...


@dataclass(frozen=True)
class OneAnswer:
    """A list that comes whole in one answer."""

    def pages(self, ask: Ask, since: datetime | None) -> Iterator[Page]:
        """Yield the one page."""
        del since  # there is nothing to leave out
        yield Page([record for _, record in ask({}).keyed], of_pages=1)


def with_parameters(ask: Ask, parameters: Mapping[str, t.Any]) -> Ask:
    """Return a function that asks with these parameters beside those it is given."""

    def asking(asked: Mapping[str, t.Any], /, then: Iterable[Mapping[str, t.Any]] = ()) -> Answer:
        return ask({**parameters, **asked}, ({**parameters, **each} for each in then))

    return asking
