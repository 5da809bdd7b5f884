"""Refusals: why somebody doesn't come in, in words for the operator's log and for the visitor's page.

Each has a stable code, a kind that says who must act, and a reference that joins the page to the log line.
The core's codes come with its exceptions; the tables below have those of the Django side. No text here holds
a token or a secret.
"""

from __future__ import annotations

import secrets
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.db import InterfaceError, OperationalError
from django.utils.translation import gettext_lazy as _

from relyant import _core

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from django.utils.functional import _StrPromise

    from relyant.decision import Decision

# No letter or digit here is easily taken for another when it is read out on the telephone.
_REFERENCE_ALPHABET = "23456789abcdefghjkmnpqrstuvwxyz"
_REFERENCE_LENGTH = 8

# Of a hook's words to a visitor, so many characters.
_LONGEST_WORDS = 500

# Seconds after which a visitor may try again where nobody said a better number.
_RETRY_AFTER = 30


@dataclass(frozen=True)
class _Words:
    """What a visitor reads: what happened, and what to do next."""

    title: _StrPromise
    text: _StrPromise


_SIGN_IN_FAILED = _("Sign-in did not work")
_NOT_ALLOWED = _("You may not come in")
_UNAVAILABLE = _("Sign-in is not available right now")

# Kinds of the core's refusals whose cause lies in the settings, the provider or the network between them.
_EXAMINED_KINDS = ("configuration", "refused", "invalid_token", "misbehaved", "incompatible", "unavailable")

_STATUS: Mapping[str, int] = {
    "transaction": 400,
    "session": 403,
    "refused": 403,
    "decision": 403,
    "account": 403,
    "invalid_token": 502,
    "misbehaved": 502,
    "incompatible": 502,
    "unavailable": 503,
    "configuration": 503,
    "misuse": 503,
}

# The policy, or what became of her account here, keeps a person out. The others are faults.
_OF_THE_PERSON = ("decision", "account")
# The provider's answer is sound, but the person didn't sign in as the site asks: it is hers to do so.
_HOW_SHE_SIGNED_IN = (
    "invalid_token.acr_mismatch",
    "invalid_token.amr_mismatch",
    "invalid_token.sign_in_too_long_ago",
)

_PROVIDER_ANSWER = _Words(
    _SIGN_IN_FAILED,
    _(
        "The sign-in service gave an answer that this site can't trust. Start again; if it happens again, "
        "tell the site's operator."
    ),
)
_SITE_FAULT = _Words(
    _UNAVAILABLE,
    _("This site's sign-in is not set up correctly. Tell the site's operator the reference below."),
)
_WORDS_BY_KIND: Mapping[str, _Words] = {
    "transaction": _Words(
        _("This sign-in can't be continued"),
        _("It may be too old, already finished, or begun in another browser. Start again."),
    ),
    "session": _Words(
        _SIGN_IN_FAILED,
        _(
            "You signed in, but your browser does not keep this site's session. Allow cookies for this site "
            "and start again; if it happens again, tell the site's operator the reference below."
        ),
    ),
    "refused": _Words(_SIGN_IN_FAILED, _("The sign-in service did not let you in. You can start again.")),
    "decision": _Words(
        _NOT_ALLOWED, _("You are known to the sign-in service, but your account has no access to this site.")
    ),
    "account": _Words(
        _NOT_ALLOWED,
        _("Your account on this site can't be used. Tell the site's operator the reference below."),
    ),
    "invalid_token": _PROVIDER_ANSWER,
    "misbehaved": _PROVIDER_ANSWER,
    "incompatible": _PROVIDER_ANSWER,
    "unavailable": _Words(_UNAVAILABLE, _("The sign-in service can't be reached. Try again in a moment.")),
    "configuration": _SITE_FAULT,
    "misuse": _SITE_FAULT,
}

