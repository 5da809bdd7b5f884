"""The reference of what the doctor can find, from its catalogue."""

from __future__ import annotations

from typing import TYPE_CHECKING

from writers.markdown import NOTE, anchor, code, table

if TYPE_CHECKING:
    from collections.abc import Iterator

    from relyant.doctor.finding import FindingDoc

_ABOUT = """\
`manage.py relyant_doctor` says what is wrong between a project and its provider; with `--login` it opens one
login on this machine and examines what comes, without signing anybody in. A finding that begins with
`relyant.` is a [system check](checks.md).

The exit code is 0 where nothing is wrong (warnings and notes allowed, unless `--fail-on` says otherwise), 1
where something is, 2 where the examination couldn't be made.

## The report as JSON

`--json` writes one object. Members may be added; one that changes or goes away raises `shape`.
"""
_WHO = {
    "site": "to be mended in this project",
    "provider": "to be mended at the provider",
    "network": "to be mended on the way between",
}


def page() -> str:
    """How the doctor answers, and every finding with what mends it."""
    from relyant.doctor.about_login import LOGIN
    from relyant.doctor.about_provider import PROVIDER
    from relyant.doctor.about_site import SITE
    from relyant.doctor.report import FINDING_MEMBERS, MEMBERS

    return "\n".join(
        [
            "# The doctor's findings\n",
            NOTE,
            _ABOUT,
            table(("member", "what it is"), [(code(name), meaning) for name, meaning in MEMBERS]),
            "Each of `findings` has:\n",
            table(("member", "what it is"), [(code(name), meaning) for name, meaning in FINDING_MEMBERS]),
            *_group("In the project's settings", SITE),
            *_group("Without a login", PROVIDER),
            *_group("In a login (`--login`)", LOGIN),
        ]
    )


def _group(heading: str, findings: dict[str, FindingDoc]) -> Iterator[str]:
    yield f"## {heading}\n"
    for identifier, doc in findings.items():
        yield f'<a id="{anchor(identifier)}"></a>\n'
        yield f"### {code(identifier)}\n"
        yield f"{doc.severity.capitalize()}, {_WHO[doc.who]}: **{doc.title}**\n"
        yield f"{doc.meaning}\n"
        yield f"- What mends it here: {doc.mend}"
        yield f"- In Keycloak: {doc.keycloak}\n" if doc.keycloak else ""
