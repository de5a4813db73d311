"""The settings that all taps share, and what is said of settings that don't fit."""

from __future__ import annotations

import difflib
import ipaddress
import typing as t
from urllib.parse import urlsplit

from jsonschema.exceptions import best_match
from requests import PreparedRequest, RequestException
from singer_sdk import typing as th
from singer_sdk.configuration._dict_config import parse_environment_config
from singer_sdk.plugin_base import JSONSchemaValidator

from tap_shared.bookmarks import instant, is_possible
from tap_shared.masking import SHORTEST_SECRET

if t.TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from jsonschema.exceptions import ValidationError


MOST_DAYS = 3650
AN_HOUR = 3600


def credential(name: str, title: str, description: str) -> th.Property[str]:
    """Declare a setting that is never shown."""
    return th.Property(
        name, th.StringType, required=True, secret=True, title=title, description=description
    )


def settings(
    *credentials: th.Property[str],
    api_url: str,
    requests_per_minute: int,
    lookback_days: int,
    user_agent: str,
    request_timeout_seconds: int = 60,
    pace: str = "The default is the vendor's limit.",
    more: tuple[th.Property[t.Any], ...] = (),
) -> dict[str, t.Any]:
    """Return the settings of a tap as a JSON schema.

    Args:
        credentials: in the vendor's own words.
        api_url: the vendor's base address.
        requests_per_minute: the vendor's documented limit, or what stands for it.
        lookback_days: the vendor's default.
        user_agent: the name of the tap.
        request_timeout_seconds: the vendor's default.
        pace: what the default of `requests_per_minute` stands for, a sentence.
        more: what only this vendor needs.
    """
    common: list[th.Property[t.Any]] = [
        th.Property(
            "start_date",
            th.DateTimeType,
            title="Start date",
            description="The oldest data that an incremental stream reads on its first run, such "
            "as 2024-01-31T00:00:00Z. Without it, everything.",
        ),
        th.Property(
            "lookback_days",
            th.IntegerType(minimum=0, maximum=MOST_DAYS),
            default=lookback_days,
            title="Lookback",
            description="Days before the bookmark that an incremental stream reads again, so that "
            "late changes arrive.",
        ),
        th.Property(
            "api_url",
            th.StringType,
            default=api_url,
            title="API address",
            description="The vendor's base address. Another one only for a sandbox.",
        ),
        th.Property(
            "requests_per_minute",
            th.IntegerType(minimum=1, maximum=1_000_000),
            default=requests_per_minute,
            title="Requests a minute",
            description=f"The most HTTP requests a minute, spread evenly. {pace}",
        ),
        th.Property(
            "max_requests",
            th.IntegerType(minimum=1),
            title="Most requests",
            description="The most HTTP requests that one run may spend, tokens and retries "
            "counted. Without it, as many as it takes.",
        ),
        th.Property(
            "request_timeout_seconds",
            th.IntegerType(minimum=1, maximum=AN_HOUR),
            default=request_timeout_seconds,
            title="Time-out",
            description="Seconds without a byte from the vendor before a request is given up.",
        ),
        th.Property(
            "user_agent",
            th.StringType,
            default=user_agent,
            title="User agent",
            description="How the tap names itself to the vendor.",
        ),
        th.Property(
            "keep_unmapped",
            th.BooleanType,
            default=True,
            title="Keep unmapped properties",
            description="Whether properties that no schema names are kept in `_unmapped`.",
        ),
        th.Property(
            "emit_activate_version_messages",
            th.BooleanType,
            default=False,
            title="Tell deletions",
            description="Whether the end of a complete full read is told by ACTIVATE_VERSION, so "
            "that the loader can remove rows that are gone.",
        ),
    ]
    return t.cast("dict[str, t.Any]", th.PropertiesList(*credentials, *more, *common).to_dict())


