"""Errors whose message is meant for the user, and the shortening of what they quote."""

from __future__ import annotations

_LONGEST_LINE = 500
_LONGEST_VALUE = 80


class TargetDuckDBError(Exception):
    """Something the user can act on; the message says all there is to know."""


class RecordError(TargetDuckDBError):
    """A value that its column cannot hold without changing it."""

    def __init__(self, stream_name: str, column: str, problem: str) -> None:
        super().__init__(f"Stream '{stream_name}', column '{column}': {problem}")


def one_line(text: str, longest: int = _LONGEST_LINE) -> str:
    """Put a text on one line, and cut the middle out of a long one.

    Args:
        text: Any text.
        longest: Length in characters above which the middle is cut out.

    Returns:
        A text without line breaks of about `longest` characters at most.
    """
    line = " ".join(text.split())
    if len(line) <= longest:
        return line
    return f"{line[: longest // 2]} … {line[-longest // 2 :]}"


def quoted_value(value: object) -> str:
    """Show a record's value in a message.

    Args:
        value: Any value.

    Returns:
        Its representation on one line, shortened.
    """
    return one_line(str(value) if isinstance(value, (int, float)) else repr(value), _LONGEST_VALUE)
