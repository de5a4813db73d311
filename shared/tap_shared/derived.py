"""Streams that are part of another one."""

from __future__ import annotations

import copy
import typing as t

from typing_extensions import override

from tap_shared.stream import ApiStream
from tap_shared.walks import Page

if t.TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime

    from singer_sdk.helpers.types import Context


class PartOfParent(ApiStream):
    """A stream whose records stand in those of its parent: it costs no request."""

    path = ""

    @override
    def pages(self, context: Context, since: datetime | None) -> Iterator[Page]:
        body = copy.deepcopy(dict(context))
        yield Page([record for _, record in self.answer(body, context).keyed])
