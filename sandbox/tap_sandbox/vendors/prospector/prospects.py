"""Prospector's endpoints about prospects and their lists."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from tap_sandbox.paging import numbered_page
from tap_sandbox.vendors.prospector.answers import answer, failed, number, required
from tap_sandbox.vendors.prospector.dates import php, plain
from tap_sandbox.vendors.prospector.grouped import by_field
from tap_sandbox.vendors.prospector.searches import note_paid, out_of_credits

if TYPE_CHECKING:
    from tap_sandbox.answers import Answer
    from tap_sandbox.tables import Row
    from tap_sandbox.vendor import Call, VendorState

LISTED = ("id", "name", "firstName", "lastName", "emails")
OPTIONAL = ("social", "currentJob", "previousJob", "lists", "campaigns")
"""What a minimal detail lacks; in canonical form it is null there."""


def members(state: VendorState, list_id: int) -> list[Row]:
    """Return the prospects of a list, first added first."""

    def build(rows: list[Row]) -> dict[int, list[Row]]:
        found: dict[int, list[Row]] = {}
        for row in rows:
            for one in row["lists"]:
                found.setdefault(one, []).append(row)
        return found

    return state.tables["prospects"].derived("members", build).get(list_id, [])


def user_list(state: VendorState, row: Row) -> Row:
    """Return a list with the number of its prospects, which deleted lists keep."""
    head = {name: row[name] for name in ("id", "name")}
    dates = {name: row[name] for name in ("isDeleted", "creationDate", "deletionDate")}
    return {**head, "contacts": len(members(state, row["id"])), **dates}


def get_user_lists(call: Call) -> Answer:
    """GET /v1/get-user-lists: a bare array, newest first as in the example, deleted ones too."""
    found = [user_list(call.state, row) for row in call.rows("lists").all()[::-1]]
    dates = ("creationDate", "deletionDate")
    return answer([{**row, **{name: php(row[name]) for name in dates}} for row in found])


def listed_prospect(row: Row) -> Row:
    """Return a prospect as its lists show it."""
    return {name: row[name] for name in LISTED}


def _with_nul(row: Row) -> Row:
    """Return a record whose name may hold a NUL, which clients have to strip.

    Canonical rows hold the name without it.
    """
    if row["name"] and str(row["id"])[:1] in "01":
        return {**row, "name": f"{row['name']}\u0000"}
    return row


def post_prospect_list(call: Call) -> Answer:
    """POST /v1/prospect-list: newest added first, by page and perPage.

    The largest perPage is 100 in older documents and 5000 in newer ones: an option decides, and
    what exceeds it is taken for it. The default is not documented: 100.
    """
    list_id = number(call, "listId")
    place = call.integer("page", 1)
    size = min(call.integer("perPage", 100), int(call.option("prospects_page")))
    row = call.rows("lists").get(list_id)
    if row is None:
        return answer({"success": False, "message": "List not found"}, 400)
    if row["isDeleted"] and not call.option("deleted_lists_readable"):
        # What a deleted list gets is not documented: as one that does not exist.
        return answer({"success": False, "message": "List is deleted"}, 400)
    found = members(call.state, list_id)
    emails = sum(len(one["emails"]) for one in found)
    head = {
        "name": row["name"],
        "contacts": len(found),
        "creationDate": php(row["creationDate"]),
        # A number in the documents' table, an empty array in their example.
        "emailsCount": emails if list_id % 2 else [],
    }
    page = numbered_page(found[::-1], place, size)
    prospects = [_with_nul(listed_prospect(one)) for one in page.rows]
    return answer({"success": True, "list": head, "prospects": prospects})


def _campaigns(state: VendorState, row: Row) -> list[Row]:
    """Return the campaigns of a prospect; what the texts `sent` and `reply` hold is unknown."""

    def count(fields: tuple[str, str], rows: list[Row]) -> Counter[tuple[int, str]]:
        return Counter((one[fields[0]], one[fields[1]]) for one in rows)

    sent = state.tables["sent_emails"].derived(
        "sent to", lambda rows: count(("campaign_id", "userEmail"), rows)
    )
    replies = state.tables["replies"].derived(
        "replies of", lambda rows: count(("campaignId", "prospectEmail"), rows)
    )
    found = []
    for one in by_field(state.tables["recipients"], "prospectId").get(row["event_id"], []):
        campaign = state.tables["campaigns"].get(one["campaign_id"])
        place = (one["campaign_id"], one["userEmail"])
        recipient = {
            "email": one["userEmail"],
            "recipient_status": one["status"],
            "sent": str(sent[place]),
            "reply": str(replies[place]),
        }
        if campaign is not None:
            found.append(
                {
                    "id": campaign["id"],
                    "name": campaign["campaign"],
                    "campaign_status": campaign["status"],
                    "recipients": [recipient],
                }
            )
    return found


def prospect_detail(state: VendorState, row: Row) -> Row:
    """Return a prospect's detail in canonical form: its id is of another kind than in lists."""
    names = ("name", "firstName", "lastName", "industry", "country", "locality")
    lists = [state.tables["lists"].get(one) for one in row["lists"]]
    detail = {
        "id": row["detail_id"],
        **{name: row[name] for name in names},
        "social": row["social"],
        "lastUpdateDate": row["lastUpdateDate"],
        "currentJob": row["currentJob"],
        "previousJob": row["previousJob"],
        "lists": [{"id": one["id"], "name": one["name"]} for one in lists if one is not None],
        "campaigns": _campaigns(state, row),
    }
    if row["minimal"]:
        detail.update(dict.fromkeys(OPTIONAL))
    return detail


