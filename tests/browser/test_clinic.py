"""A clinic in a real browser: from its founding to an undone edit, an emergency that is looked at, and a leaver."""

import re
from pathlib import Path

from playwright.sync_api import Page, expect

from .conftest import Open
from .people import DESKTOP, PASSPHRASE, PHONE, Person
from .test_sharing import add_egg, is_fine, newcomer, today

REASON = "She called and could hardly speak."


def sure(person: Person) -> Page:
    """Past the page that asks once more who it is."""
    if person.page.get_by_role("heading", name="Confirm that it is you").is_visible():
        person.page.get_by_label("Password").fill(PASSPHRASE)
        person.press("Go on")
    return person.page


def shot(page: Page, folder: Path, name: str) -> None:
    is_fine(page)
    page.screenshot(path=folder / f"{name}.png", full_page=True)


def link_in(page: Page, kind: str) -> str:
    return re.search(rf"/clinics/{kind}/\S+", page.locator(".phrase").first.inner_text())[0]


def founded(ada: Person, folder: Path) -> str:
    """The path of a clinic's page."""
    ada.go("/clinics")
    shot(ada.page, folder, "clinics")
    ada.press("Found a clinic", "link")
    page = sure(ada)
    shot(page, folder, "found")
    page.get_by_label("Name, as members and clients read it").fill("Clinic at the Elm")
    ada.press("Found a clinic")
    expect(page.get_by_text("The clinic is founded.").first).to_be_visible()
    return page.url.removesuffix("/members").removeprefix(ada.stack.url)


def belongs(ada: Person, clinic: str, person: Person, label: str, folder: Path) -> None:
    """Invited as a clinician, accepted, completed by Ada's next look."""
    page = ada.go(f"{clinic}/members")
    shot(page, folder, "members")
    ada.press("Invite a member", "link")
    page = sure(ada)
    page.get_by_label("Who it is, for this list until they accept").fill(label)
    shot(page, folder, "member-invite")
    ada.press("Make the invitation")
    path = link_in(page, "members")
    shot(page, folder, "member-invited")
    theirs = person.go(path)
    shot(theirs, folder, "member-asked")
    person.press("Accept")
    expect(theirs.get_by_text("Waits for an administrator of the clinic")).to_be_visible()
    ada.go(f"{clinic}/members")
    expect(person.go("/clinics").get_by_text("Clinician")).to_be_visible()


def asked(ada: Person, clinic: str, folder: Path) -> tuple[str, str]:
    """A client on the list, and the path of the invitation; the client's page, too."""
    page = ada.go(f"{clinic}/clients/new")
    shot(page, folder, "client-new")
    page.get_by_label("Name, as only the clinic reads it").fill("Dora D.")
    page.get_by_label("Group (or none)").fill("Mondays")
    ada.press("Add")
    expect(page.get_by_role("heading", name="Dora D.")).to_be_visible()
    client = page.url.removeprefix(ada.stack.url)
    shot(page, folder, "client-listed")
    ada.press("Ask them to share", "link")
    page = sure(ada)
    page.get_by_label(re.compile("See, and change the diary, notes and targets")).check()
    page.get_by_label("In an emergency others of the clinic").check()
    shot(page, folder, "client-ask")
    ada.press("Make the invitation")
    path = link_in(page, "join")
    shot(page, folder, "client-asked")
    return client, path


def shares(dora: Person, path: str, folder: Path) -> None:
    dora.go(path)
    page = sure(dora)
    expect(page.get_by_role("heading", name="Clinic at the Elm asks you to share")).to_be_visible()
    shot(page, folder, "join")
    dora.press("Share")
    expect(page.get_by_text("You share with the clinic now.").first).to_be_visible()
    shot(page, folder, "access")


def sets_a_target(ben: Person, client: str, folder: Path) -> None:
    """By the client's page, which the sidebar's entry leads to where there is a sidebar: the report, then a target."""
    page = ben.go("/today")
    if page.get_by_role("link", name="Clinics").is_visible():
        page.get_by_role("link", name="Clinics").click()
        expect(page.get_by_text("Clinic at the Elm").first).to_be_visible()
    assert (page.viewport_size == DESKTOP) == page.url.endswith("/clinics")
    page = ben.go(client)
    ben.press("Report", "link")
    expect(page.get_by_text("Means a day over 1 of 7 days.")).to_be_visible()
    shot(page, folder, "report")
    page = ben.go(client)
    page.locator("main").get_by_role("link", name="Targets").click()
    page.locator("main").get_by_role("link", name="Change the targets").click()
    page.get_by_label("Your own energy target").fill("1800")
    ben.press("Save targets")
    expect(page.get_by_text("Saved. They count from today on.").first).to_be_visible()


