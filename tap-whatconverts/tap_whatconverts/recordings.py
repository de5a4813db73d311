"""The audio of calls. More lines than a plain stream has, because files are saved."""

from __future__ import annotations

import hashlib
import typing as t
from dataclasses import replace
from functools import cached_property
from http import HTTPStatus

from tap_shared.errors import OutputError, RefusedError, RunError, StreamError
from tap_shared.walks import Page
from typing_extensions import override

from tap_whatconverts.client import WhatConvertsStream
from tap_whatconverts.storage import Storage, storage_at
from tap_whatconverts.streams import Leads

if t.TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from datetime import datetime

    from singer_sdk.helpers.types import Context
    from singer_sdk.singerlib import Catalog

GONE = {HTTPStatus.BAD_REQUEST, HTTPStatus.NOT_FOUND, HTTPStatus.GONE}
"""What the vendor uses for a number that it does not know; which one here is not documented."""


class Recordings(WhatConvertsStream):
    """The recording of one call, saved as `<lead_id>.mp3` under `recordings_path`.

    Deselected by default: 1 request per recording that is not saved yet. Only leads that this run
    reads count; without `leads` selected, that is all leads, at 1 request per 2,500 of them.
    """

    name = "recordings"
    path = "/recording"
    primary_keys = ("lead_id",)
    selected_by_default = False
    when_short = "keeps what it has saved, goes on in a run that reads the same leads"
    parent = Leads
    parent_keys: t.ClassVar[Mapping[str, str]] = {"lead_id": "lead_id", "recording": "recording"}

    @override
    def apply_catalog(self, catalog: Catalog) -> None:
        super().apply_catalog(catalog)
        if self.selected:
            # Now, for the next run may not read again the leads that this one has read.
            _ = self._storage

    @override
    def parameters(self, context: Context) -> Mapping[str, int]:
        return {"lead_id": context["lead_id"]}

    @override
    def pages(self, context: Context, since: datetime | None) -> Iterator[Page]:
        if not context["recording"]:
            return
        # A number, so that no text of the vendor's becomes a path.
        name = f"{context['lead_id']:d}.mp3"
        try:
            audio = self._storage.read(name)
            if audio is None:
                audio = self._fetched(context)
                self._storage.save(name, audio)
        except RefusedError as error:
            if error.status not in GONE:
                # Not about this lead, so each further request would be refused and count too.
                raise RunError(str(error)) from error
            self.logger.warning("%s; lead %s is skipped", error, context["lead_id"])
            return
        except OSError as error:
            raise OutputError(f"{self.name}: {name} can't be saved or read: {error}") from error
        record = {
            "lead_id": context["lead_id"],
            "address": self._storage.address(name),
            "size": len(audio),
            "sha256": hashlib.sha256(audio).hexdigest(),
            "content_type": "audio/mpeg",
        }
        yield Page([record for _, record in self.answer(record, context).keyed])

    @cached_property
    def _storage(self) -> Storage:
        return storage_at(self.config.get("recordings_path", ""))

    def _fetched(self, context: Context) -> bytes:
        request = replace(self.request(context, {}), accept="audio/mpeg")
        audio, _ = self._tap.transport.send_for_bytes(request, self.name)
        # Saved is saved for ever: an error with status 200 must not be.
        if audio.lstrip()[:1] in {b"", b"{", b"<"}:
            raise StreamError(f"{self.name}: {self.path} answered no audio")
        return audio