_STRONGER_SIGN_IN = _Words(
    _("A stronger sign-in is needed"),
    _(
        "This site needs you to sign in in a stronger way, such as with a second factor. Sign in again and "
        "use it; if you have none, ask whoever manages your account at the sign-in service."
    ),
)
_ROLES_WITHHELD = _Words(
    _NOT_ALLOWED,
    _(
        "The sign-in service did not send your roles: they may be too many, or kept elsewhere. Tell the "
        "site's operator the reference below."
    ),
)
_SESSION_ENDED = _("Your session has ended")
_WORDS_BY_CODE: Mapping[str, _Words] = {
    "session.refused": _Words(
        _SESSION_ENDED,
        _(
            "The sign-in service does not let it go on: you may have been away for too long, or have signed "
            "out there. Sign in again."
        ),
    ),
    "session.too_old": _Words(
        _SESSION_ENDED, _("This site lets no session go on for longer than this. Sign in again.")
    ),
    "session.provider_away": _Words(
        _SESSION_ENDED,
        _("The sign-in service has not answered for too long. Sign in again as soon as it is back."),
    ),
    "session.ended": _Words(
        _SESSION_ENDED, _("It was ended elsewhere, by you or by the site's operator. Sign in again.")
    ),
    "session.ended_at_provider": _Words(
        _SESSION_ENDED,
        _("You signed out at the sign-in service while this sign-in was under way. Sign in again."),
    ),
    "session.other_person": _Words(
        _SESSION_ENDED,
        _("Somebody else is signed in at the sign-in service in this browser. Sign in again as yourself."),
    ),
    "session.no_access_token": _Words(
        _UNAVAILABLE,
        _(
            "This page needs the sign-in service in your name, and your session has no access to it. Sign in "
            "again."
        ),
    ),
    "invalid_token.acr_mismatch": _STRONGER_SIGN_IN,
    "invalid_token.amr_mismatch": _STRONGER_SIGN_IN,
    "invalid_token.sign_in_too_long_ago": _Words(
        _("A fresh sign-in is needed"),
        _(
            "You were signed in at the sign-in service already, too long ago for this site. Sign in again: "
            "the service will ask you anew."
        ),
    ),
    "refused.access_denied": _Words(
        _("Sign-in was cancelled"), _("You, or the sign-in service, ended the sign-in. You can start again.")
    ),
    "decision.overage": _ROLES_WITHHELD,
    "decision.roles_missing": _ROLES_WITHHELD,
    "decision.hook_failed": _SITE_FAULT,
    "decision.not_staff": _Words(
        _("You may not use this part of the site"),
        _("You are signed in, but these pages are for the site's staff."),
    ),
    "account.inactive": _Words(
        _NOT_ALLOWED, _("Your account on this site has been deactivated. Ask the site's operator.")
    ),
    "account.link_ambiguous": _Words(
        _NOT_ALLOWED,
        _(
            "Several accounts on this site have your e-mail address, so it can't be told which one is yours. "
            "Tell the site's operator the reference below."
        ),
    ),
    "account.link_privileged": _Words(
        _NOT_ALLOWED,
        _(
            "You have an account on this site that signing in may not take over, since it belongs to the "
            "site's staff. Tell the site's operator the reference below."
        ),
    ),
    "account.identity_linked_elsewhere": _Words(
        _("It can't be linked"),
        _(
            "That account at the sign-in service belongs to another account on this site. Sign in with it, "
            "and unlink it there; then link it here."
        ),
    ),
    "account.provider_linked_already": _Words(
        _("It can't be linked"),
        _(
            "Another account at the same sign-in service is linked to yours already. Unlink that one first, "
            "if you want to use this one instead."
        ),
    ),
    "account.last_way_in": _Words(
        _("It can't be unlinked"),
        _(
            "It is the only way in which you can sign in to this site. Link another sign-in service first, "
            "or let the site's operator set a password."
        ),
    ),
    "transaction.break_glass_unusable": _Words(
        _("This link can't be used"),
        _(
            "It may be incomplete, too old, or used already: it works once, for some minutes. Ask the site's "
            "operator for another one."
        ),
    ),
    "account.password_closed": _Words(
        _("Passwords are turned off here"),
        _(
            "Sign in by the sign-in service. If it doesn't work, the site's operator can make an emergency "
            "sign-in for you."
        ),
    ),
    "transaction.other_user": _Words(
        _("It can't be linked"),
        _(
            "You signed in to the sign-in service for another account on this site, or have signed out in "
            "between. Nothing was linked. Start again."
        ),
    ),
    "transaction.other_session": _Words(
        _("This sign-in can't be continued"),
        _(
            "It was for another session of this site than the one that is open now. Nothing has changed. Go "
            "back to the page that you wanted, and start again."
        ),
    ),
    "transaction.other_identity": _Words(
        _("Somebody else signed in"),
        _(
            "You were to sign in once more as yourself, but another person signed in at the sign-in service. "
            "Here you are still signed in as before. Start again, and sign in as yourself."
        ),
    ),
    "session.step_up_in_vain": _Words(
        _("The page asks for another sign-in again"),
        _(
            "You have just signed in once more, and it was not enough for this page. Try again; if it "
            "happens again, tell the site's operator the reference below."
        ),
    ),
    "account.username_taken": _Words(
        _NOT_ALLOWED,
        _(
            "Another account on this site already has your user name, and signing in takes no account over. "
            "Tell the site's operator the reference below and ask to have one of the two renamed."
        ),
    ),
    "unavailable.session_store": _Words(_UNAVAILABLE, _("This site is busy. Try again in a moment.")),
    "unavailable.database": _Words(_UNAVAILABLE, _("This site is busy. Try again in a moment.")),
}

