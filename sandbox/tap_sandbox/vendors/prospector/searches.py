"""What all searches of Prospector share: credits, jobs that run for a while, and their polls."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tap_sandbox.answers import Answer, Refusal
from tap_sandbox.vendors.prospector.answers import answer, not_found

if TYPE_CHECKING:
    from tap_sandbox.tables import Row
    from tap_sandbox.vendor import Call, VendorState

NO_CREDITS = "Sorry, you ran out of credits, please order more credits"


def credits_left(state: VendorState) -> int:
    """Return the credits the account started with, less what was paid."""
    paid = sum(int(row["credits"]) for row in state.tables["paid_requests"].all())
    return int(state.options["credits"]) - paid


def note_paid(call: Call, inputs: Row, price: int) -> bool:
    """Note a request that may cost credits and charge it; return whether they sufficed."""
    enough = price <= credits_left(call.state)
    call.rows("paid_requests").insert(
        {
            "path": call.path,
            "inputs": inputs,
            "credits": price if enough else 0,
            "request": call.number,
        }
    )
    return enough


def out_of_credits() -> Answer:
    """Return the refusal without credits, in the shape with a list of objects."""
    return answer({"errors": [{"user_id": NO_CREDITS}]}, 400)


def begin(call: Call, kind: str, inputs: Row, price: int) -> str:
    """Start a job and charge for what it will find; return its task hash.

    Without credits the job ends so, or the start is refused: both are on record, an option
    decides.

    Raises:
        Refusal: 400, in the shape with a message.
    """
    enough = note_paid(call, inputs, price)
    if not enough and call.option("out_of_credits") == "refuse":
        raise Refusal(answer({"success": False, "message": NO_CREDITS}, 400))
    job = call.rows("jobs").insert({"kind": kind, "inputs": inputs, "enough_credits": enough})
    return str(job["task_hash"])


def poll(call: Call, kind: str, task_hash: str) -> tuple[Row, str]:
    """Count a poll of a job; return the job and its status.

    The documents of domain searches write "in progress", the vendor's own client waits on
    "in_progress", as the documents of bulk jobs write.

    Raises:
        Refusal: 404 for a job that was not started, or of another kind.
    """
    job = call.rows("jobs").get(task_hash)
    if job is None or job["kind"] != kind:
        raise Refusal(not_found())
    job = call.rows("jobs").patch(task_hash, {"polls": job["polls"] + 1})
    if job["polls"] <= int(call.option("polls_pending")):
        word: Any = call.option("pending_word")
        if word == "documented":
            word = "in_progress" if kind.startswith("bulk") else "in progress"
        return job, str(word)
    return job, "completed" if job["enough_credits"] else "not_enough_credits"
