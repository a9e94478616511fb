"""A request sent again with its key gets the first answer and has no second effect."""

from __future__ import annotations

import io
from datetime import UTC, datetime, timedelta
from typing import Any

from conftest import CYCLE, Site, sales_book

from server.store import kept_answers

ACTION = {"text": "Hire for the second shift", "owner": "plant manager", "due": "2026-08-31"}
PLACE = f"/api/v1/cycles/{CYCLE}/actions"


def add(site: Site, key: str, **changed: str) -> Any:
    return site.client.post(PLACE, json={**ACTION, **changed}, headers={"Idempotency-Key": key})


def test_the_same_request_again_is_answered_alike_and_done_once(site: Site) -> None:
    first, again = add(site, "k-1"), add(site, "k-1")
    assert (first.status_code, again.status_code) == (201, 201)
    assert first.json == again.json and first.headers["ETag"] == again.headers["ETag"]
    assert again.headers["Idempotency-Replayed"] == "true" and "Idempotency-Replayed" not in first.headers
    assert [a["code"] for a in site.get(f"/cycles/{CYCLE}/actions")] == ["A01"]
    assert add(site, "k-2").json["code"] == "A02", "another key is another request"


def test_a_key_belongs_to_one_request_and_one_person(site: Site) -> None:
    add(site, "k-1")
    assert add(site, "k-1", owner="someone else").json["type"] == "/problems/key-reused"
    assert add(site.as_("director", "executive"), "k-1").status_code == 201
    assert len(site.get(f"/cycles/{CYCLE}/actions")) == 2
    assert add(site, "k" * 201).status_code == 400


def test_a_refusal_is_repeated_too(site: Site) -> None:
    wrong = add(site, "k-1", due="soon")
    assert wrong.status_code == 422
    assert add(site, "k-1", due="soon").headers["Idempotency-Replayed"] == "true"


def test_a_form_with_a_file_is_the_same_although_its_boundaries_differ(site: Site) -> None:
    book = sales_book(site)

    def send() -> Any:
        form = {"file": (io.BytesIO(book), "sales.xlsx")}
        return site.client.post(f"/api/v1/cycles/{CYCLE}/submissions", data=form, headers={"Idempotency-Key": "book-1"})

    first, again = send(), send()
    assert (first.status_code, again.status_code) == (201, 201) and first.json["id"] == again.json["id"]
    assert not again.json["recognised"], "the first answer, word for word"


def test_a_request_that_is_still_being_answered_is_not_done_twice(site: Site) -> None:
    at = datetime.now(UTC).isoformat()
    with site.context.database.write() as connection:
        assert kept_answers.begin(connection, "key", "request", at, forgotten_before="") is None
        known = kept_answers.begin(connection, "key", "request", at, forgotten_before="")
        assert known is not None and known.status == kept_answers.IN_PROGRESS
        kept_answers.finish(connection, "key", 201, {"ETag": "1"}, b"{}")
        kept = kept_answers.begin(connection, "key", "request", at, forgotten_before="")
        assert kept is not None and (kept.status, kept.headers, kept.content) == (201, {"ETag": "1"}, b"{}")
        later = (datetime.now(UTC) + timedelta(days=8)).isoformat()
        assert kept_answers.begin(connection, "key", "request", later, forgotten_before=later) is None