# The Django side's codes with what each means, for the reference.
_MEANINGS: Mapping[str, str] = {
    "transaction.not_found": "The callback belongs to no login that this browser began within ten minutes.",
    "transaction.unknown_provider": "The address names a provider that `PROVIDERS` doesn't have.",
    "transaction.unknown_issuer": "Another site began a login with an `iss` that is no provider's `ISSUER`, "
    "byte for byte.",
    "transaction.other_user": "Somebody came back from a provider to link it, and is signed in as another "
    "user, in another session, or not at all.",
    "transaction.break_glass_unusable": "Somebody opened an emergency login that is unknown, used or lapsed, "
    "or whose user is deactivated: the page doesn't say which. `relyant_break_glass` makes another.",
    "account.password_closed": "A name and a password came to an admin's login, and `PASSWORD_LOGIN` is off. "
    "Nobody looked at the password.",
    "transaction.form_unusable": "What came to an address that takes a form can't be taken: another content "
    "type, a query beside it, too many bytes, or a connection that broke off.",
    "transaction.other_session": "Somebody came back from a provider to go on in a session as whom she had "
    "signed in, and the session is gone, or another user's. It was left alone.",
    "transaction.other_identity": "Somebody was to sign in once more, and another identity came back: not "
    "the session's own, or, where the session began without a provider, none that is linked to its user.",
    "transaction.demand_unusable": "An address for signing in once more has no demand under our seal, or one "
    "that is over an hour old: the page that she wanted makes a new one.",
    "session.step_up_in_vain": "She signed in once more for a page, as the core confirmed, and the page "
    "still demands more. Either two of its demands exclude each other, or its session isn't stored as it was "
    "made, or the clocks of the site's nodes differ by more than a minute.",
    "session.not_kept": "The browser completed several sign-ins and came back without a session each time. "
    "Check `SESSION_COOKIE_SECURE` (over plain http a browser drops such a cookie), `SESSION_COOKIE_DOMAIN`, "
    "`SESSION_COOKIE_NAME` (another app on this host may use it), whether the site is reached over https as "
    "it believes, and whether all processes share the session store.",
    "session.refused": "The provider refused to let a session go on: its refresh token is expired, revoked "
    "or used, or nobody is signed in there any more.",
    "session.too_old": "A session reached `SESSION_MAX_AGE`.",
    "session.provider_away": "A session's provider failed for longer than `GRACE`; or the settings don't "
    "have it any more.",
    "session.ended": "The register says that a session has ended, or doesn't know it any more.",
    "session.ended_at_provider": "A logout token for the session, or for the person, came before her sign-in "
    "was complete: the logout counts.",
    "session.other_person": "When a session was to be confirmed by the provider, somebody else was signed in "
    "there. The session ended, and nobody was signed in in its place.",
    "session.no_access_token": "`request.relyant.access_token()` was asked for in a session that keeps none: "
    'nobody is signed in by a provider, `KEEP_TOKENS` is `"none"`, the keys that sealed it are gone, or it '
    "has expired and there is no refresh token.",
    "decision.not_allowed": "The policy's `ALLOW` lets none of the person's roles in.",
    "decision.overage": "The provider left the roles out, as too many or kept elsewhere: nothing can be "
    "decided.",
    "decision.roles_missing": "No source has any of the claim paths of roles, and the policy's "
    "`ON_MISSING_ROLES` says to refuse then.",
    "decision.refused_by_hook": "The policy's `HOOK` refused the person; the page shows its words.",
    "decision.hook_failed": "The policy's `HOOK` failed, or didn't return a decision. The log has the error.",
    "decision.not_staff": "The person is signed in, but not staff, and the page is the admin's.",
    "account.inactive": "The Django user is deactivated (`is_active`).",
    "account.identity_linked_elsewhere": "Somebody wants to link an identity that is another Django user's: "
    "it is never taken from there.",
    "account.provider_linked_already": "Somebody wants to link a second subject of one issuer.",
    "account.last_way_in": "Somebody without a password wants to unlink her only identity at a provider of "
    "the settings.",
    "account.link_ambiguous": "Several active Django users have the verified e-mail address of somebody who "
    "signs in for the first time, if only in another case. Give all but one another address, or deactivate "
    "them.",
    "account.link_privileged": "The account that `LINK` finds is staff or superuser. Name her user name in "
    "`LINK_PRIVILEGED`, or let her link the provider herself, on the page of her linked identities.",
    "account.link_failed": "The callable that `LINK` names can't be imported, raised an error, or returned "
    "what is no user; the log says which.",
    "account.username_taken": "Another Django user has the name; accounts are not joined by name or e-mail "
    "unless `LINK` says so. Rename that user in the admin or the person at the provider, let the policy's "
    "`USER` fill the name from another claim, or set `USERNAME_COLLISION`.",
    "account.no_username": "No claim filled the user model's `USERNAME_FIELD`.",
    "account.invalid_username": "The claim's value can't be a user name here: too long, or odd characters.",
    "account.conflict": "The database refused the user: a unique field is taken, or a required one is empty.",
    "unavailable.renewal": "An access token was asked for that has expired, and the provider didn't renew it "
    "a moment ago, or takes too long.",
    "invalid_token.logout_token_used": "A logout token came again after it had ended its sessions: the "
    "provider or somebody else sent a copy.",
    "unavailable.session_store": "A session that a provider ended couldn't be deleted where sessions are "
    "kept; the log says why. It is deleted later.",
    "unavailable.database": "The database couldn't be reached, or was locked for too long.",
    "configuration.settings": "The `RELYANT` setting can't be used; `manage.py check` says why.",
}


