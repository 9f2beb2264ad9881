"""The site in a real browser, opened from the file system: what a person reads, finds and reaches, with keys alone."""

import os
import shutil

import pytest

from slate_pg.docs.addresses import Addresses
from slate_pg.docs.site import page_of_difference, write
from tests.docs import sample

PROGRAM = os.environ.get("CHROMIUM") or shutil.which("chromium") or shutil.which("chromium-browser")
if not PROGRAM:
    pytest.skip("no chromium on PATH or in CHROMIUM: the site is not tried in a browser", allow_module_level=True)
playwright = pytest.importorskip("playwright.sync_api", reason="playwright is not installed (extra dev)")
axe = pytest.importorskip("axe_playwright_python.sync_playwright", reason="axe is not installed (extra dev)")

ALONE = "alone/diff.html"  # as `slate docs --diff` writes it
HOSTILE = Addresses(sample.SCRIPT)
PAGES = [
    "index.html", "live.html", "diff.html", ALONE, "shop/index.html", "shop/diagram.html", "shop/access.html",
    "shop/history.html", "shop/functions.html", "shop/errors.html", "shop/operations.html", "shop/tables/orders.html",
    "shop/tables/revenue.html", "two/diagram.html", "empty/index.html",
    *(HOSTILE.page(name) for name in ("index", "diagram", "access", "history", "functions", "errors", "operations")),
    *(HOSTILE.table("x</a>", name) for name in sample.HOSTILE[:4]),
]  # fmt: skip


@pytest.fixture(scope="module")
def home(tmp_path_factory):
    folder = tmp_path_factory.mktemp("site")
    write(sample.site(), folder)
    (folder / "alone").mkdir()
    (folder / ALONE).write_text(page_of_difference(sample.site()), "utf-8")
    return folder.as_uri()


@pytest.fixture(scope="module")
def browser():
    with playwright.sync_playwright() as run:
        # CI runs as root, where Chromium's sandbox does not start; the pages are our own.
        started = run.chromium.launch(executable_path=PROGRAM, args=["--no-sandbox"])
        yield started
        started.close()


@pytest.fixture(scope="module")
def window(browser):
    """One window for all tests: a wide one that scripts run in, with what it asked for and complained of."""
    context = browser.new_context(viewport={"width": 1280, "height": 900})
    page = context.new_page()
    page.set_default_timeout(30_000)
    page.asked, page.complained = [], []
    page.on("request", lambda request: page.asked.append(request.url))
    page.on("console", lambda message: page.complained.append(message.text))
    page.on("pageerror", lambda error: page.complained.append(str(error)))
    page.on("dialog", lambda dialog: (page.complained.append(dialog.message), dialog.dismiss()))
    yield page
    context.close()


@pytest.fixture
def page(window):
    window.asked.clear()
    window.complained.clear()
    window.set_viewport_size({"width": 1280, "height": 900})
    return window


@pytest.fixture(scope="module")
def plain(browser):
    """A window in which no script runs."""
    context = browser.new_context(java_script_enabled=False, viewport={"width": 360, "height": 740})
    page = context.new_page()
    yield page
    context.close()


@pytest.mark.parametrize("path", PAGES)
def test_a_page_opens_from_the_file_system_asks_for_nothing_elsewhere_and_complains_of_nothing(page, home, path):
    page.goto(f"{home}/{path}")
    assert page.title() != "taken"
    assert page.complained == []
    assert [url for url in page.asked if not url.startswith((home, "data:,"))] == []


@pytest.mark.parametrize("path", PAGES)
@pytest.mark.parametrize("width", [360, 1280])
def test_no_page_scrolls_sideways(page, home, path, width):
    page.set_viewport_size({"width": width, "height": 740})
    page.goto(f"{home}/{path}")
    assert page.evaluate("document.documentElement.scrollWidth") <= width


@pytest.mark.parametrize(
    ("path", "scheme"),
    [*((path, "light") for path in PAGES), *((path, "dark") for path in PAGES if "shop" in path or "diff" in path)],
)
def test_axe_finds_nothing_serious(page, home, path, scheme):
    page.emulate_media(color_scheme=scheme)
    page.goto(f"{home}/{path}")
    found = axe.Axe().run(page).response["violations"]
    assert [(v["id"], v["nodes"][0]["html"]) for v in found if v["impact"] in ("serious", "critical")] == []


