"""The reference of addresses, from `relyant.urls` and its views."""

from __future__ import annotations

import inspect

from writers.markdown import NOTE, table


def page() -> str:
    """Every address, its name for `reverse`, and what its view answers."""
    from relyant import urls

    rows = [
        (
            f"`{one.pattern}`",
            f"`{urls.app_name}:{one.name}`",
            " ".join((inspect.getdoc(one.callback) or "").split()),
        )
        for one in urls.urlpatterns
    ]
    return "\n".join(
        [
            "# Addresses\n",
            NOTE,
            'The pages that `path("oidc/", include("relyant.urls"))` adds to a site.\n',
            "The paths stand below the prefix of that line. In a callback stands the provider's name in the",
            "settings, `keycloak` in the examples: with it the address is the **redirect URI** to register,",
            "and `logged-out/` is the **post-logout redirect URI**.\n",
            table(("path", "name", "what it does"), rows),
        ]
    )
