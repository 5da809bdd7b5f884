"""What each id of a system check means and what mends it; the reference page is generated from here.

E: it doesn't work, or not safely. W: it works, but probably not as meant.
"""

from __future__ import annotations

from dataclasses import dataclass

MIDDLEWARE = "relyant.middleware.RelyantMiddleware"
AUTHENTICATION = "django.contrib.auth.middleware.AuthenticationMiddleware"
BACKEND = "relyant.backends.RelyantBackend"


@dataclass(frozen=True)
class CheckDoc:
    """One row of the checks' reference: what an id means, and what mends it."""

    meaning: str
    hint: str


CATALOGUE = {
    "relyant.E001": CheckDoc(
        "A setting is unknown, missing or of a wrong type.",
        "The settings reference has each setting with its type and an example.",
    ),
    "relyant.E002": CheckDoc(
        "A provider's policy can't be used.",
        "The settings reference has each key of a policy with what it takes.",
    ),
    "relyant.E003": CheckDoc(
        "A provider's address or client can't be used, such as an issuer over plain http.",
        "Compare ISSUER, CA_FILE and the client's settings with what the provider's console shows.",
    ),
    "relyant.E004": CheckDoc(
        "An app that Relyant stands on is not installed.", "Add the app to INSTALLED_APPS."
    ),
    "relyant.E005": CheckDoc(
        "RelyantMiddleware is missing.", f'Add "{MIDDLEWARE}" to MIDDLEWARE, after "{AUTHENTICATION}".'
    ),
    "relyant.E006": CheckDoc(
        "RelyantMiddleware comes before AuthenticationMiddleware, or that one is missing.",
        f'Put "{MIDDLEWARE}" after "{AUTHENTICATION}" in MIDDLEWARE.',
    ),
    "relyant.E007": CheckDoc(
        "RelyantBackend is missing: nobody can sign in by a provider.",
        f'Set AUTHENTICATION_BACKENDS = ["{BACKEND}"]; it does what ModelBackend does, too.',
    ),
    "relyant.E008": CheckDoc(
        "Relyant's URLs are not included.", 'Add path("oidc/", include("relyant.urls")) to the URLs.'
    ),
    "relyant.E009": CheckDoc(
        "USER fills a field that the user model doesn't have, or that no claim may fill.",
        "Name a field of the user model that is no key, no relation and no right.",
    ),
    "relyant.E010": CheckDoc(
        "No claim fills the field that the user model signs in with.",
        "Add that field with its claim to USER, beside the other fields that you want.",
    ),
    "relyant.E011": CheckDoc(
        "The policy owns a right that the user model doesn't have.",
        "Leave the key out of the policy, or give the model the field.",
    ),
    "relyant.E012": CheckDoc(
        "ADMIN_LOGIN or ADMIN_PROVIDERS is set, but the admin is not installed.",
        'Add "django.contrib.admin" to INSTALLED_APPS, or leave both out.',
    ),
    "relyant.E013": CheckDoc(
        "GROUP_PERMISSIONS names an app that is not installed.",
        "Write the app's label, as `manage.py showmigrations` lists it, or add the app to INSTALLED_APPS.",
    ),
    "relyant.E014": CheckDoc(
        "A provider answers by form_post, but BASE_URL is over plain http: browsers drop the login's cookie.",
        "Serve the site over https, and write its https address into BASE_URL; or leave RESPONSE_MODE out.",
    ),
    "relyant.E015": CheckDoc(
        "A setting names a callable that can't be imported, or isn't one.",
        "Write its dotted path: the module that it stands in, and its name.",
    ),
    "relyant.E016": CheckDoc(
        "ADMIN_PROVIDERS names a provider that PROVIDERS doesn't have: nobody can sign in to that admin.",
        "Write the provider's name as PROVIDERS has it.",
    ),
    "relyant.W001": CheckDoc(
        "LOGIN_URL is not Relyant's login.",
        'Set LOGIN_URL = "relyant:login", unless a login page of your own links there.',
    ),
    "relyant.W002": CheckDoc(
        "Sessions are cookies: each page of somebody who signed in by a provider costs one query more, which "
        "asks whether her session has ended; and a copied cookie of a local login works on after its logout.",
        "Any other SESSION_ENGINE ends a session by deleting it on the server.",
    ),
    "relyant.W003": CheckDoc(
        "Browsers refuse the session's cookie: SameSite=None without Secure.",
        "Set SESSION_COOKIE_SECURE = True, or SESSION_COOKIE_SAMESITE to Lax.",
    ),
    "relyant.W004": CheckDoc(
        "GROUP_PERMISSIONS names a permission that no model has.",
        "Write the codename as the model's Meta has it; Django's own are add_, change_, delete_ and view_.",
    ),
    "relyant.W005": CheckDoc(
        "Tokens and secrets may travel unencrypted.",
        "Give the provider a certificate, from a private authority with CA_FILE, and use https.",
    ),
    "relyant.W006": CheckDoc(
        "LOGIN_REDIRECT_URL is left at its default, and neither `/accounts/profile/` nor `/` is a page here.",
        "Set LOGIN_REDIRECT_URL to the page that a login without `next` is to end on.",
    ),
    "relyant.W007": CheckDoc(
        "BASE_URL is over plain http: authorization codes and sessions travel unencrypted.",
        "Serve the site over https, and write its https address into BASE_URL.",
    ),
    "relyant.W008": CheckDoc(
        'ALLOWED_HOSTS has "*", and no BASE_URL is set: any Host header becomes part of the redirect URI.',
        "Set BASE_URL to the site's public address, or name the site's hosts in ALLOWED_HOSTS.",
    ),
    "relyant.W009": CheckDoc(
        "The session's cookie is Secure, but BASE_URL is over plain http: a login ends where it began.",
        "Set BASE_URL to the https address that browsers use, or SESSION_COOKIE_SECURE to False.",
    ),
    "relyant.W010": CheckDoc(
        "Browsers refuse the session's cookie: SESSION_COOKIE_DOMAIN is not the domain of BASE_URL.",
        "Leave SESSION_COOKIE_DOMAIN out, or set it to BASE_URL's host or a domain above it.",
    ),
    "relyant.W011": CheckDoc(
        "ADMIN_LOGIN or ADMIN_PROVIDERS names an admin site that no address leads to.",
        "Write the name with which the site was made, AdminSite(name=...): its addresses' namespace.",
    ),
    "relyant.W012": CheckDoc(
        "The login page of an admin site can't take the button of ADMIN_LOGIN.",
        'Show the form inside `{% block content %}`, as the admin\'s own template does, or take "redirect".',
    ),
    "relyant.W013": CheckDoc(
        "Others on this machine can read the file of PRIVATE_KEY.",
        "Let its owner alone read it: chmod 600 FILE.",
    ),
    "relyant.W014": CheckDoc(
        "A policy's PERMISSIONS names a permission that no model has.",
        "Write the app's label and the codename as the model's Meta has it; Django's own are add_, change_, "
        "delete_ and view_.",
    ),
    "relyant.W015": CheckDoc(
        "Not all permissions of a policy's PERMISSIONS fit in a session that is a cookie: who has them all "
        "gets the first, by name.",
        "Take another SESSION_ENGINE, or give the permissions by groups.",
    ),
    "relyant.W016": CheckDoc(
        "A policy with `CREATE: False` names a group that does not exist: nobody gets it.",
        "Make the group, by GROUP_PERMISSIONS or in the admin, or write its name as it is there.",
    ),
    "relyant.W017": CheckDoc(
        "A rule of a policy matches nobody, or isn't what it seems.",
        "Name who is meant. If the right isn't the provider's, leave its key out: it is never touched then.",
    ),
    "relyant.W018": CheckDoc(
        "Two providers have one issuer and two policies: each sign-in replaces what the other one's granted, "
        "and what a policy leaves out is not taken back.",
        "Give both the same policy, with whatever tells their people apart in its rules.",
    ),
    "relyant.W019": CheckDoc(
        "PASSWORD_LOGIN is off, but a backend that takes anybody's password is asked before RelyantBackend.",
        f'Put "{BACKEND}" first in AUTHENTICATION_BACKENDS; it takes the passwords of local users, too.',
    ),
    "relyant.W020": CheckDoc(
        "Several providers have the same host in HOSTS, or the same domain in EMAIL_DOMAINS: it decides "
        "nothing, and visitors are asked.",
        "Let one of them have it. Where people of both come, let none: they are asked then, as they are now.",
    ),
    "relyant.W021": CheckDoc(
        "HOSTS names a host at which no login can end: it is another one than BASE_URL's, to which all "
        "logins come back, or Django refuses it.",
        "Leave BASE_URL out where a site has several hosts, and name each in ALLOWED_HOSTS.",
    ),
    "relyant.W022": CheckDoc(
        "STEP_UP names a view that the project doesn't have: it demands nothing.",
        "Write the name with its namespaces, as in `admin:auth_user_change`; a `*` stands at the end alone.",
    ),
}