@pytest.mark.parametrize(
    ("words", "kind", "name", "lands"),
    [
        ("orders", "table", "shop.orders", "shop/tables/orders.html"),
        ("customer_id", "column", "orders.customer_id", "shop/tables/orders.html#c-customer_id"),
        ("total", "function", "shop.total", "shop/functions.html#f-"),
        ("add_price", "migration", "shop_0002_add_price", "shop/history.html#m-shop_0002_add_price"),
        ("sh001", "error", "SH001", "shop/errors.html#x-0"),
        ("open_orders", "query", "open_orders", "shop/operations.html#query-open_orders"),
        ("revenue view", "view", "shop.revenue", "shop/tables/revenue.html"),
    ],
)
def test_the_search_finds_it_and_enter_goes_there(page, home, words, kind, name, lands):
    page.goto(f"{home}/two/tables/" + Addresses("two").table("one", "a").rpartition("/")[2])
    page.keyboard.press("/")
    page.keyboard.type(words)
    first = page.locator("#found a").first
    first.wait_for()
    assert (first.locator(".kind").inner_text(), first.locator("b").inner_text()) == (kind, name)
    page.keyboard.press("Enter")
    page.wait_for_url(f"**/{lands}*")
    assert page.complained == []


def test_the_search_shows_hostile_names_as_text_and_nothing_for_nonsense(page, home):
    page.goto(f"{home}/index.html")
    page.fill("#search", "taken")
    page.locator("#found a").first.wait_for()
    assert page.locator("#found script").count() == 0
    page.fill("#search", "zzzz")
    assert page.inner_text("#found") == "Nothing found."
    page.keyboard.press("Escape")
    assert page.locator("#found").is_hidden()
    assert (page.title(), page.complained) == ("Shop & more", [])


def focused(page):
    """Return what has the focus, as a link or a name, and whether a person sees that it has."""
    return page.evaluate("""() => {
        const e = document.activeElement;
        const s = getComputedStyle(e);
        const r = e.querySelector ? e.querySelector('rect') : null;
        const seen = s.outlineStyle !== 'none' || (r && getComputedStyle(r).strokeWidth === '3px');
        return [e.getAttribute('href') || e.id || e.getAttribute('aria-label') || e.textContent, Boolean(seen)];
    }""")


@pytest.mark.parametrize("path", ["index.html", "shop/diagram.html", "shop/access.html", "shop/tables/orders.html"])
def test_everything_is_reached_by_the_tab_key_and_its_focus_is_seen(page, home, path):
    page.goto(f"{home}/{path}")
    wanted = page.evaluate(
        "[...document.querySelectorAll('a[href], button, input, summary, [tabindex=\"0\"]')]"
        ".filter(e => e.getClientRects().length).length"
    )
    met = []
    for _ in range(wanted):
        page.keyboard.press("Tab")
        met.append(focused(page))
    assert met[0][0] == "#main"  # the way past the links above comes first
    assert [what for what, seen in met if not seen] == []
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement === document.body || document.activeElement.className === 'skip'")


def test_arrows_go_from_table_to_table_of_a_diagram_and_enter_opens_one(page, home):
    page.goto(f"{home}/shop/diagram.html")
    page.fill("#find", "order")
    page.keyboard.press("Enter")
    assert focused(page)[0].endswith("orders.html")
    assert page.locator(".fk.near").count() == 3
    page.keyboard.press("ArrowRight")
    assert focused(page)[0].endswith("items.html")
    page.keyboard.press("ArrowLeft")
    page.keyboard.press("ArrowLeft")
    assert focused(page)[0].endswith(("customers.html", "products.html"))
    page.keyboard.press("Enter")
    page.wait_for_url("**/shop/tables/*.html")


def test_a_diagram_grows_and_shrinks_with_buttons_and_keys(page, home):
    page.goto(f"{home}/shop/diagram.html")
    drawing = page.locator(".diagram")
    width = drawing.bounding_box()["width"]
    page.click("[data-zoom=in]")
    assert drawing.bounding_box()["width"] == pytest.approx(width * 1.25, rel=0.01)
    page.locator(".picture").focus()
    page.keyboard.press("-")
    assert drawing.bounding_box()["width"] == pytest.approx(width, rel=0.01)
    page.keyboard.press("0")
    inside = page.locator(".picture").bounding_box()
    assert drawing.bounding_box()["width"] <= inside["width"] + 1


def test_a_schema_is_hidden_with_its_lines_and_shown_again(page, home):
    page.goto(f"{home}/two/diagram.html")
    one = page.locator('.box[data-schema="one"]')
    assert (one.count(), one.is_visible(), page.locator(".fk:visible").count()) == (1, True, 2)
    page.locator('.schemas input[value="one"]').uncheck()
    assert (one.is_visible(), page.locator(".fk:not([hidden])").count()) == (False, 1)
    page.locator('.schemas input[value="one"]').check()
    assert (one.is_visible(), page.locator(".fk:not([hidden])").count()) == (True, 2)


def test_a_cell_of_the_heat_map_leads_to_the_question_why(page, home):
    page.goto(f"{home}/shop/access.html")
    page.locator('a.heat[href$="orders.html#access-shop_people"]').press("Enter")
    page.wait_for_url("**/shop/tables/orders.html#access-shop_people")
    assert "slate why shop_people PERSON shop.orders KEY" in page.locator("section:target").inner_text()