def test_from_invitation_to_undo_and_from_emergency_to_review(open_window: Open, tmp_path: Path) -> None:
    ada, erik = (newcomer(open_window, DESKTOP, f"clinic-{one}") for one in ("ada", "erik"))
    ben, dora = (newcomer(open_window, PHONE, f"clinic-{one}") for one in ("ben", "dora"))
    clinic = founded(ada, tmp_path)
    belongs(ada, clinic, ben, "Ben", tmp_path)
    belongs(ada, clinic, erik, "Erik", tmp_path)
    client, path = asked(ada, clinic, tmp_path)
    add_egg(dora, f"/day/{today()}/add", "120")
    shares(dora, path, tmp_path)

    page = ada.go(client)
    page.get_by_label(re.compile("clinic-ben")).check()
    page.locator("section", has=page.get_by_role("heading", name="Team")).get_by_role("button", name="Keep").click()
    expect(page.get_by_text("Kept. It holds from the next request on.").first).to_be_visible()

    page = ben.go(clinic)
    shot(page, tmp_path, "caseload")
    page.get_by_role("link", name="Dora D.").click()
    expect(page.get_by_role("heading", name="Dora D.")).to_be_visible()
    shot(page, tmp_path, "client")
    ben.press("Open the diary", "link")
    expect(page.get_by_text("The owner sees each look")).to_be_visible()
    add_egg(ben, page.url.removeprefix(ben.stack.url) + "/add", "60")
    sets_a_target(ben, client, tmp_path)
    page = ben.go(client)
    page.get_by_label(re.compile("A new note")).fill("Eats well.\nComes back in May.")
    ben.press("Keep the note")
    expect(page.get_by_text("Comes back in May.")).to_be_visible()

    page = dora.go(f"/day/{today()}")
    page.get_by_role("button", name=re.compile("^Undo")).first.click()
    expect(page.get_by_text("Undone").first).to_be_visible()
    page = dora.go("/settings/targets")
    expect(page.get_by_role("heading", name=re.compile("clinic-ben.* changed these on"))).to_be_visible()
    page.get_by_role("button", name=re.compile("^Undo")).click()
    expect(page.get_by_label("Your own energy target")).to_have_value("")
    page = dora.go("/access/clinical-notes")
    expect(page.get_by_text("Comes back in May.")).to_be_visible()
    shot(page, tmp_path, "my-notes")

    page = erik.go(client)
    expect(page.get_by_text(re.compile("You are not on this client"))).to_be_visible()
    shot(page, tmp_path, "closed")
    erik.press("Open it in an emergency", "link")
    page = sure(erik)
    page.get_by_label("Why it must be opened now").fill(REASON)
    shot(page, tmp_path, "emergency")
    erik.press("Open it in an emergency")
    expect(page.get_by_text("Opened for four hours. The client was told.").first).to_be_visible()
    erik.press("Open the diary", "link")
    expect(page.get_by_text("The owner sees each look")).to_be_visible()
    page = dora.go("/access")
    expect(page.get_by_text(re.compile("opened your diary in an emergency"))).to_be_visible()
    expect(page.get_by_text(REASON)).to_be_visible()

    page = ben.go(client)
    page.get_by_label("What you found (the client reads it)").fill("She had called him.")
    shot(page, tmp_path, "review")
    ben.press("It was justified")
    expect(page.get_by_text("She had called him.")).to_be_visible()
    shot(ada.go(f"{clinic}/ledger"), tmp_path, "ledger")

    page = ada.go(f"{clinic}/members")
    page.get_by_role("button", name=re.compile("^End.*clinic-ben")).click()
    expect(page.get_by_text("Ended. Their next request is refused.").first).to_be_visible()
    ben.watch.expected = ("Failed to load resource: the server responded with a status of 403",)
    expect(ben.go(clinic).get_by_role("heading", name="No longer shared")).to_be_visible()


def test_a_diary_that_the_clinic_kept_is_handed_over(open_window: Open, tmp_path: Path) -> None:
    ada, dora = newcomer(open_window, PHONE, "held-ada"), newcomer(open_window, DESKTOP, "held-dora")
    clinic = founded(ada, tmp_path)
    page = ada.go(f"{clinic}/clients/new")
    page.get_by_label("Name, as only the clinic reads it").fill("Dora D.")
    ada.press("Add")
    ada.press("Keep a diary for them")
    client = page.url
    ada.press("Open the diary", "link")
    add_egg(ada, page.url.removeprefix(ada.stack.url) + "/add", "75")
    page.goto(client)
    shot(page, tmp_path, "held")
    ada.press("Ask them to share", "link")
    sure(ada)
    ada.press("Make the invitation")
    dora.go(link_in(page, "join"))
    page = sure(dora)
    shot(page, tmp_path, "take-over")
    dora.press("Share")
    expect(page.get_by_text("You share with the clinic now.").first).to_be_visible()
    expect(dora.go(f"/day/{today()}").locator("main").get_by_text("Egg").first).to_be_visible()
    shot(dora.page, tmp_path, "mine-now")
