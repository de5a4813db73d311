"""Prospects and their lists, in canonical form."""

from __future__ import annotations

import base64
from datetime import timedelta
from typing import TYPE_CHECKING, Any, NamedTuple

from tap_sandbox.draws import END, family_name, given_name
from tap_sandbox.vendors.prospector.dates import canonical, moved

if TYPE_CHECKING:
    from tap_sandbox.draws import Draw
    from tap_sandbox.tables import Row

FIRST_LIST = 100_001
FIRST_CAMPAIGN = 700_001
LABELS = ("Phone", "Birthday", "fdfd", "рпа", "Project name")
INDUSTRIES = ("Software", "Food & Beverages", 'So-called "green"', "Métallurgie", None)
COUNTRIES = ("France", "Côte d'Ivoire", "日本", "United States", None)


class Person(NamedTuple):
    """Who a prospect is: what lists, campaigns and events say of one and the same.

    Attributes:
        event_id: The 77 hex digits of events; lists have another id, of 74.
        first: The first name.
        last: The last name.
        name: Both.
        email: The address.
        linkedin: The address of the profile.
        country: The country.
        industry: The industry.
        locality: The place.
    """

    event_id: str
    first: str | None
    last: str | None
    name: str | None
    email: str
    linkedin: str | None
    country: str | None
    industry: str | None
    locality: str | None


