"""What a vendor is: the declaration that each module under `vendors` gives."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, TypeAlias
from urllib.parse import parse_qsl

import msgspec

from tap_sandbox.answers import Answer, BadParameter
from tap_sandbox.draws import Source
from tap_sandbox.limits import Limit, Limiter
from tap_sandbox.tables import Row, RowError, Table, TableRows

OptionValue: TypeAlias = str | int | bool


@dataclass(frozen=True)
class Option:
    """A behaviour that the vendor's documents leave open, and that a test may switch.

    Attributes:
        default: The value chosen; its type is the option's type.
        meaning: What the option changes, a sentence.
        choices: The values allowed; empty means any value of the type.
        check: Raises ValueError for a value that is not allowed although it has the type.
    """

    default: OptionValue
    meaning: str
    choices: tuple[OptionValue, ...] = ()
    check: Callable[[OptionValue], object] | None = None


def at_least_one(value: OptionValue) -> None:
    """Check an option that counts; raises ValueError below 1."""
    if int(value) < 1:
        raise ValueError("at least 1")


COMMON_OPTIONS: Mapping[str, Option] = {
    "limits": Option(True, "whether rate limits are enforced"),
    "limit_parts": Option(
        1,
        "into how many parts each limit is cut: 6 make 60 in a minute into 10 in 10 seconds, so "
        "that a short run meets it",
        check=at_least_one,
    ),
}


class VendorState:
    """What one vendor holds while the sandbox runs.

    Attributes:
        vendor: Its declaration.
        tables: Its rows, by table.
        options: The options in force.
        limiter: The count of requests.
        memory: Whatever else the vendor remembers, such as tokens it gave out.
    """

    def __init__(
        self, vendor: Vendor, seed: int, sizes: Mapping[str, int], *, limited: bool
    ) -> None:
        self.vendor = vendor
        source = Source(seed, sizes, {one.name: one.bulk for one in vendor.tables})
        self.tables = {one.name: TableRows(one, source) for one in vendor.tables}
        self.options: dict[str, OptionValue] = {
            name: option.default for name, option in vendor.all_options.items()
        }
        self.options["limits"] = limited
        self.limiter = Limiter(vendor.limits, self.options)
        self.memory: dict[str, Any] = {}

    def table(self, name: str) -> TableRows:
        """Return a table by name.

        Raises:
            RowError: The vendor has none of this name.
        """
        if name not in self.tables:
            raise RowError(f"{self.vendor.name} has no table {name}: {', '.join(self.tables)}")
        return self.tables[name]

    def delete(self, name: str, key: object) -> Row:
        """Delete a row, and its key from the lists of other tables that name it."""
        row = self.table(name).delete(key)
        for rows in self.tables.values():
            for column, referred in rows.table.references.items():
                if referred == name:
                    rows.forget(column, row[self.tables[name].table.key])
        return row


@dataclass
class Call:
    """One request to a vendor.

    Attributes:
        number: Its place in the log, from 1.
        method: The HTTP method.
        path: The path below the vendor's prefix, such as `/v1/contacts`.
        pairs: The query as it came, repeated names included.
        headers: The headers, names in lower case.
        body: The body's bytes.
        state: What the vendor holds.
        captures: What the route's placeholders stood for.
        credential: The name of the credential it came with, once that is checked.
    """

    number: int
    method: str
    path: str
    pairs: list[tuple[str, str]]
    headers: Mapping[str, str]
    body: bytes
    state: VendorState
    captures: Mapping[str, str] = field(default_factory=dict)
    credential: str = ""
    query: dict[str, str] = field(init=False)

    def __post_init__(self) -> None:
        self.query = dict(self.pairs)

    def option(self, name: str) -> OptionValue:
        """Return the value in force of one of the vendor's options."""
        return self.state.options[name]

    def rows(self, table: str) -> TableRows:
        """Return one of the vendor's tables."""
        return self.state.tables[table]

    def body_fields(self) -> dict[str, Any]:
        """Return the body's members, from JSON or from a form; empty if it holds neither."""
        if "json" in self.headers.get("content-type", ""):
            try:
                decoded = msgspec.json.decode(self.body)
            except msgspec.DecodeError:
                return {}
            return decoded if isinstance(decoded, dict) else {}
        return dict(parse_qsl(self.body.decode("utf-8", "replace"), keep_blank_values=True))

    def integer(
        self, name: str, default: int | None = None, *, lowest: int = 1, highest: int = 2**63 - 1
    ) -> int:
        """Return a whole number of the query.

        Raises:
            BadParameter: It is missing without a default, no whole number, or out of bounds.
        """
        text = self.query.get(name)
        if text is None:
            if default is None:
                raise BadParameter(name, f"The {name} field is required.")
            return default
        if not re.fullmatch(r"-?[0-9]{1,18}", text):
            raise BadParameter(name, f"The {name} field must be an integer.")
        value = int(text)
        if value < lowest:
            raise BadParameter(name, f"The {name} field must be at least {lowest}.")
        if value > highest:
            raise BadParameter(name, f"The {name} field must not be greater than {highest}.")
        return value


