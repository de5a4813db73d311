"""What Prospector answers: every documented read, the legacy finder and verifier excepted."""

from __future__ import annotations

from tap_sandbox.vendor import Route
from tap_sandbox.vendors.prospector import (
    account,
    bulk,
    campaigns,
    domains,
    events,
    prospects,
    statistics,
)
from tap_sandbox.vendors.prospector.answers import TOKEN_PATH, any_encoding, give_token

CAMPAIGN = "/v2/campaigns/{campaign}"
SEARCH = domains.SEARCH

ROUTES = (
    Route("POST", TOKEN_PATH, give_token),
    Route("GET", "/v1/get-user-campaigns", campaigns.get_user_campaigns),
    Route("GET", "/v2/campaigns/schedules", account.listed("schedules")),
    Route("GET", CAMPAIGN, campaigns.get_campaign),
    Route("GET", CAMPAIGN + "/steps/{step}/content/{content}", campaigns.get_step_content),
    Route("GET", CAMPAIGN + "/recipient", campaigns.get_recipient_statuses),
    Route("GET", "/v2/statistics/campaign-analytics", statistics.get_analytics),
    Route("GET", CAMPAIGN + "/progress", campaigns.get_progress),
    Route("GET", "/v1/prospect-finished", campaigns.get_finished),
    Route("GET", "/v1/get-emails-replies", events.get_replies),
    Route("GET", "/v1/get-emails-opened", events.get_opened),
    Route("GET", "/v1/get-emails-clicked", events.get_clicked),
    Route("GET", "/v1/emails-sent", events.get_sent),
    Route("GET", CAMPAIGN + "/all-replies", events.get_all_replies),
    Route("GET", CAMPAIGN + "/recipients-activity", events.get_activity),
    Route("GET", "/v2/blacklists", account.listed("blacklists")),
    Route("GET", "/v1/get-user-lists", prospects.get_user_lists),
    Route("POST", "/v1/prospect-list", any_encoding(prospects.post_prospect_list)),
    Route("POST", "/v1/get-prospect-by-id", any_encoding(prospects.post_prospect_by_id)),
    Route("POST", "/v1/get-prospects-by-email", any_encoding(prospects.post_prospects_by_email)),
    Route("GET", "/v1/prospect-custom-fields", prospects.get_custom_fields),
    Route("GET", "/v1/get-balance", account.get_balance),
    Route("GET", "/v2/webhooks", account.get_webhooks),
    Route("GET", "/v2/sender-accounts/emails", account.listed("sender_accounts")),
    Route("GET", "/v2/sender-accounts/check-sender-status", account.get_sender_status),
    Route("GET", "/v2/warm-up", account.get_warm_ups),
    Route("GET", "/v2/warm-up/{warm_up}", account.get_warm_up),
    Route("GET", "/v2/warm-up/statistics/{warm_up}", account.get_warm_up_statistics),
    Route("GET", "/v2/pipelines", account.listed("pipelines")),
    Route("GET", "/v2/pipelines/{pipeline}/stages", account.get_stages),
    Route("POST", "/v1/get-domain-emails-count", any_encoding(prospects.post_email_count)),
    Route("POST", "/v1/get-profile-by-email", any_encoding(prospects.post_profile_by_email)),
    Route("POST", SEARCH + "/start", any_encoding(domains.post_company)),
    Route("GET", SEARCH + "/result/{task}", domains.get_company),
    Route("POST", SEARCH + "/prospects/start", any_encoding(domains.post_people)),
    Route("GET", SEARCH + "/prospects/result/{task}", domains.get_people),
    Route("POST", SEARCH + "/prospects/search-emails/start/{person}", domains.post_person),
    Route("GET", SEARCH + "/prospects/search-emails/result/{task}", domains.get_person),
    *(
        route
        for tab in domains.TABS
        for route in (
            Route("POST", f"{SEARCH}/{tab}/start", any_encoding(domains.post_addresses(tab))),
            Route("GET", SEARCH + f"/{tab}/result/" + "{task}", domains.get_addresses(tab)),
        )
    ),
    *(
        route
        for name in bulk.JOBS
        for route in (
            Route("POST", f"/v2/{name}/start", bulk.start(name)),
            Route("GET", f"/v2/{name}/result", bulk.result(name)),
        )
    ),
)
