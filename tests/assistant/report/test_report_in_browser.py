"""The report in Chromium, from a file address and without a network. Skipped where there is no Chromium."""

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from assistant.desk import Desk
from assistant.report.write_report import write_report
from tests.camera_roll import write_roll

playwright = pytest.importorskip("playwright.sync_api", reason="playwright drives the browser")
CHROMIUM = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
pytestmark = [
    pytest.mark.skipif(CHROMIUM is None, reason="there is no Chromium here"),
    pytest.mark.enable_socket,  # the browser is driven through one; it is offline itself
]
HOSTILE = "<img src=x onerror=document.title='hit'>"
PLACE_OF = """(i) => {
  const source = Bokeh.documents.map((d) => d.get_model_by_name("map pictures")).find(Boolean);
  const plot = Bokeh.documents.flatMap((d) => d.roots()).find((root) => root.name === "map");
  const view = Bokeh.index.get_by_id(plot.id), frame = view.frame ?? view.frame_view;
  const box = view.canvas_view.el.getBoundingClientRect();
  return [box.left + frame.x_scale.compute(source.data.x[i]), box.top + frame.y_scale.compute(source.data.y[i]),
    box.left, box.top, box.width, box.height];
}"""
SHOWN = """() => Bokeh.documents.map((d) => d.get_model_by_name("map filter")).find(Boolean).indices.length"""
TOOLTIP = """() => {
  const walk = (node) => [...node.querySelectorAll("*")]
    .flatMap((each) => [each, ...(each.shadowRoot ? walk(each.shadowRoot) : [])]);
  const image = walk(document).find((e) => e.tagName === "IMG" && e.closest("div") && !e.closest("li, a"));
  return image ? [image.getAttribute("src"), image.naturalWidth, image.parentElement.textContent] : null;
}"""


class Browser:
    """One page of a report in Chromium, with what it complained of and asked for."""

    def __init__(self, page: Any) -> None:
        self.page = page
        self.complaints: list[str] = []
        self.requests: list[str] = []
        page.on(
            "console", lambda said: said.type in ("error", "warning") and self.complaints.append(said.text)
        )
        page.on("pageerror", lambda error: self.complaints.append(str(error)))
        page.on("request", lambda request: self.requests.append(request.url))

    def open(self, path: Path) -> None:
        self.page.goto(path.as_uri())
        if self.page.query_selector(".plot"):
            self.page.wait_for_selector("html[data-ready]")


@pytest.fixture
def browser() -> Iterator[Browser]:
    with playwright.sync_playwright() as driver:
        chromium = driver.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        context = chromium.new_context(
            color_scheme="light", offline=True, viewport={"width": 1200, "height": 900}
        )
        yield Browser(context.new_page())
        chromium.close()


@pytest.fixture
def folder(open_desk: Callable[[], Desk], pictures: Path) -> Path:
    desk = open_desk()
    desk.grouping.group("colour", 3)
    desk.grouping.group("number of colours", 2)
    desk.editing.rename("1", HOSTILE, "colour")
    return write_report(desk).parent


def test_it_opens_asks_nothing_and_complains_of_nothing(browser: Browser, folder: Path) -> None:
    for path in sorted(folder.glob("*.html")):
        browser.open(path)
    browser.page.wait_for_timeout(300)
    assert browser.complaints == [] and len(browser.requests) > 10
    assert not [url for url in browser.requests if not url.startswith((folder.as_uri(), "data:"))]
    assert browser.page.title() != "hit"


def test_pointing_shows_the_picture_and_a_lasso_lists_them(browser: Browser, folder: Path) -> None:
    page = browser.page
    browser.open(folder / "1-colour.html")
    page.locator(".plot").first.scroll_into_view_if_needed()
    page.wait_for_timeout(300)
    x, y, left, top, width, height = page.evaluate(PLACE_OF, 0)
    page.mouse.move(x - 4, y)
    page.mouse.move(x, y)
    page.wait_for_timeout(500)
    source, wide, text = page.evaluate(TOOLTIP)
    assert source.startswith("pictures/0/") and wide > 0 and ".png" in text
    page.mouse.move(left + 5, top + 5)
    page.mouse.down()
    for right, down in ((width * 0.93, 5), (width * 0.93, height - 5), (5, height - 5), (5, 6)):
        page.mouse.move(left + right, top + down, steps=6)
    page.mouse.up()
    playwright.expect(page.locator("#selection li")).to_have_count(12)
    assert page.inner_text("#selected") == "12 selected."
    assert page.title() != "hit" and HOSTILE in page.inner_text("main")
    assert browser.complaints == []


