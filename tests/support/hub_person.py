"""Somebody at a JupyterHub, over HTTP: logs in as a browser does, then asks with a token."""

import time

import requests

__all__ = ["Person"]


class Person:
    """A user of a hub who has logged in.

    Args:
        url: the hub's, without a slash at the end.
        name: of the user.
        password: of the user.

    Raises:
        PermissionError: the hub did not let the user in.
    """

    def __init__(self, url, name, password):
        self.url, self.name = url, name
        with requests.Session() as browser:
            browser.get(f"{url}/hub/login", timeout=60)
            form = {"username": name, "password": password, "_xsrf": browser.cookies.get("_xsrf")}
            # Not on to the server, which that would start and wait for.
            came = browser.post(
                f"{url}/hub/login", data=form, params={"next": "/hub/home"}, timeout=60
            )
            if came.status_code != 200 or "/login" in came.url:
                raise PermissionError(f"{name}: {came.status_code} {came.url}")
            xsrf = {"X-XSRFToken": browser.cookies.get("_xsrf", path="/hub/")}
            made = browser.post(
                f"{url}/hub/api/users/{name}/tokens", json={}, headers=xsrf, timeout=60
            )
            made.raise_for_status()
        self.headers = {"Authorization": f"token {made.json()['token']}"}

    def ask(self, path, method="GET", /, **body):
        """The answer to a request to any path of the hub; with a body, it is a POST's JSON."""
        method = "POST" if body and method == "GET" else method
        return requests.request(
            method,
            f"{self.url}/{path}",
            json=body or None,
            headers=self.headers,
            allow_redirects=False,
            timeout=300,
        )

    def start(self, patience=300):
        """Start this user's server, and return once it answers."""
        started = self.ask(f"hub/api/users/{self.name}/server", "POST")
        assert started.status_code in (201, 202), started.text
        deadline = time.monotonic() + patience
        while not self.ask(f"hub/api/users/{self.name}").json()["servers"].get("", {}).get("ready"):
            assert time.monotonic() < deadline, f"the server of {self.name} does not answer"
            time.sleep(0.2)

    def __call__(self, path, method="GET", /, **body):
        """What this user's own server answers, as JSON."""
        answer = self.ask(f"user/{self.name}/{path}", method, **body)
        assert answer.ok, f"{path}: {answer.status_code} {answer.text[:500]}"
        return answer.json()
