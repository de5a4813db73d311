"""What the vendor refuses: told in its own words, and no more of it."""

from __future__ import annotations

import pytest
from prospector_checks import fault, spent


@pytest.mark.parametrize(
    "body",
    [
        {"errors": {"code": 400, "title": "What is wrong", "source": ""}},
        {"errors": {"type": "FreePlan", "message": "What is wrong"}},
        {"success": False, "errors": "What is wrong"},
        {"success": False, "message": "What is wrong"},
        {"success": False, "result": "What is wrong"},
        {"success": False, "data": {"message": "What is wrong"}},
        {"success": False, "errors": ["What is wrong"]},
        {"errors": [{"user_id": "What is wrong"}]},
    ],
)
def test_of_an_error_only_the_vendors_message_is_shown(sandbox, read, body):
    fault(sandbox, "/v1/get-balance", 400, {**body, "more": "of the body"})
    run = read("balance")
    assert run.code == 1
    assert "(What is wrong)" in run.log
    assert "of the body" not in run.log


def test_a_refusal_with_status_200_is_an_error(sandbox, read):
    fault(sandbox, "/v1/prospect-list", 200, {"success": False, "message": "Not today"})
    run = read("list_prospects", "lists")
    assert run.code == 1
    assert "Not today" in run.log
    assert len(run.records["lists"]) == 8


def test_a_token_that_ends_early_is_renewed_once(sandbox, read):
    fault(sandbox, "/v1/get-balance", 401)
    run = read("balance")
    assert run.code == 0
    assert spent(sandbox)["v1/oauth/access_token"] == 2


def test_wrong_credentials_end_the_run_with_advice(sandbox, read):
    run = read("balance", "campaigns", client_secret="wrong")
    assert run.code == 1
    assert "check `client_id` and `client_secret`" in run.log
    assert len(sandbox.requests_to("prospector")) == 1


def test_the_free_plan_is_told_in_the_vendors_words(sandbox, read):
    sandbox.options("prospector", free_plan=True)
    run = read("balance")
    assert run.code == 1
    assert "The API is not part of the free plan." in run.log