def on_one_line(text: str) -> str:
    """A text that may hold somebody else's words: it breaks no log line, and no terminal obeys it."""
    return "".join(one if one.isprintable() else "\ufffd" for one in text)


class Refusal(Exception):  # noqa: N818  the product's word: a refusal is an answer, an error a fault
    """Why somebody doesn't come in.

    `operator` is the log's message, `title` and `visitor` the page's, `reference` stands in both.
    `retry_after` is in seconds, and never None where `status` is 503.
    """

    def __init__(
        self, code: str, operator: str, *, kind: str | None = None, retry_after: int | None = None
    ) -> None:
        # A visitor's or a database's words may be in it.
        self.operator = on_one_line(operator)
        super().__init__(f"{code}: {self.operator}")
        self.code = code
        self.kind = kind or code.partition(".")[0]
        self.status = _STATUS["refused"] if self.asks_anew else status_of(self.kind)
        self.retry_after = (retry_after or _RETRY_AFTER) if self.status == _STATUS["unavailable"] else None
        self.reference = "".join(secrets.choice(_REFERENCE_ALPHABET) for _ in range(_REFERENCE_LENGTH))

    @classmethod
    def from_database(cls, error: Exception) -> Refusal:
        """The refusal that an error of the database means.

        The error's name alone: its text may hold a row, and with it somebody's data.
        """
        return cls("unavailable.database", f"the database failed: {type(error).__name__}")

    @classmethod
    def from_core(cls, error: _core.RelyantError) -> Refusal:
        """The refusal that an exception of the core means."""
        return cls(error.code, str(error), kind=error.kind, retry_after=error.retry_after)

    @property
    def is_of_the_person(self) -> bool:
        """Whether she herself doesn't come in, and not everybody."""
        return self.kind in _OF_THE_PERSON

    @property
    def asks_anew(self) -> bool:
        """Whether another sign-in at the provider may bring her in."""
        return self.code in _HOW_SHE_SIGNED_IN

    @property
    def title(self) -> _StrPromise:
        """What happened, in the visitor's language."""
        return _words(self.code, self.kind).title

    @property
    def visitor(self) -> _StrPromise | str:
        """What it means and what to do next, in the visitor's language."""
        return _words(self.code, self.kind).text