def _spelt_detail(call: Call, row: Row) -> Row:
    detail = prospect_detail(call.state, row)
    if row["minimal"]:
        detail = {name: value for name, value in detail.items() if name not in OPTIONAL}
    return {**_with_nul(detail), "lastUpdateDate": php(row["lastUpdateDate"])}


def post_prospect_by_id(call: Call) -> Answer:
    """POST /v1/get-prospect-by-id: whether the hex ids of lists are taken too is not documented.

    They are, unless the option says otherwise. The answer's id is always of the other kind.
    """
    given = required(call, "id")
    prospects = call.rows("prospects")
    row = prospects.find("detail_id", given)
    if row is None and call.option("hex_prospect_ids"):
        row = prospects.get(given)
    if row is None:
        return answer({"success": False, "errors": f"Prospect with id '{given}' not found"})
    return answer({"success": True, "data": _spelt_detail(call, row)})


def post_prospects_by_email(call: Call) -> Answer:
    """POST /v1/get-prospects-by-email: an array; 200 also when there is none."""
    given = required(call, "email")
    found = by_field(call.rows("prospects"), "email").get(given.lower(), [])
    if not found:
        return answer({"success": False, "errors": f"Prospect with email '{given}' not found"})
    return answer({"success": True, "data": [_spelt_detail(call, row) for row in found]})


def profile(row: Row) -> Row:
    """Return the profile by email in canonical form: the email is not in the answer."""
    names = ("name", "firstName", "lastName")
    minimal = row["minimal"]
    return {
        "email": row["email"],
        "id": row["profile_id"],
        "source": "linkedIn",
        **{name: row[name] for name in names},
        "logo": f"https://logos.example.com/{row['profile_id']}.png",
        **{name: row[name] for name in ("industry", "country", "locality")},
        "social": None if minimal else row["social"],
        "currentJobs": None if minimal else row["currentJob"],
        "previousJobs": None if minimal else row["previousJob"],
        "lastUpdateDate": row["lastUpdateDate"],
    }


def post_profile_by_email(call: Call) -> Answer:
    """POST /v1/get-profile-by-email: one credit if found, flat, the date a plain text."""
    given = required(call, "email")
    found = by_field(call.rows("prospects"), "email").get(given.lower(), [])
    if not found or not found[0]["emails"]:
        note_paid(call, {"email": given}, 0)
        text = "We couldn't find profile with this email"
        return answer({"success": False, "message": text})
    if not note_paid(call, {"email": given}, 1):
        return out_of_credits()
    shown = {name: value for name, value in profile(found[0]).items() if name != "email"}
    if found[0]["minimal"]:
        shown = {name: value for name, value in shown.items() if value is not None}
    date = plain(found[0]["lastUpdateDate"])
    return answer({"success": True, **_with_nul(shown), "lastUpdateDate": date})


def get_custom_fields(call: Call) -> Answer:
    """GET /v1/prospect-custom-fields: a bare array."""
    return answer(call.rows("custom_fields").all())


def post_email_count(call: Call) -> Answer:
    """POST /v1/get-domain-emails-count: free; none for webmail."""
    domain = required(call, "domain")
    if "." not in domain:
        return failed(call, "Domain is not valid")
    return answer({"success": True, **email_count(call.state, domain)})


def email_count(state: VendorState, domain: str) -> Row:
    """Return how many addresses of a domain are known."""
    row = state.tables["companies"].get(domain.lower())
    webmail = bool(row and row["webmail"])
    found = by_field(state.tables["domain_emails"], "domain").get(domain.lower(), [])
    return {"domain": domain, "webmail": webmail, "result": 0 if webmail else len(found)}