def problems(
    schema: Mapping[str, t.Any], config: dict[str, t.Any], environment_prefix: str
) -> Iterator[str]:
    """Yield what is wrong with a configuration, after filling in its defaults.

    No problem shows a value: it may be a secret in the wrong place.
    """
    properties = schema["properties"]
    for name in sorted(config.keys() - properties.keys()):
        nearest = difflib.get_close_matches(name, properties, 1)
        hint = f"did you mean `{nearest[0]}`?" if nearest else "see --about for those there are"
        yield f"setting `{name}` is unknown: {hint}"
    errors = JSONSchemaValidator(dict(schema)).iter_errors(config)
    # Of two that are missing, each has an error, and both errors name both.
    yield from dict.fromkeys(
        line for error in errors for line in _problems(best_match([error]), environment_prefix)
    )
    for name, declared in properties.items():
        value = config.get(name)
        if isinstance(value, float) and value.is_integer():
            config[name] = int(value)  # JSON knows no difference, but an address would show it
        if declared.get("secret") and isinstance(value, str):
            yield from _header_problems(name, value, environment_prefix)
    for name, look in (
        ("start_date", _date_problems),
        ("api_url", _address_problems),
        ("user_agent", lambda value: _header_problems("user_agent", value, environment_prefix)),
    ):
        if isinstance(config.get(name), str):
            yield from look(config[name])


def environment_problems(schema: Mapping[str, t.Any], prefix: str) -> Iterator[str]:
    """Yield what the SDK can't read from the environment; its own error names no setting."""
    for name, declared in schema["properties"].items():
        try:
            parse_environment_config({"properties": {name: declared}}, prefix)
        except ValueError:
            kinds = declared.get("type")
            yield f"setting `{name}`: {prefix}{name.upper()} must {_rule('type', kinds)}"


def _problems(error: ValidationError, environment_prefix: str) -> Iterator[str]:
    place = ".".join(map(str, error.absolute_path))
    if error.validator != "required":
        yield f"setting `{place}` must {_rule(str(error.validator), error.validator_value)}"
        return
    given = t.cast("dict[str, t.Any]", error.instance)
    for name in t.cast("list[str]", error.validator_value):
        if name not in given and place:
            yield f"setting `{place}` lacks `{name}`"
        elif name not in given:
            yield f"setting `{name}` is missing: set it, or {environment_prefix}{name.upper()}"


def _rule(keyword: str, value: t.Any) -> str:
    """Return a rule of a JSON schema in words that go on from "must"."""
    if keyword == "type":
        kinds = [each for each in ([value] if isinstance(value, str) else value) if each != "null"]
        return f"be of type {' or '.join(kinds)}"
    if keyword in {"anyOf", "oneOf"}:
        rules = [
            f"be {each['const']}" if "const" in each else _rule("type", each["type"])
            for each in value
            if each.get("type") not in ("null", ["null"])
        ]
        return " or ".join(rules)
    return f"have {keyword} {value}"


def _header_problems(name: str, value: str, environment_prefix: str) -> Iterator[str]:
    if not value:
        yield f"setting `{name}` is empty: set it, or {environment_prefix}{name.upper()}"
    elif not (value.isascii() and value.isprintable()) or value != value.strip():
        yield f"setting `{name}` holds blanks or characters that no header takes: copy it again"
    elif name != "user_agent" and len(value) < SHORTEST_SECRET:
        yield (
            f"setting `{name}` has fewer than {SHORTEST_SECRET} characters, as no credential has: "
            "copy it again"
        )


def _date_problems(start_date: str) -> Iterator[str]:
    try:
        moment = instant(start_date)
    except ValueError:
        yield "setting `start_date` is no date-time; write it as 2024-01-31T00:00:00Z"
        return
    if not is_possible(moment):
        yield "setting `start_date` is before 1970 or in the future"


def _address_problems(api_url: str) -> Iterator[str]:
    wrong = "setting `api_url` is no address; it starts with https://"
    try:
        address = urlsplit(api_url)
        # What can't be sent is known here, and not after as many tries as for a lost connection.
        PreparedRequest().prepare_url(api_url, {})
        (address.hostname or "").encode("idna")
    except (ValueError, RequestException):
        yield wrong
        return
    try:
        loopback = ipaddress.ip_address(address.hostname or "").is_loopback
    except ValueError:
        loopback = address.hostname == "localhost"
    if not address.hostname or address.scheme not in {"http", "https"}:
        yield wrong
    elif address.scheme == "http" and not loopback:
        yield "setting `api_url` must start with https://, or credentials would travel in the open"
    elif "@" in address.netloc or address.query or address.fragment or not api_url.isprintable():
        yield "setting `api_url` must hold host and path alone"
