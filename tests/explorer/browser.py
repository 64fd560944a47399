"""Chromium through Selenium, and a page of the explorer in it."""

import time


def start_browser(chromium, chromedriver):
    """Return a driver of a headless Chromium."""
    from selenium import webdriver
    from selenium.webdriver.chrome.service import Service

    options = webdriver.ChromeOptions()
    options.binary_location = chromium
    for argument in ("headless=new", "no-sandbox", "disable-dev-shm-usage", "window-size=1440,900"):
        options.add_argument(f"--{argument}")
    options.set_capability("goog:loggingPrefs", {"browser": "ALL"})
    driver = webdriver.Chrome(options=options, service=Service(chromedriver))
    driver.set_script_timeout(60)
    return driver


class Page:
    """A page of the explorer: its numbers, its text, and what a visitor can do.

    Parameters
    ----------
    driver : selenium WebDriver
        The browser.
    path : pathlib.Path
        The page.
    """

    def __init__(self, driver, path):
        self.driver = driver
        driver.get(path.as_uri())
        self.wait("window.bigramExplorer")

    def js(self, expression, *args):
        """Return the value of an expression, in which `e` is the explorer and `$` finds elements.

        The arguments are called a, b, ...
        """
        names = "abcdef"[: len(args)]
        setting = f"const [{', '.join(names)}] = arguments;" if args else ""
        finding = "const e = window.bigramExplorer, $ = (s) => document.querySelector(s);"
        return self.driver.execute_script(f"{setting} {finding} return {expression};", *args)

    def wait(self, expression, seconds=30):
        """Wait until an expression is true."""
        end = time.monotonic() + seconds
        while not self.js(f"Boolean({expression})"):
            assert time.monotonic() < end, f"{expression} is not true after {seconds} s"
            time.sleep(0.02)

    def settle(self):
        """Wait until the page is drawn again."""
        self.driver.execute_async_script("requestAnimationFrame(() => setTimeout(arguments[0], 0))")

    def text(self, selector):
        """Return the text that is shown of an element."""
        return self.js("$(a).innerText", selector)

    def texts(self, selector):
        """Return the text of all elements."""
        return self.js("[...document.querySelectorAll(a)].map((x) => x.innerText)", selector)

    def find(self, selector):
        """Return an element."""
        return self.driver.find_element("css selector", selector)

    def click(self, selector):
        """Click on an element."""
        self.find(selector).click()

    def keys(self, *keys):
        """Press keys, wherever the focus is."""
        self.driver.switch_to.active_element.send_keys(*keys)
        self.settle()

    def type(self, selector, text):
        """Replace the text of a field."""
        from selenium.webdriver.common.keys import Keys

        self.find(selector).send_keys(Keys.CONTROL, "a", Keys.NULL, Keys.BACKSPACE, text)
        self.settle()

    def set_slider(self, step):
        """Move the slider to a step, as a visitor does."""
        self.js("($('#slider').value = a, $('#slider').dispatchEvent(new Event('input')))", step)
        self.settle()

    def set_model(self, name):
        """Choose a model of the switch."""
        self.js("[...$('#models').children].find((x) => x.innerText === a).click()", name)

    def matrix(self):
        """Return P as the page has it now, as a flat list."""
        return self.js("Array.from(e.state.P)")
