"""Somebody at a browser: with a mouse or a finger, or with the keyboard alone."""

from __future__ import annotations

import re

from playwright.sync_api import Locator, Page, expect

from tests.stories.axe import scrolls_sideways, violations

PATIENCE = 180_000  # milliseconds: a fit, which gives way to everything else, on a busy machine
MOST_TABS = 400
FOCUSED = "one => document.activeElement === one"
MARKED = """one => { const look = getComputedStyle(one);
  return look.outlineStyle !== 'none' && parseFloat(look.outlineWidth) >= 2 }"""


class Mouse:
    """Points and presses; counts how often."""

    def __init__(self, page: Page) -> None:
        self.page, self.taps = page, 0

    def press(self, there: Locator) -> None:
        self.taps += 1
        there.click()

    def write(self, there: Locator, text: str) -> None:
        there.fill(text)

    def choose(self, there: Locator, words: str) -> None:
        there.select_option(label=words)

    def pick(self, there: Locator) -> None:
        self.press(there)

    def attach(self, there: Locator, path: str) -> None:
        there.set_input_files(path)


class Keyboard(Mouse):
    """Tab, Enter, Space and letters, and the arrows inside a group of choices."""

    def reach(self, there: Locator) -> None:
        """Go on with Tab until it has the focus, which must be seen."""
        expect(there).to_be_visible()
        for _ in range(MOST_TABS):
            if there.evaluate(FOCUSED):
                assert there.evaluate(MARKED), f"{there}: nobody sees that it has the focus"
                return
            self.page.keyboard.press("Tab")
        raise AssertionError(f"{there} is not reached with Tab")

    def press(self, there: Locator) -> None:
        self.reach(there)
        self.taps += 1
        self.page.keyboard.press("Enter")

    def write(self, there: Locator, text: str) -> None:
        self.reach(there)
        self.page.keyboard.press("Control+a")
        self.page.keyboard.type(text)

    def choose(self, there: Locator, words: str) -> None:
        self.reach(there)
        self.page.keyboard.type(words)
        expect(there.locator("option:checked")).to_have_text(words)

    def pick(self, there: Locator) -> None:
        """A choice among several is reached as a group, then with the arrows."""
        name = there.get_attribute("name")
        group = self.page.locator(f"input[name='{name}']")
        for _ in range(MOST_TABS):
            if self.page.evaluate("name => document.activeElement.name === name", name):
                break
            self.page.keyboard.press("Tab")
        self.page.keyboard.press("Space")
        for _ in range(group.count()):
            if there.is_checked():
                return
            self.page.keyboard.press("ArrowDown")
        expect(there).to_be_checked()

    def attach(self, there: Locator, path: str) -> None:
        with self.page.expect_file_chooser() as chooser:
            self.reach(there)  # meanwhile the browser learns that somebody waits for its dialogue
            self.page.keyboard.press("Enter")
        chooser.value.set_files(path)


class Somebody:
    """A person with a window of their own, in the words of the page."""

    def __init__(self, page: Page, *, keyboard: bool, looks: bool = False) -> None:
        self.page, self.looks = page, looks
        self.hand: Mouse = Keyboard(page) if keyboard else Mouse(page)
        page.set_default_timeout(PATIENCE)

    def goes_to(self, path: str) -> int:
        answer = self.page.goto(path)
        return answer.status if answer is not None else 0

    def arrives_at(self, heading: str) -> None:
        """Wait for a page, also while its figures are computed; look at it with axe where that is wanted."""
        expect(self.page.get_by_role("heading", level=1)).to_have_text(heading, timeout=PATIENCE)
        if self.looks:
            assert not violations(self.page)
            assert not scrolls_sideways(self.page)

    def signs_in(self, name: str, passphrase: str) -> None:
        self.goes_to("/account/login/")
        self.writes("Email", f"{name}@orchard.test")
        self.writes("Password", passphrase)
        self.presses("Sign in")

    def presses(self, words: str | re.Pattern[str], within: Locator | None = None) -> None:
        place = within or self.page.locator("main")
        there = place.get_by_role("button", name=words).or_(place.get_by_role("link", name=words))
        self.hand.press(there.first)

    def opens(self, words: str) -> None:
        """Open what is folded."""
        self.hand.press(self.page.locator("main summary, footer summary", has_text=words).first)

    def turns_to(self, line: str) -> None:
        """Choose a line of the menu; what folds it is opened first."""
        link = self.page.locator("a", has_text=re.compile(f"^{re.escape(line)}$"))
        self.pages.locator(link).wait_for(state="attached")
        for part in self.pages.locator("details").filter(has=link).all():
            summary = part.locator("> summary")
            if summary.is_visible() and part.get_attribute("open") is None:
                self.hand.press(summary)
        self.hand.press(self.pages.locator(link))

    def writes(self, label: str, text: str) -> None:
        self.hand.write(self._field(label), text)

    def chooses(self, label: str, words: str) -> None:
        self.hand.choose(self._field(label), words)

    def picks(self, words: str, within: Locator | None = None) -> None:
        self.hand.pick((within or self.page).get_by_role("radio", name=words))

    def attaches(self, label: str, path: str) -> None:
        self.hand.attach(self._field(label), path)

    def reads(self, text: str | re.Pattern[str]) -> None:
        expect(self.page.locator("main")).to_contain_text(text, timeout=PATIENCE)

    def finds_no(self, text: str) -> None:
        expect(self.page.locator("body")).not_to_contain_text(text)

    @property
    def pages(self) -> Locator:
        return self.page.get_by_role("navigation", name="Pages")

    @property
    def menu(self) -> list[str]:
        """All lines, folded or not."""
        return self.pages.locator(".pages a").all_text_contents()

    def _field(self, label: str) -> Locator:
        return self.page.get_by_label(re.compile(f"^{re.escape(label)}"))