def hexadecimal(draw: Draw, what: str, length: int) -> str:
    """Return hex digits, fixed and different for each row; at least 16."""
    parts = range(-(-length // 16))
    return "".join(f"{draw.bits(f'{what} {part}'):016x}" for part in parts)[:length]


def person(draw: Draw) -> Person:
    """Return who the prospect of a draw is."""
    number = draw.index + 1
    first, last = given_name(draw), family_name(draw)
    mixed_case = draw.chance("mixed case", 8)
    country = draw.pick("country", COUNTRIES)
    return Person(
        event_id=hexadecimal(draw, "event id", 77),
        first=first,
        last=last,
        name=" ".join(one for one in (first, last) if one) or None,
        email=f"Person.{number}@Example.com" if mixed_case else f"person{number}@example.com",
        linkedin=(
            f"https://www.linkedin.com/in/person-{number}" if draw.chance("linkedin", 60) else None
        ),
        country=country,
        industry=draw.pick("industry", INDUSTRIES),
        locality=f"City {draw.number('city', 30)}, {country}" if country else None,
    )


def has_email(index: int) -> bool:
    """Return whether the list shows an address of the prospect: not of every 23rd."""
    return index % 23 != 22


def prospect_index(draw: Draw) -> int:
    """Return which prospect a recipient is: each another one, as far as they suffice."""
    index = (draw.index + draw.index // 22) % max(1, draw.sizes["prospects"])
    return index if has_email(index) else index - 1


def campaign_index(draw: Draw) -> int:
    """Return which campaign a recipient is in: the first for half, never a draft.

    It comes from the campaigns that are older than the recipient's own place, so that no event
    of a campaign is older than the campaign.
    """
    if draw.chance("first campaign", 50):
        return 0
    count = draw.sizes["campaigns"]
    older = min(count, draw.index * count // max(1, draw.count))
    index = draw.number("campaign", max(1, older))
    return index - 1 if is_draft(index) else index


def is_draft(index: int) -> bool:
    """Return whether a campaign is a draft."""
    return index % 5 == 3


def is_deleted(index: int) -> bool:
    """Return whether a list is deleted."""
    return index % 4 == 2


def list_of_campaign(draw: Draw, index: int) -> int:
    """Return the id of a campaign's list: not a deleted one, nor the last, which is empty."""
    place = index % max(1, draw.sizes["lists"] - 1)
    return FIRST_LIST + (place - 1 if is_deleted(place) else place)


def prospect(draw: Draw) -> Row:
    """Make a prospect: what its lists, its detail and its profile show.

    `minimal` marks those whose detail lacks social, jobs, lists and campaigns.
    """
    who = person(draw)
    lists = []
    if has_email(draw.index):
        recipient = draw.other("recipients", draw.index - (draw.index + 1) // 23)
        lists = [list_of_campaign(draw, campaign_index(recipient))]
    others = range(FIRST_LIST, FIRST_LIST + min(8, draw.sizes["lists"] - 1))
    lists += [one for one in draw.some("lists", 8, others) if one not in lists]
    random = hexadecimal(draw, "detail", 32)
    jobs = [_job(draw, place) for place in range(draw.number("jobs", 4))]
    social = [{"link": who.linkedin, "type": "linkedIn"}] if who.linkedin else []
    if draw.chance("twitter", 20):
        social.append({"link": f"https://twitter.com/p{draw.index + 1}", "type": "twitter"})
    return {
        "id": hexadecimal(draw, "id", 74),
        "event_id": who.event_id,
        "detail_id": base64.urlsafe_b64encode(bytes.fromhex(random)).decode(),
        "profile_id": 50_000_001 + draw.index,
        "email": who.email,
        "name": who.name,
        "firstName": who.first,
        "lastName": who.last,
        "emails": [_email(draw, who.email)] if has_email(draw.index) else [],
        "industry": who.industry,
        "country": who.country,
        "locality": who.locality,
        "social": social,
        "lastUpdateDate": canonical(draw.moment),
        "currentJob": jobs[:1],
        "previousJob": jobs[1:],
        "lists": lists,
        "minimal": draw.chance("minimal", 8),
    }


def _email(draw: Draw, email: str) -> Row:
    known = draw.chance("checked", 70)
    return {
        "email": email,
        "probability": 99 - draw.number("probability", 30),
        "isVerified": None,
        "jobStatus": "any",
        "domainType": draw.pick("type", ("linkedin_email", "company_domain")),
        "isValidFormat": True if known else None,
        "isDisposable": False if known else None,
        "isWebmail": draw.chance("webmail", 10) if known else None,
        "isGibberish": False if known else None,
        # What the numbers mean is not documented; 3 is the one on record.
        "smtpStatus": 3 if known else None,
    }


def _job(draw: Draw, place: int) -> Row:
    number = draw.number(f"company {place}", 40)
    began = END - timedelta(days=400 * (place + 1))
    job: dict[str, Any] = {
        "companyName": f"Company {number} & Co",
        "position": draw.pick(f"position {place}", ("CEO", 'Head of "Growth"', "Développeuse")),
        "socialLink": f"https://www.linkedin.com/company/{number}",
        "site": f"company{number}.example",
        "locality": None,
        "state": None,
        "city": f"City {number}",
        "street": f"{number} Main Street",
        "street2": None,
        "postal": f"{number * 37:05d}",
        "founded": str(1980 + number),
        "startDate": began.date().isoformat(),
        "endDate": None if place == 0 else (began + timedelta(days=390)).date().isoformat(),
        "size": draw.pick(f"size {place}", ("11-50", "51-200", "10001+")),
        "industry": "Software",
        "companyType": None,
        "country": "France",
    }
    if draw.chance(f"extra {place}", 20):
        # Not in the documents, but seen.
        job["hqPhone"] = f"+33 1 23 45 67 {number:02d}"
    return job


def prospect_list(draw: Draw) -> Row:
    """Make a list of prospects; how many it has is counted when it is read."""
    deleted = is_deleted(draw.index)
    names = ('Leads "A"', "Été / hiver", "Deleted, with prospects", "Trade fair")
    return {
        "id": FIRST_LIST + draw.index,
        "name": names[draw.index] if draw.index < len(names) else f"List {draw.index + 1}",
        "isDeleted": deleted,
        "creationDate": canonical(draw.moment),
        "deletionDate": canonical(moved(draw, draw.moment, 10 * 86400)) if deleted else None,
    }


def label(index: int) -> str:
    """Return the label of a custom field."""
    return LABELS[index] if index < len(LABELS) else f"Field {index + 1}"


def custom_field(draw: Draw) -> Row:
    """Make a custom field of prospects."""
    name = label(draw.index)
    return {
        "key": f"customFields['{name}']",
        "label": name,
        "required": draw.index == 0,
        "type": ("string", "date", "number")[draw.index % 3],
    }
