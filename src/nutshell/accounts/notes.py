"""Where "your password was changed" and the like wait for the next page."""

from django.contrib.messages.storage.cookie import CookieStorage


class HostCookieStorage(CookieStorage):
    """A signed cookie in the browser, locked to this host like all the others."""

    cookie_name = "__Host-messages"
