"""What can go wrong, sorted by how far the trouble reaches.

A message is one line for the person who reads the log: what failed, on which stream, what the
vendor said, what to do. It holds no body and no credentials.
"""

from __future__ import annotations


class TapError(Exception):
    """A run that can't go on, or did not end well; its text is the line the user reads."""


class SettingsError(TapError):
    """Settings, a catalog or a state that can't be used.

    The message stays one line though it may name what stands in them, line breaks included.
    """

    def __init__(self, message: str) -> None:
        super().__init__(
            "".join(each if each.isprintable() else ascii(each)[1:-1] for each in message)
        )


class StreamError(Exception):
    """One stream, or one partition of it, can't be read; the other streams can."""


class RefusedError(StreamError):
    """The vendor refused one request with a status that no repetition changes.

    Attributes:
        status: the HTTP status of the answer.
    """

    def __init__(self, message: str, status: int) -> None:
        super().__init__(message)
        self.status = status


class LastingError(StreamError):
    """The vendor failed on one request again and again, or once on one that costs credits."""


class WholeStreamError(StreamError):
    """What keeps one partition from being read keeps the others, too: they are not tried."""


class CreditsError(WholeStreamError):
    """A stream would spend more credits than the run may."""


class RunError(BaseException):
    """The whole run ends here.

    No `Exception`, as an interrupt is none: nothing between the transport and the tap may take
    it for the trouble of one stream.
    """


class CredentialsError(RunError):
    """The vendor does not accept the credentials.

    Attributes:
        status: the HTTP status of the answer.
    """

    def __init__(self, message: str, status: int = 401) -> None:
        super().__init__(message)
        self.status = status


class QuotaError(RunError):
    """The vendor's quota is used up for longer than a run should wait."""


class UnreachableError(RunError):
    """The vendor does not answer."""


class OutputError(RunError):
    """Nobody takes the messages: the loader is gone, or the disk is full."""


class BudgetError(RunError):
    """The run has spent the requests that `max_requests` allows."""
