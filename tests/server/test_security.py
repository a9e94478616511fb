"""The server speaks to browsers: no requests from other sites, no other names, no inline code, no endless uploads."""

from __future__ import annotations

import io
from collections.abc import Callable
from html.parser import HTMLParser

import pytest
from conftest import CYCLE, Site, cycle_form

PAGES = ("/", f"/cycles/{CYCLE}", "/versions", "/versions/check", "/problems/", "/problems/busy", "/cycles/none")


class Inline(HTMLParser):
    """Collects what a strict content policy would block."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []
        self.links: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        if tag == "style" or (tag == "script" and not given.get("src")):
            self.found.append(f"<{tag}>")
        self.found += [f"{tag} {name}" for name in given if name == "style" or name.startswith("on")]
        for name in ("src", "href", "action"):
            if given.get(name):
                self.links.append(str(given[name]))


@pytest.mark.parametrize("headers", [{"Origin": "https://evil.example"}, {"Origin": "null"}], ids=["other", "null"])
def test_posts_from_other_sites_are_refused(site: Site, headers: dict[str, str]) -> None:
    for path in ("/cycles", f"/cycles/{CYCLE}/consolidate", f"/cycles/{CYCLE}/commit", "/api/v1/cycles"):
        answer = site.client.post(path, headers=headers, data={"name": "x"})
        assert answer.status_code == 403
    assert site.client.get("/", headers=headers).status_code == 200


def test_browsers_that_name_the_site_another_way_are_believed_too(site: Site) -> None:
    path = f"/api/v1/cycles/{CYCLE}/issue"  # has been done, so that it is refused once it is let in
    assert site.client.post(path, headers={"Sec-Fetch-Site": "cross-site"}).status_code == 403
    assert site.client.post(path, headers={"Sec-Fetch-Site": "same-origin"}).status_code == 409
    assert site.client.post(path, headers={"Origin": "http://localhost"}).status_code == 409
    assert site.client.post(path, headers={"Origin": "http://localhost:81"}).status_code == 403
    assert site.client.post(path).status_code == 409


@pytest.mark.parametrize("host", ["evil.example", "127.0.0.1.evil.example:8765", "169.254.1.1"])
def test_names_that_are_not_its_own_are_not_answered(empty_site: Site, host: str) -> None:
    answer = empty_site.client.get("/api/v1/cycles", headers={"Host": host})
    assert (answer.status_code, answer.json["type"]) == (421, "/problems/unknown-host")


@pytest.mark.parametrize("host", ["localhost:8765", "127.0.0.1:9", "[::1]:8765", "LOCALHOST"])
def test_loopback_names_are_answered(empty_site: Site, host: str) -> None:
    assert empty_site.client.get("/api/v1/cycles", headers={"Host": host}).status_code == 200


@pytest.mark.parametrize("page", PAGES)
def test_pages_hold_nothing_the_content_policy_blocks_and_load_nothing_from_elsewhere(site: Site, page: str) -> None:
    answer = site.client.get(page)
    policy = answer.headers["Content-Security-Policy"]
    assert "default-src 'none'" in policy and "unsafe" not in policy
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    seen = Inline()
    seen.feed(answer.text)
    assert seen.found == []
    assert all(link.startswith(("/", "#")) and not link.startswith("//") for link in seen.links)


def test_text_people_send_is_shown_as_text(empty_site: Site) -> None:
    evil = "<img src=x onerror=alert(1)>"
    problem = empty_site.post("/cycles", 422, data=cycle_form(b"x", name=evil, file=f"{evil}.csv"))
    page = empty_site.client.get(f"/submissions/{problem['submission']}").text
    assert evil not in page and "&lt;img src=x" in page


def test_uploads_beyond_the_limit_are_refused(open_site: Callable[..., Site]) -> None:
    site = open_site(max_upload_mb=1)
    problem = site.post("/cycles", 413, data=cycle_form(b"0" * 1_100_000))
    assert (problem["type"], problem["detail"]) == ("/problems/too-large", "At most 1 MB are taken at once.")
    page = site.client.post("/cycles", data={"name": "x", "files": [(io.BytesIO(b"0" * 1_100_000), "data.zip")]})
    assert page.status_code == 413 and "too large" in page.text


def test_an_error_of_the_program_shows_no_inside(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("server.store.cycles.all_cycles", lambda connection: 1 / 0)
    answer = site.client.get("/api/v1/cycles")
    assert (answer.status_code, answer.json["type"]) == (500, "/problems/internal-error")
    assert "ZeroDivision" not in answer.text
