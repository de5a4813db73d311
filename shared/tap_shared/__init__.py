"""What the taps of the pack stand on.

A stream asks its walk for pages; the walk asks the transport; the transport paces, signs, sends,
retries and checks; records are made true to their schema and written; at a safe point the
bookmark moves. Each of these is one module here, and none of them knows a vendor.
"""

from tap_shared.api import Api, Request
from tap_shared.authentication import (
    authorization_header,
    basic_authentication,
    client_credentials,
)
from tap_shared.conform import renamed
from tap_shared.cursors import OldestFirst
from tap_shared.derived import PartOfParent
from tap_shared.pages import NumberedPages, OffsetPages
from tap_shared.schemas import FileSchema
from tap_shared.searches import PaidStream, SearchStream
from tap_shared.settings import credential, settings
from tap_shared.stream import ApiStream
from tap_shared.tap import ApiTap
from tap_shared.walks import OneAnswer, Walk
from tap_shared.windows import DateWindows, NewestFirst, Since, WhateverItsStart

__all__ = [
    "Api",
    "ApiStream",
    "ApiTap",
    "DateWindows",
    "FileSchema",
    "NewestFirst",
    "NumberedPages",
    "OffsetPages",
    "OldestFirst",
    "OneAnswer",
    "PaidStream",
    "PartOfParent",
    "Request",
    "SearchStream",
    "Since",
    "Walk",
    "WhateverItsStart",
    "authorization_header",
    "basic_authentication",
    "client_credentials",
    "credential",
    "renamed",
    "settings",
]
