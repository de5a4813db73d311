"""The lists that WhatConverts keeps.

Leads are filtered and sorted by their creation alone; the other lists by nothing that helps.
"""

from __future__ import annotations

import typing as t

from tap_shared import PartOfParent
from typing_extensions import override

from tap_whatconverts.client import (
    AGENCY_KEY,
    OLDEST_FIRST,
    ProfileStream,
    WhatConvertsStream,
    pages_of,
    whole_list_of,
)

if t.TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from singer_sdk.helpers.types import Context


def _by_name(fields: object) -> t.Any:
    """Return the fields of a form as one object, or as they came where a name would be lost."""
    if not isinstance(fields, list):
        return fields
    named = {
        field["field_name"]: field["field_value"]
        for field in fields
        if isinstance(field, dict) and field.keys() == {"field_name", "field_value"}
    }
    return named if len(named) == len(fields) else fields


class Leads(ProfileStream):
    """One lead: a call, a form, a chat, a text, an e-mail, a transaction and so on.

    By `date_created`, with a lookback for values, states and transcriptions that change later:
    1 request per 2,500 leads of the lookback.
    """

    name = "leads"
    path = "/leads"
    walk = OLDEST_FIRST
    records_at = "leads"
    primary_keys = ("lead_id",)
    replication_key = "date_created"
    conversions = {"additional_fields": _by_name}

    @override
    def parameters(self, context: Context) -> Mapping[str, t.Any]:
        journey = "true" if self.config["customer_journey"] else None
        return {**super().parameters(context), "customer_journey": journey}


class TrackingNumbers(ProfileStream):
    """One telephone number that tells where its callers come from.

    In full, because nothing dates its changes: 1 request per 250 numbers.
    """

    name = "tracking_numbers"
    path = "/tracking/numbers"
    walk = pages_of("numbers")
    records_at = "numbers"
    primary_keys = ("phone_number_id",)


class TrackingForms(ProfileStream):
    """One form whose senders are tracked.

    In full, because nothing dates its changes: 1 request per 250 forms.
    """

    name = "tracking_forms"
    path = "/tracking/forms"
    walk = pages_of("forms")
    records_at = "forms"
    primary_keys = ("form_id",)


class Accounts(WhatConvertsStream):
    """One account of an agency, with its profiles.

    Deselected by default: it needs an agency key. In full: 1 request per 250 accounts.
    """

    name = "accounts"
    path = "/accounts"
    walk = whole_list_of("accounts")
    records_at = "accounts"
    primary_keys = ("account_id",)
    selected_by_default = False
    needs = AGENCY_KEY


class Profiles(PartOfParent, WhatConvertsStream):
    """One profile of an account.

    Deselected by default: it needs an agency key. In full, without a request beside those of
    `accounts`, which hold it.
    """

    name = "profiles"
    records_at = "profiles"
    primary_keys = ("profile_id",)
    selected_by_default = False
    parent = Accounts
    parent_keys = {"account_id": "account_id", "profiles": "profiles"}


class Users(WhatConvertsStream):
    """One user of the agency or of one of its accounts.

    Deselected by default: it needs an agency key. In full: 1 request per kind and 250 users.
    """

    name = "users"
    path = "/users"
    walk = whole_list_of("users")
    records_at = "users"
    primary_keys = ("user_id",)
    selected_by_default = False
    needs = AGENCY_KEY

    @override
    def partitions_of_its_own(self) -> Iterable[Context]:
        return [{"user_type": "master_account"}, {"user_type": "account"}]

    partition_is_query = True


class Roles(WhatConvertsStream):
    """One role that users have.

    Deselected by default: it needs an agency key. In full: 1 request per kind and 250 roles.
    """

    name = "roles"
    path = "/roles"
    walk = pages_of("roles")
    records_at = "roles"
    primary_keys = ("role_id",)
    selected_by_default = False
    needs = AGENCY_KEY

    @override
    def partitions_of_its_own(self) -> Iterable[Context]:
        return [{"role_type": "master_account"}, {"role_type": "account"}]

    partition_is_query = True


ALL = (Leads, TrackingNumbers, TrackingForms, Accounts, Profiles, Users, Roles)