def test_boxes_and_search_hide_pictures_here_and_on_the_map(browser: Browser, folder: Path) -> None:
    page = browser.page
    browser.open(folder / "1-colour.html")
    assert page.evaluate(SHOWN) == 12
    page.locator("#filters input[type=checkbox]").first.uncheck()
    assert page.evaluate(SHOWN) == 8 and page.locator("section.group:visible").count() == 2
    page.click("#all")
    page.fill("#find", "img-003")
    playwright.expect(page.locator("#shown")).to_have_text("1 shown")
    assert page.evaluate(SHOWN) == 1
    assert page.locator("section.group .sheet li:visible").count() == 1
    page.select_option("#shape", "0")
    assert "●" in page.inner_text("#shapes")
    assert browser.complaints == []


def test_all_of_it_works_by_keyboard(browser: Browser, folder: Path) -> None:
    page = browser.page
    browser.open(folder / "1-colour.html")
    focused, seen = "", []
    for _ in range(60):
        page.keyboard.press("Tab")
        focused = page.evaluate(
            "document.activeElement.id || document.activeElement.className || document.activeElement.tagName"
        )
        seen.append(focused)
        if focused == "list-shown":
            break
    assert seen[0] == "skip" and {"theme", "find", "all", "none", "shape", "list-shown"} <= set(seen)
    page.keyboard.press("Enter")
    assert page.locator("#selection li").count() == 12
    outline = page.evaluate("getComputedStyle(document.activeElement).outlineStyle")
    assert outline == "solid"


def test_light_and_dark_can_both_be_read(browser: Browser, folder: Path) -> None:
    page = browser.page
    browser.open(folder / "1-colour.html")
    for _ in range(2):
        for selector, least in (
            ("main h2", 7.0),
            (".lead", 4.5),
            ("summary", 4.5),
            (".sheet span", 4.5),
            ("footer", 4.5),
        ):
            assert page.evaluate(CONTRAST, selector) >= least, selector
        assert page.evaluate("Bokeh.documents.flatMap((d) => d.roots()).length") > 0
        page.click("#theme")
    page.click("#theme")
    assert page.evaluate("getComputedStyle(document.body).backgroundColor") == "rgb(22, 23, 26)"
    page.reload()
    assert page.get_attribute("html", "data-theme") == "dark"  # the choice is kept


CONTRAST = """(selector) => {
  const light = (colour) => {
    const part = colour.match(/[\\d.]+/g).slice(0, 3).map((value) => value / 255)
      .map((value) => (value <= .04045 ? value / 12.92 : ((value + .055) / 1.055) ** 2.4));
    return .2126 * part[0] + .7152 * part[1] + .0722 * part[2];
  };
  const text = light(getComputedStyle(document.querySelector(selector)).color);
  const paper = light(getComputedStyle(document.body).backgroundColor);
  return (Math.max(text, paper) + .05) / (Math.min(text, paper) + .05);
}"""
"""The contrast of the text of an element with the page, by the formula of the WCAG."""


def test_times_and_places_are_drawn(browser: Browser, open_desk: Callable[[], Desk], pictures: Path) -> None:
    for path in pictures.iterdir():
        path.unlink()
    write_roll(pictures, events=4)
    desk = open_desk()
    desk.grouping.group("month")
    browser.open(write_report(desk).parent / "1-month.html")
    browser.page.wait_for_timeout(300)
    drawn = browser.page.evaluate("Bokeh.documents.flatMap((d) => d.roots()).map((root) => root.name)")
    assert {"timeline", "places"} <= set(drawn) and browser.complaints == []
