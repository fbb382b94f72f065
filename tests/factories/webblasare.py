"""Somebody at a real browser, and the application behind it in a thread of the tests."""

import contextlib
import threading
from wsgiref.simple_server import WSGIRequestHandler, WSGIServer

import pytest
from django.db import connections

from tests.factories.portal import LOSENORD

WIDE, NARROW = 1366, 320
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa"]
ARGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--disable-dev-shm-usage",
]


class Quiet(WSGIRequestHandler):
    """Says nothing on the terminal of the tests."""

    def log_message(self, *_args):
        """Keep quiet."""


@contextlib.contextmanager
def serve(nu):
    """Serve the application from a thread of this process, at a fixed moment; yield its address."""
    from avstamning.portal import sidor  # noqa: PLC0415 - Django is ready only now
    from gvr.wsgi import application  # noqa: PLC0415

    def answer(environ, start_response):
        svar = application(environ, start_response)
        try:
            yield from svar
        finally:
            svar.close()
            connections.close_all()

    with pytest.MonkeyPatch.context() as patch:
        # playwright's loop runs in the test's thread
        patch.setenv("DJANGO_ALLOW_ASYNC_UNSAFE", "1")
        patch.setattr(sidor, "now", lambda: nu)
        with WSGIServer(("127.0.0.1", 0), Quiet) as httpd:
            httpd.set_app(answer)
            trad = threading.Thread(target=httpd.serve_forever, daemon=True)
            trad.start()
            yield f"http://127.0.0.1:{httpd.server_port}"
            httpd.shutdown()
            trad.join()


@contextlib.contextmanager
def chrome(chromium):
    """Start Chromium."""
    from playwright.sync_api import sync_playwright  # noqa: PLC0415 - only where it is used

    with sync_playwright() as p:
        browser = p.chromium.launch(executable_path=chromium, args=ARGS)
        yield browser
        browser.close()


class Person:
    """Somebody at a browser. Policy violations and script errors are remembered."""

    def __init__(self, browser, server, namn=None, **installning):
        self.context = browser.new_context(
            viewport={"width": WIDE, "height": 900},
            locale="sv-SE",
            base_url=server,
            **installning,
        )
        self.page = self.context.new_page()
        self.page.set_default_timeout(20_000)
        self.fel = []
        self.page.on("console", lambda m: self.fel.append(m.text) if m.type == "error" else None)
        if namn:
            self.page.goto("/logga-in/")
            self.page.fill("#id_username", namn)
            self.page.fill("#id_password", LOSENORD)
            self.page.click("main button[type=submit]")

    def go(self, adress, bredd=WIDE):
        """Open a page at a width."""
        self.page.set_viewport_size({"width": bredd, "height": 900})
        return self.page.goto(adress)

    def violations(self):
        """What axe finds on the page as it is."""
        from axe_core_python.sync_playwright import Axe  # noqa: PLC0415 - only where it is used

        svar = Axe().run(self.page, options={"runOnly": RULES})
        return [
            f"{fel['id']}: {nod['target']} {nod['failureSummary']}"
            for fel in svar["violations"]
            for nod in fel["nodes"]
        ]

    def too_wide(self):
        """What stands out of the window, outside the scrollers that tables have."""
        return self.page.evaluate(
            """() => document.documentElement.scrollWidth <= innerWidth ? [] :
            [...document.querySelectorAll('body *')]
            .filter(e => e.getBoundingClientRect().right > innerWidth + 1
                && !e.parentElement.closest('.rulla, pre'))
            .map(e => e.tagName + '.' + e.className + ': ' + e.textContent.slice(0, 40))"""
        )


def focus(page):
    """The text of what has the focus, and whether a person can see that it has."""
    return page.evaluate(
        """() => { const e = document.activeElement, s = getComputedStyle(e);
        return [(e.textContent || e.name || '').trim().replace(/\\s+/g, ' '),
            s.outlineStyle !== 'none' && parseFloat(s.outlineWidth) >= 2]; }"""
    )


def tab_to(page, text, limit=120, *, exact=False, skip=0):
    """Press Tab until something with this text has the focus; every stop must be visible.

    `skip` passes over so many places with the text.
    """
    for _ in range(limit):
        page.keyboard.press("Tab")
        funnen, synlig = focus(page)
        assert synlig, f"the focus cannot be seen on {funnen!r}"
        if funnen == text if exact else text in funnen:
            if not skip:
                return
            skip -= 1
    raise AssertionError(f"Tab never came to {text!r}")