@pytest.mark.parametrize("path", PAGES)
def test_without_scripts_everything_is_read_and_nothing_dead_is_shown(plain, home, path):
    plain.goto(f"{home}/{path}")
    assert plain.locator("main h1").is_visible()
    assert plain.locator(".search").is_hidden()
    assert plain.locator("button:visible").count() == 0
    for drawing in plain.locator(".diagram").all():
        assert drawing.is_visible()


def test_a_line_of_a_diagram_ends_at_the_boxes_that_it_joins(page, home):
    for path in ("shop/diagram.html", HOSTILE.page("diagram")):
        page.goto(f"{home}/{path}")
        astray = page.evaluate("""() => [...document.querySelectorAll('.fk')].filter(line => {
            const box = key => [...document.querySelectorAll('.box')].find(b => b.dataset.key === key)
                .querySelector('rect').getBBox();
            const at = (p, b) => (Math.abs(p.x - b.x) < 1 || Math.abs(p.x - b.x - b.width) < 1)
                && p.y > b.y && p.y < b.y + b.height;
            const ends = [line.getPointAtLength(0), line.getPointAtLength(line.getTotalLength())];
            return !at(ends[0], box(line.dataset.from)) || !at(ends[1], box(line.dataset.to));
        }).map(line => line.dataset.name)""")
        assert astray == [], path


def test_no_text_of_a_diagram_runs_out_of_its_box(page, home):
    for path in ("shop/diagram.html", HOSTILE.page("diagram")):
        page.goto(f"{home}/{path}")
        wide = page.evaluate("""() => [...document.querySelectorAll('.box text')].filter(text =>
            text.getBBox().x + text.getBBox().width > text.parentNode.querySelector('rect').getBBox().x
            + text.parentNode.querySelector('rect').getBBox().width).map(text => text.textContent)""")
        assert wide == [], path


PRINTED = [
    "shop/diagram.html",
    "shop/access.html",
    "shop/history.html",
    "shop/tables/orders.html",
    "shop/errors.html",
    ALONE,
]
PAPER = 680  # px of A4's width that margins leave


@pytest.mark.parametrize("path", [*PRINTED, HOSTILE.table("x</a>", sample.HOSTILE[2]), HOSTILE.page("diagram")])
def test_on_paper_nothing_is_cut_or_dark_and_nothing_that_only_a_screen_has_is_left(page, home, path):
    page.set_viewport_size({"width": PAPER, "height": 960})
    page.goto(f"{home}/{path}")
    page.emulate_media(media="print", color_scheme="dark")
    found = page.evaluate(
        """width => {
        const shown = selector => [...document.querySelectorAll(selector)].filter(e => e.getClientRects().length);
        const name = e => e.tagName + '.' + e.className + ': ' + e.textContent.slice(0, 30);
        const light = words => words.match(/[0-9.]+/g).slice(0, 3).every(n => n > 120);
        const style = e => getComputedStyle(e);
        return {
            wide: shown('main *').filter(e => e.getBoundingClientRect().right > width + 1 && style(e).position !== 'absolute'
                && !(e.closest('svg') && e.tagName !== 'svg')).map(name),
            cut: shown('.scroll, pre').filter(e => style(e).overflow !== 'visible' || e.scrollWidth > e.clientWidth + 1).map(name),
            dark: [document.body, ...shown('.box rect, .heat')].map(e => style(e).fill !== 'rgb(0, 0, 0)' ? style(e).fill
                : style(e).backgroundColor).filter(words => !light(words) && words !== 'rgba(0, 0, 0, 0)'),
            faint: shown('h1, p, td, th, a, code').filter(e => light(style(e).color)).map(name),
            screen: shown('nav, .search, .tools, button, footer').map(name),
            plain: shown('main p a, main li a, main td a').filter(e => !style(e).textDecorationLine.includes('underline')
                && !e.matches('.heat')).map(name),
        };
    }""",
        PAPER,
    )
    page.emulate_media(media="screen", color_scheme="light")
    assert found == {"wide": [], "cut": [], "dark": [], "faint": [], "screen": [], "plain": []}


def test_a_page_that_is_printed_has_its_table_as_a_table(page, home, tmp_path):
    page.goto(f"{home}/shop/tables/orders.html")
    page.pdf(path=tmp_path / "orders.pdf", format="A4")
    assert (tmp_path / "orders.pdf").read_bytes().startswith(b"%PDF")
    page.set_viewport_size({"width": PAPER, "height": 960})
    page.emulate_media(media="print")
    assert page.evaluate("getComputedStyle(document.querySelector('.columns tr')).display") == "table-row"
    page.emulate_media(media="screen")