Handler: TypeAlias = Callable[[Call], Answer]


class Route:
    """A method and a path below the vendor's base, `{name}` standing for one segment."""

    def __init__(self, method: str, path: str, handler: Handler) -> None:
        """Declare a route.

        Args:
            method: The HTTP method.
            path: The path below the vendor's base. The first route that fits is taken.
            handler: Gives the answer, or raises Refusal or BadParameter.
        """
        self.method = method
        self.handler = handler
        self.pattern = re.compile(re.sub(r"\\\{(\w+)\\\}", r"(?P<\1>[^/]+)", re.escape(path)))


@dataclass(frozen=True)
class Vendor:
    """One vendor's API, as its documents describe it.

    Attributes:
        name: Its prefix and its name in control routes.
        base: The path of its real base address, such as `/v1`.
        credentials: What the sandbox accepts, by the setting's name.
        tables: What it holds.
        routes: What it answers.
        authenticate: Returns the name of the credential that a call came with, or raises
            Refusal with the documented error. Limits count by this name; so where one asks for
            a token it returns the name that the token will have.
        unknown: Answers a path that no route knows (False) or only with another method (True).
        invalid: Answers a parameter outside its documented form.
        too_many: Answers when a limit is passed; gets the seconds until it would not be.
        limits: The rate limits.
        options: The behaviours that the documents leave open.
        views: Further canonical rows for comparing, computed from the tables, by name.
        secret_names: Names in query or body whose values never reach the log.
    """

    name: str
    base: str
    credentials: Mapping[str, str]
    tables: tuple[Table, ...]
    routes: tuple[Route, ...]
    authenticate: Callable[[Call], str]
    unknown: Callable[[Call, bool], Answer]
    invalid: Callable[[Call, BadParameter], Answer]
    too_many: Callable[[Call, float], Answer]
    limits: tuple[Limit, ...] = ()
    options: Mapping[str, Option] = field(default_factory=dict)
    views: Mapping[str, Callable[[VendorState], list[Row]]] = field(default_factory=dict)
    secret_names: frozenset[str] = frozenset()

    @property
    def all_options(self) -> dict[str, Option]:
        """The vendor's own options and those every vendor has."""
        return {**COMMON_OPTIONS, **self.options}

    def route(self, call: Call) -> tuple[Route | None, bool]:
        """Return the route of a call, and whether its path is known with another method."""
        known = False
        if call.path.startswith(self.base):
            below = call.path[len(self.base) :]
            for route in self.routes:
                match = route.pattern.fullmatch(below)
                if match and route.method == call.method:
                    call.captures = match.groupdict()
                    return route, True
                known = known or match is not None
        return None, known
