"""Troubleshooting, indexed by the exact words that somebody reads: on a page, in the log, from a check."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING

from writers import messages
from writers.markdown import NOTE, anchor, code

if TYPE_CHECKING:
    from collections.abc import Iterator

# Kind of an error: who must act, and what usually helps.
_WHO_ACTS = {
    "configuration": "**The site's operator.** A setting here and the client at the provider don't fit. "
    "`manage.py check` finds what can be found without the provider; "
    "[Keycloak](how-to/keycloak.md) names the page of the console for each value.",
    "refused": "**The provider said no**, to this person or to this request. Its own log says why.",
    "transaction": "**The visitor**, by starting again. It happens to one person once; if it happens to all, "
    "the site is reached under two addresses or its cookies don't come back: see "
    "[Behind a proxy](how-to/proxy.md).",
    "misbehaved": "**The provider's operator.** Its answer breaks the specification.",
    "incompatible": "**The provider's operator**, by changing the client there. The provider asks for "
    "something that this version doesn't do; the message names it.",
    "invalid_token": "**The provider's operator**, and whoever runs the clocks. The token is not one for "
    "this site, or is not the provider's. [What we verify](concepts/what-we-verify.md) has each check.",
    "unavailable": "**Nobody, at first:** the provider or the database is away, and the visitor may try "
    "again. If it lasts, look at the address, the network and the certificate.",
    "session": "**The site's operator.** The login worked, and the browser doesn't keep the session.",
    "decision": "**Whoever gives roles**, or whoever writes the policy. The person is known; the policy "
    "doesn't let her in. See [Make staff and superusers from roles](how-to/staff-and-superusers.md).",
    "account": "**The site's operator.** The person may come in, but her account here can't be used.",
    "misuse": "**The authors of Relyant.** Report it with the reference's line of the log.",
}


def page() -> str:
    """The whole page."""
    return "\n".join(
        [
            "---\ntocdepth: 2\n---\n",
            "# Troubleshooting\n",
            NOTE,
            "Every refusal, check and finding of the doctor, with who must act and what helps.\n",
            "Search this page for the words that you read. A page of Relyant shows a **code** and a",
            "**reference**; the log (logger `relyant`) has the reference, the code and the operator's",
            "message in one line. Where a message here has `…`, yours has a value.\n",
            *_by_title(),
            *_by_code(),
            *_checks(),
            *_findings(),
        ]
    )


def _by_title() -> Iterator[str]:
    """What a visitor reads, and which codes may be behind it."""
    from relyant import errors

    codes = defaultdict(list)
    for name, _kind, _meaning in errors.catalogue():
        explanation = errors.explain(name)
        if explanation is not None:
            codes[str(explanation.title)].append(name)
    yield "## A page says …\n"
    yield "The page's small print has the code; these are the titles above it.\n"
    for title in sorted(codes):
        yield f"“{title}”"
        kinds = sorted({name.partition(".")[0] for name in codes[title]})
        links = ", ".join(f"[{kind}](#{anchor(f'kind-{kind}')})" for kind in kinds)
        yield f": A code of {links}.\n"


def _by_code() -> Iterator[str]:
    """Every code, under its kind."""
    from relyant import errors

    known = messages.patterns()
    kinds: dict[str, list[tuple[str, str]]] = defaultdict(list)
    for name, kind, meaning in errors.catalogue():
        kinds[kind].append((name, meaning))
    for kind, rows in kinds.items():
        yield f"({anchor(f'kind-{kind}')})=\n## Codes `{kind}`\n"
        yield f"{_WHO_ACTS[kind]}\n"
        for name, meaning in rows:
            yield f"({anchor(name)})=\n### `{name}`\n"
            yield f"{meaning}\n"
            explanation = errors.explain(name)
            if explanation is not None:
                yield f"The page\n: “{explanation.title}” {explanation.visitor}\n"
            if known.get(name):
                yield "The log\n: " + "\\\n  ".join(map(code, known[name])) + "\n"


def _checks() -> Iterator[str]:
    """Every system check."""
    from relyant import check_catalogue

    yield "## `manage.py check` says …\n"
    for name, doc in check_catalogue.CATALOGUE.items():
        yield f"({anchor(name)})=\n### `{name}`\n"
        yield f"{doc.meaning}\n"
        yield f"What mends it\n: {doc.hint}\n"


def _findings() -> Iterator[str]:
    """Every finding of the doctor."""
    from relyant.doctor import findings

    yield "## `manage.py relyant_doctor` says …\n"
    yield "[The doctor's findings](reference/doctor.md) has each with its meaning.\n"
    for name, doc in findings.CATALOGUE.items():
        yield f"({anchor(name)})=\n### `{name}`\n"
        yield f"{doc.title}\n"
        yield f"What mends it\n: {doc.mend}\n"
        if doc.keycloak:
            yield f"In Keycloak\n: {doc.keycloak}\n"
