"""What a browser writes into its console of a page: scripts that fail, and all that a policy refuses."""

from __future__ import annotations

_STATUS = "Failed to load resource: the server responded with a status of"
# What Chromium shows in the place of an answer without a page, such as 405.
_EMPTY_PAGE = "chrome-error://chromewebdata/"


def note_complaints(context, complaints):
    """Collect the errors and warnings of all pages of a context.

    A page's own status is none: a refusal is answered with 403, and the browser notes that as an error.
    """
    pages = {_EMPTY_PAGE}

    def note_page(response):
        if response.request.is_navigation_request():
            pages.add(response.url)

    def note_message(message):
        is_status = message.text.startswith(_STATUS) and message.location["url"] in pages
        if message.type in ("error", "warning") and not is_status:
            complaints.append(f"{message.type} of {message.location['url']}: {message.text}")

    context.on("response", note_page)
    context.on("console", note_message)
    context.on("weberror", lambda failure: complaints.append(str(failure.error)))