class RefusedByHook(Refusal):
    """A policy's `HOOK` lets somebody not in; its words are for her."""

    def __init__(self, words: str, hook: str = "") -> None:
        said = " ".join(str(words).split())
        # Joined from characters: a text that is marked as safe for a page becomes a plain one.
        self._words = "".join(one for one in said if one.isprintable())[:_LONGEST_WORDS]
        named = f"the hook `{hook}`" if hook else "the hook"
        super().__init__("decision.refused_by_hook", f"{named} refused: {self._words}")

    def by(self, hook: str) -> RefusedByHook:
        """The same words, of the hook with this path."""
        return RefusedByHook(self._words, hook)

    @property
    def visitor(self) -> _StrPromise | str:
        """The hook's words; or, where it has none, the usual ones."""
        return self._words or super().visitor


class SessionEnded(Refusal):
    """A session that can't go on: `by` says what ended it, in a word of `models.EndedBy`.

    `decision` is the policy's, where that ended it.
    """

    def __init__(self, refusal: Refusal, by: str, decision: Decision | None = None) -> None:
        super().__init__(refusal.code, refusal.operator, kind=refusal.kind)
        self.refusal, self.by, self.decision = refusal, by, decision

    @property
    def visitor(self) -> _StrPromise | str:
        """The words of the refusal that ended it."""
        return self.refusal.visitor


class UnknownProvider(Refusal):
    """The address names a provider that the settings don't have."""

    def __init__(self, name: str) -> None:
        super().__init__("transaction.unknown_provider", f"no provider is named `{name[:40]}`")


@contextmanager
def database_translated() -> Iterator[None]:
    """Turn a database that is away, or locked for too long, into a refusal."""
    try:
        yield
    except (OperationalError, InterfaceError) as error:
        raise Refusal.from_database(error) from error


def status_of(kind: str) -> int:
    """The HTTP status of a kind: who must act decides it."""
    return _STATUS.get(kind, _STATUS["misuse"])


@dataclass(frozen=True)
class Explanation:
    """What a code means: `title` and `visitor` in the visitor's language, `meaning` for the operator.

    `is_examined` where the doctor looks into what lies behind the code.
    """

    code: str
    title: _StrPromise
    visitor: _StrPromise
    meaning: str
    is_examined: bool


def explain(code: str) -> Explanation | None:
    """Explain a code; None where no refusal has it."""
    meaning = _meanings().get(code)
    if meaning is None:
        return None
    kind = code.partition(".")[0]
    words = _words(code, kind)
    examined = kind in _EXAMINED_KINDS and code not in _MEANINGS
    return Explanation(code, words.title, words.text, meaning, examined)


def catalogue() -> list[tuple[str, str, str]]:
    """Every code with its kind and its meaning, for the generated reference."""
    return [(code, code.partition(".")[0], meaning) for code, meaning in sorted(_meanings().items())]


def _meanings() -> dict[str, str]:
    return {**dict(_core.error_catalogue()), **_MEANINGS}


def _words(code: str, kind: str) -> _Words:
    return _WORDS_BY_CODE.get(code) or _WORDS_BY_KIND.get(kind, _SITE_FAULT)
