"""What the searches find: companies, their people and addresses, in canonical form."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tap_sandbox.draws import FIRST_NAMES, LAST_NAMES
from tap_sandbox.vendors.prospector.dates import canonical
from tap_sandbox.vendors.prospector.people import hexadecimal

if TYPE_CHECKING:
    from tap_sandbox.draws import Draw
    from tap_sandbox.tables import Row

POSITIONS = ("CEO", "Head of Sales", 'Engineer "R&D"', "Directrice")
UNKNOWN_REASONS = ("banned", "catchall", "connection_error", "greylist")


def _domain(index: int, count: int) -> str:
    if index == count - 1 and count > 1:
        return "webmail.example"
    return f"company{index + 1}.example"


def company(draw: Draw) -> Row:
    """Make a company; the last is a provider of webmail, and most others know little."""
    number = draw.index + 1
    domain = _domain(draw.index, draw.count)
    known = draw.index % 4 != 3
    return {
        "domain": domain,
        "company_name": f"Company {number} & Co",
        "city": "Zürich" if known else None,
        "founded": str(1990 + number % 30) if known else None,
        "website": f"https://{domain}" if known else None,
        "hq_phone": f"+41 44 000 {number:04d}" if known else None,
        "industry": "Software" if known else None,
        "size": "51-200" if known else None,
        "related_domains": [f"{domain}.example"] if known else [],
        "webmail": domain == "webmail.example",
    }


def _home(draw: Draw) -> str:
    """Return the domain that a person or address is of: the first for half of them."""
    companies = draw.sizes["companies"]
    index = 0 if draw.index % 2 == 0 else draw.index // 2 % max(1, companies - 1)
    return _domain(index, companies)


def domain_prospect(draw: Draw) -> Row:
    """Make a person of a company, with the addresses that a search would find."""
    first, last = draw.pick("first", FIRST_NAMES), draw.pick("last", LAST_NAMES)
    home = _home(draw)
    found = draw.number("emails", 3)
    return {
        "prospect_hash": hexadecimal(draw, "hash", 102),
        "domain": home,
        "first_name": first,
        "last_name": last,
        "position": draw.pick("position", POSITIONS),
        "source_page": f"https://www.linkedin.com/in/market-{draw.index + 1}",
        "searching_date": canonical(draw.moment),
        "emails": [
            {
                "email": f"{'mn'[place]}{draw.index + 1}@{home}",
                "smtp_status": draw.pick(f"status {place}", ("valid", "unknown")),
            }
            for place in range(found)
        ],
    }


def domain_email(draw: Draw) -> Row:
    """Make an address of a company's domain."""
    home = _home(draw)
    return {
        "domain": home,
        "email": f"{'Mixed' if draw.index % 9 == 4 else 'a'}{draw.index}@{home}",
    }


def generic_contact(draw: Draw) -> Row:
    """Make an address that is nobody's own."""
    home = _home(draw)
    return {"domain": home, "email": f"contact{draw.index}@{home}"}
