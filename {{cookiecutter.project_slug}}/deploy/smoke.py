"""Walk through a running site as a person would: log in, order a pizza, bake it, deliver it.

    python deploy/smoke.py http://127.0.0.1:8000 --user admin --password …

Needs nothing but Python. ``--https`` speaks as a proxy does that has taken https off the request;
gunicorn believes it from this machine. Exits with one sentence at the first step that fails.
The walk leaves one delivered order behind.
"""

from __future__ import annotations

import argparse
import gzip
import html
import http.cookiejar
import re
import sys
import time
import urllib.error
import urllib.parse
import urllib.request


class Walk:
    """A browser with cookies, and the steps of the walk."""

    def __init__(self, address: str, *, https: bool, host: str) -> None:
        self.address = address.rstrip("/")
        host = host or urllib.parse.urlsplit(address).netloc
        self.headers = {"Host": host, "Accept-Encoding": "gzip"}
        if https:
            self.headers["X-Forwarded-Proto"] = "https"
            self.headers["Origin"] = f"https://{host}"
        policy = http.cookiejar.DefaultCookiePolicy(secure_protocols=("http", "https"))
        cookies = http.cookiejar.CookieJar(policy)
        self.opener = urllib.request.build_opener(
            urllib.request.ProxyHandler({}), urllib.request.HTTPCookieProcessor(cookies)
        )

    def open(self, path: str, data: dict[str, str] | None = None) -> tuple[str, str]:
        """The path where the request ended up, after redirects, and the page."""
        body = urllib.parse.urlencode(data).encode() if data is not None else None
        request = urllib.request.Request(self.address + path, body, self.headers)  # noqa: S310
        try:
            with self.opener.open(request, timeout=30) as response:
                content = response.read()
                self.answer = response.headers
                url = response.url
        except urllib.error.HTTPError as error:
            sys.exit(f"{path} answered {error.code} {error.reason}")
        except OSError as error:
            sys.exit(f"{path} could not be opened: {error}")
        if self.answer.get("Content-Encoding") == "gzip":
            content = gzip.decompress(content)
        return urllib.parse.urlsplit(url).path, content.decode()

    def send(self, path: str, **answers: str) -> tuple[str, str]:
        """Open a page with a form, fill it in, send it; a form that comes back is a failure."""
        page = self.open(path)[1]
        token = re.search(r'name="csrfmiddlewaretoken" value="([^"]+)"', page)
        if not token:
            sys.exit(f"{path} has no form")
        arrived, page = self.open(path, {"csrfmiddlewaretoken": token[1], **answers})
        if arrived == path:
            sys.exit(f"{path} did not accept {answers}")
        return arrived, page

    def do_task(self, process: str, step: str, **answers: str) -> None:
        page = self.open(f"/pizza/{process}/")[1]
        task = re.search(rf"/pizza/{process}/{step}/(\d+)/", page)
        if not task:
            sys.exit(f"/pizza/{process}/ shows no task {step}")
        self.send(f"/pizza/{process}/{step}/{task[1]}/assign/")
        self.send(f"/pizza/{process}/{step}/{task[1]}/execute/", **answers)

    def static_file(self, page: str) -> str:
        """Fetch the first stylesheet of a page."""
        link = re.search(r'href="([^"]+\.css[^"]*)"', page)
        if not link:
            sys.exit("the log-in page has no stylesheet")
        path = html.unescape(link[1])
        self.open(path)
        return path


def main() -> None:
    parser = argparse.ArgumentParser(description="Order a pizza on a running site.")
    parser.add_argument("address", help="for example http://127.0.0.1:8000")
    parser.add_argument("--user", default="admin")
    parser.add_argument("--password", default="admin")
    parser.add_argument("--host", default="", help="Host header, when it is not the address's")
    parser.add_argument("--https", action="store_true", help="send X-Forwarded-Proto: https")
    options = parser.parse_args()

    started = time.monotonic()
    walk = Walk(options.address, https=options.https, host=options.host)
    walk.open("/healthz")
    walk.open("/readyz")
    login = walk.open("/accounts/login/")[1]
    path = walk.static_file(login)
    if options.https:
        if not re.search(r"\.[0-9a-f]{8,}\.css$", path):
            sys.exit(f"{path} has no hash in its name")
        if "Content-Encoding" not in walk.answer:
            sys.exit(f"{path} is not compressed")
        if "immutable" not in walk.answer.get("Cache-Control", ""):
            sys.exit(f"{path} may not be cached for ever")
    walk.send("/accounts/login/", username=options.user, password=options.password)
    arrived, _page = walk.send(
        "/pizza/start/",
        customer_name="Smoke Test",
        address="1 Chimney Row",
        toppings="Smoked cheese",
    )
    process = re.search(r"/pizza/(\d+)/", arrived)
    if not process:
        sys.exit(f"the new order led to {arrived}")
    walk.do_task(process[1], "bake", baking_time="12")
    walk.do_task(process[1], "deliver", tips_received="2")
    # The class of the word beside the title, not the word: the site may speak any language.
    if 'class="status done"' not in walk.open(f"/pizza/{process[1]}/")[1]:
        sys.exit(f"/pizza/{process[1]}/ is not done")
    print(f"Order {process[1]} was delivered in {time.monotonic() - started:.1f} s.")


if __name__ == "__main__":
    main()
