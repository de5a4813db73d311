"""The lists that Wolfeo keeps.

Wolfeo dates the creation of rows and nothing else: no row says when it changed, and the filter by
date goes by creation.
"""

from __future__ import annotations

import typing as t

from tap_shared import OneAnswer, renamed
from typing_extensions import override

from tap_wolfeo.client import ALL_PAGES, WINDOWS, WolfeoStream

if t.TYPE_CHECKING:
    from collections.abc import Iterable

    from singer_sdk.helpers.types import Context

PERIODS = ("all", "today", "yesterday", "last7days", "last30days")


class Contacts(WolfeoStream):
    """One contact.

    In full by default, because names and consent change without any date: 1 request per 100
    contacts. For big accounts `replication-method: INCREMENTAL` in the catalog's metadata reads
    by `created_at`: 1 request per 100 contacts of the lookback, which sees changes of those only.
    """

    name = "contacts"
    path = "/contacts"
    walk = ALL_PAGES
    incremental_walk = WINDOWS
    replication_key = "created_at"
    default_replication_method = "FULL_TABLE"
    old_names = {"contact_id": "id", "GDPR": "gdpr"}


class ContactCounts(WolfeoStream):
    """How many contacts were created in a period, as of now.

    In full: 5 requests, one a period.
    """

    name = "contact_counts"
    path = "/contact-count"
    walk = OneAnswer()
    primary_keys = ("period",)

    @override
    def partitions_of_its_own(self) -> Iterable[Context]:
        return [{"period": period} for period in PERIODS]

    partition_is_query = True


class ContactDetails(WolfeoStream):
    """One contact with its tags, sequences, custom fields and subscriptions.

    Deselected by default: 1 request per contact. Memberships cost far less by `tag_contacts`.
    """

    name = "contact_details"
    path = "/contact"
    walk = OneAnswer()
    selected_by_default = False
    parent = Contacts
    parent_keys = {"contact_id": "id"}
    old_names = Contacts.old_names
    partition_is_query = True


class ContactStats(WolfeoStream):
    """How one contact has responded to e-mails so far.

    Deselected by default: 1 request per contact.
    """

    name = "contact_stats"
    path = "/contact-stats"
    walk = OneAnswer()
    primary_keys = ("contact_id",)
    selected_by_default = False
    parent = Contacts
    parent_keys = {"contact_id": "id"}
    partition_is_query = True


class Tags(WolfeoStream):
    """One tag.

    In full: 1 request per 100 tags.
    """

    name = "tags"
    path = "/tags"
    old_names = {"tag_id": "id"}


class TagContacts(WolfeoStream):
    """One contact that carries one tag.

    In full, because a tag is taken off without any date: 1 request per tag and 100 contacts.
    """

    name = "tag_contacts"
    path = "/tags-contacts"
    primary_keys = ("tag_id", "id")
    parent = Tags
    parent_keys = {"tag_id": "id"}
    old_names = Contacts.old_names
    partition_is_query = True


class Orders(WolfeoStream):
    """One order.

    By `created_at`, with a lookback for refunds and cancellations: 1 request per 100 orders of
    the lookback.
    """

    name = "orders"
    path = "/orders"
    walk = ALL_PAGES
    incremental_walk = WINDOWS
    replication_key = "created_at"


class Transactions(WolfeoStream):
    """One payment, or its reversal.

    By `created_at`, with a lookback for refunds and cancellations: 1 request per 100 transactions
    of the lookback.
    """

    name = "transactions"
    path = "/transactions"
    walk = ALL_PAGES
    incremental_walk = WINDOWS
    replication_key = "created_at"


class Subscriptions(WolfeoStream):
    """One recurring payment of a customer.

    In full, because status and next payment change for ever: 1 request per 100 subscriptions.
    """

    name = "subscriptions"
    path = "/subscriptions"
    walk = ALL_PAGES


class Campaigns(WolfeoStream):
    """One e-mail campaign.

    In full, because a draft is sent long after its creation: 1 request per 100 campaigns.
    """

    name = "campaigns"
    path = "/campaigns"
    walk = ALL_PAGES
    old_names = {"campaign_id": "id"}


class CustomFields(WolfeoStream):
    """One field that the account added to contacts.

    In full: 1 request.
    """

    name = "custom_fields"
    path = "/custom-fields"
    walk = OneAnswer()


class Funnels(WolfeoStream):
    """One sales funnel with its steps.

    In full: 1 request per 100 funnels.
    """

    name = "funnels"
    path = "/funnels"
    old_names = {"funnel_id": "id"}

    conversions = {
        "steps": lambda steps: [renamed(step, {"step_id": "id"}) for step in steps],
    }


class Sequences(WolfeoStream):
    """One e-mail sequence.

    Deselected by default: the vendor's documents of it are not complete, so most of what comes
    stands in `_unmapped`. In full: 1 request per 100 sequences.
    """

    name = "sequences"
    path = "/sequences"
    selected_by_default = False
    old_names = {"sequence_id": "id"}


class Invoices(WolfeoStream):
    """One invoice.

    Deselected by default: the vendor's documents of it are not complete, so most of what comes
    stands in `_unmapped`. In full: 1 request per 100 invoices.
    """

    name = "invoices"
    path = "/invoices"
    walk = ALL_PAGES
    selected_by_default = False


class Webhooks(WolfeoStream):
    """One address that Wolfeo calls on events.

    Deselected by default: the address may hold a secret. In full: 1 request.
    """

    name = "webhooks"
    path = "/webhooks"
    walk = OneAnswer()
    selected_by_default = False
    old_names = {"webhook_id": "id"}


ALL = (
    Contacts,
    ContactCounts,
    ContactDetails,
    ContactStats,
    Tags,
    TagContacts,
    Orders,
    Transactions,
    Subscriptions,
    Campaigns,
    CustomFields,
    Funnels,
    Sequences,
    Invoices,
    Webhooks,
)
