# ruff: noqa: PYI021  a compiled module has no other place where a reader finds its documentation
"""The compiled core: OpenID Connect, the policy and the seals, written in Rust.

Each class here is one class of Rust. Python hands over text and bytes and gets verified values back; it never
parses a token. Network calls release the GIL and are bounded by the provider's timeout. All classes are
frozen: a value that was verified stays as it was verified.
"""

from collections.abc import Mapping, Sequence
from typing import Any, Literal, final

__all__ = [
    "AuthorizationOptions",
    "ClientAccessToken",
    "Decision",
    "EndSessionRequest",
    "Examination",
    "FoundRole",
    "LoginExamination",
    "LoginRequest",
    "Policy",
    "PolicyError",
    "Reason",
    "Refreshed",
    "RelyantError",
    "RelyingParty",
    "Sealer",
    "SessionTokens",
    "Symptom",
    "ValidAccessToken",
    "ValidFrontChannelLogout",
    "ValidLogoutToken",
    "VerifiedIdentity",
    "__version__",
    "callback_state",
    "diagnosis_names",
    "error_catalogue",
    "insufficient_user_authentication",
    "issuers_of_tokens",
    "key_kinds",
    "new_private_key",
    "policy_keys",
    "preset_also_called",
    "preset_names",
    "preset_roles",
    "preset_scopes",
    "preset_title",
    "preset_user_fields",
    "public_jwk_set",
    "random_token",
]

__version__: str

class RelyantError(Exception):
    """Why a login or a logout can't go on. `str(error)` is the operator's message: no secret, no token.

    Made by the core only. `kind` says who must act, `code` which check failed (stable, such as
    `"invalid_token.nonce_mismatch"`), `diagnosis` what is likely wrong (a name of `diagnosis_names`),
    `retry_after` after how many seconds a provider that is unavailable may be asked again (None: it didn't
    say).
    """

    kind: Literal[
        "configuration",
        "refused",
        "transaction",
        "misbehaved",
        "incompatible",
        "invalid_token",
        "unavailable",
        "misuse",
    ]
    code: str
    diagnosis: str
    retry_after: int | None

@final
class AuthorizationOptions:
    """What authorization requests ask for beyond a login. Made once, from the settings."""

    def __new__(
        cls,
        *,
        prompt: str | None = None,
        max_age: int | None = None,
        acr_values: Sequence[str] = ...,
        amr_values: Sequence[str] = ...,
        ui_locales: Sequence[str] = ...,
        claims: str | None = None,
        resources: Sequence[str] = ...,
        extra_parameters: Mapping[str, str] = ...,
        response_mode: Literal["query", "form_post"] | None = None,
    ) -> AuthorizationOptions:
        """Check the options; no network.

        `prompt`: `"login"`, `"consent"`, `"select_account"`, `"create"`, several with a blank between, or
        `"none"`. `max_age`: seconds since the person signed in at the provider; it, `acr_values`,
        `amr_values` and `prompt="login"` are checked on return. `claims`: JSON text (Core §5.5); what it
        asks of the ID token's `acr` and of an essential `auth_time` is checked, too. `resources`: absolute
        URIs (RFC 8707). `extra_parameters`: of the provider's own, none that Relyant knows.

        Raises RelyantError of kind `configuration`.
        """

@final
class EndSessionRequest:
    """How the browser is sent to end the provider's session. No `repr` shows it: an ID token may be in it."""

    @property
    def url(self) -> str:
        """Where it goes: whole for a redirect, without the parameters for a form."""
    @property
    def fields(self) -> list[tuple[str, str]] | None:
        """The fields of the form that it posts, where the address would grow too long; None: a redirect."""

@final
class LoginRequest:
    """A login that begins: where to send the browser, and what to keep until it comes back."""

    @property
    def url(self) -> str:
        """The authorization request, whole."""
    @property
    def state(self) -> str:
        """The request's `state`: the name under which `transaction` is to be kept."""
    @property
    def transaction(self) -> bytes:
        """The login transaction, 41 bytes or some more; secret: to be sealed before it leaves the server."""

@final
class VerifiedIdentity:
    """Who signed in, by a validated ID token. Only a completed login makes one.

    `repr` shows issuer and subject alone.
    """

    @property
    def issuer(self) -> str: ...
    @property
    def subject(self) -> str: ...
    @property
    def account(self) -> str:
        """Under what the account is known at the issuer: the subject, or what the preset has instead."""

    @property
    def sid(self) -> str | None:
        """The provider's session id."""
    @property
    def id_token(self) -> str:
        """The ID token as received, for `id_token_hint`; secret."""
    @property
    def id_token_expires_at(self) -> int:
        """Seconds since the epoch."""
    @property
    def access_token_expires_at(self) -> int | None:
        """Seconds since the epoch; None where the provider didn't say."""
    @property
    def tokens(self) -> SessionTokens:
        """The tokens that came with it, for a session that goes on with them."""
    @property
    def auth_time(self) -> int | None:
        """When the person authenticated at the provider, in seconds since the epoch."""
    @property
    def acr(self) -> str | None: ...
    def claims(self, source: str) -> dict[str, Any] | None:
        """Return the verified claims of one source: `"id_token"`, `"userinfo"` or `"access_token"`.

        Claims that others keep are of the source that refers to them: `"id_token/src1"`. A new dict each
        time. None where this login had no such source.
        """

@final
class RelyingParty:
    """One client registration at one provider, with the cache of the provider's metadata and keys.

    Thread-safe. It may be made before a fork: each process has its own connections and cache. A renewal of
    metadata or keys that fails while the old ones serve on is a warning of the logger `relyant`.
    """

    def __new__(
        cls,
        *,
        issuer: str,
        client_id: str,
        client_secret: str | None,
        client_auth: str | None,
        private_key: str | None,
        decrypt_with_secret: bool,
        scopes: Sequence[str],
        authorization: AuthorizationOptions,
        id_token_algorithms: Sequence[str],
        require_encrypted_id_token: bool,
        require_signed_userinfo: bool,
        preset: str,
        timeout: float,
        ca_file: str | None,
        internal_base_url: str | None,
        allow_insecure_http_hosts: Sequence[str],
        claims_providers: Sequence[str],
        needed_claims: Sequence[str],
        require_signed_introspection: bool = False,
        tenants: Sequence[str] = ...,
    ) -> RelyingParty:
        """Check the registration and read `ca_file`; no network.

        `client_auth`: `"private_key_jwt"`, `"client_secret_basic"`, `"client_secret_post"`,
        `"client_secret_jwt"`, `"none"`, or None: as the metadata offer it. `private_key`: PEM, or a private
        JWK or JWK Set as JSON text. `decrypt_with_secret`: whether keys derived from the secret open what is
        encrypted (Core §10.2). `id_token_algorithms`: names; none leaves it to the metadata.
        `timeout`: seconds that one method call may spend on the network in all, 60 at most. `ca_file`: PEM
        certificates, trusted besides the system's. `internal_base_url`: scheme, host and port under which
        this server reaches the issuer's host. `claims_providers`: issuers that are believed where others
        keep claims for this one, and `needed_claims` the claims that are looked for there (Core §5.6.2).
        `tenants`: whose people may sign in, where the issuer stands for several.
        `require_signed_introspection`: whether an introspection answer is refused that isn't signed (RFC 9701
        §5).

        Raises RelyantError of kind `configuration`; ValueError for an unknown preset.
        """

    def begin_login(
        self,
        redirect_uri: str,
        *,
        prompt: str | None = None,
        max_age: int | None = None,
        acr_values: Sequence[str] | None = None,
        login_hint: str | None = None,
        ui_locales: Sequence[str] | None = None,
    ) -> LoginRequest:
        """Begin a login. Asks the provider for its metadata only where the cache has none.

        A value given here stands in the place of the one in `authorization`. Where the provider takes pushed
        authorization requests, the request is pushed (RFC 9126).

        Raises RelyantError, of kind `unavailable` where the provider doesn't answer in time.
        """

    def complete_login(self, parameters: str, transaction: bytes, redirect_uri: str) -> VerifiedIdentity:
        """Complete a login from the callback's parameters and the transaction that it began with.

        `parameters` is the query string without `?`, or the body of the form, undecoded.

        Raises RelyantError: `transaction` where the callback doesn't belong to it, `refused` where the
        provider said no, `invalid_token` and `misbehaved` where its answers don't hold, `unavailable` where
        it doesn't answer in time.
        """

    def end_session_request(
        self,
        *,
        id_token_hint: str | None,
        logout_hint: str | None,
        post_logout_redirect_uri: str | None,
        state: str | None,
    ) -> EndSessionRequest | None:
        """Return how the browser ends the provider's session; None where the provider has no such endpoint.

        `logout_hint` goes along only without `id_token_hint`, `state` only with `post_logout_redirect_uri`.
        Raises RelyantError as `begin_login` does.
        """

    def refresh(self, tokens: SessionTokens) -> Refreshed:
        """Refresh the tokens of a session, by one request that is never sent again.

        Keep the new tokens before anything else: the former ones may be good for nothing any more, and two
        refreshes of the same ones may end the session. Raises RelyantError: `refused.refresh_token` and kind
        `invalid_token` end the session; kind `unavailable` says nothing about it, so that it may go on for a
        while; `misuse.no_refresh_token` where `tokens.has_refresh_token` is false.
        """

    def revoke(self, tokens: SessionTokens, kind: Literal["access_token", "refresh_token"]) -> bool:
        """Revoke one of a session's tokens; with a refresh token most providers revoke the access token too.

        Return whether it is now good for nothing: False where the provider revokes no tokens, or none of this
        kind. Raises RelyantError as `begin_login` does, `misuse.no_refresh_token` as `refresh` does;
        ValueError for another kind.
        """

    def client_credentials(self, *, scopes: Sequence[str], resources: Sequence[str]) -> ClientAccessToken:
        """Get an access token of the client's own, without any person; each call a new one.

        No scopes: those that the provider grants by default. `resources`: the absolute URIs of the APIs that
        the token is for. Raises RelyantError, of kind `configuration` where the client may not have it.
        """

    def validate_logout_token(self, logout_token: str) -> ValidLogoutToken:
        """Validate a logout token, as it came to a back-channel logout address.

        Anybody may send one: nothing is asked for what isn't one by its form, and newer keys are asked for
        at most each 30 seconds. That it comes once is for the caller, by `jti`. Raises RelyantError:
        `invalid_token`, `incompatible` where it is encrypted, `unavailable` where the keys can't be had.
        """

    def validate_front_channel_logout(self, query: str) -> ValidFrontChannelLogout:
        """Validate the query of a request to a front-channel logout address, undecoded; no network.

        `iss` and `sid` are both needed. Raises RelyantError of kind `transaction`.
        """

    def framing_origins(self) -> list[str]:
        """Return the origins whose pages may frame the answer to a front-channel logout.

        Asks the provider for its metadata only where the cache has none; where they can't be had, it is the
        issuer's origin alone.
        """

    def validate_access_token(self, access_token: str, *, audience: str) -> ValidAccessToken:
        """Validate a JWT access token that somebody presented to an API, as RFC 9068 and the preset have it.

        `audience` is the API's identifier at the provider; the token's `aud` must have it. What isn't a JWT
        by its length and form is refused before anything is asked for, and newer keys are asked for at most
        each 30 seconds. Raises RelyantError: `invalid_token`, `incompatible` where it is encrypted,
        `unavailable` where the keys can't be had, `configuration` where `audience` can't be an identifier.
        """

    def introspect(self, access_token: str, *, audience: str) -> ValidAccessToken | None:
        """Ask the provider what an access token is, opaque or not; None where it is good for nothing.

        One request a call, with the client's own credentials, never sent again. `audience` as for
        `validate_access_token`. Raises RelyantError: `invalid_token` where the token is none for this API,
        `incompatible` where the provider tells nobody, `misbehaved`, `refused`, `unavailable`,
        `configuration`.
        """

    def examine(self, *, redirect_uri: str | None, post_logout_redirect_uri: str | None) -> Examination:
        """Ask the provider, past the cache, what a login and a logout would ask that needs no person.

        An address that is None isn't asked about. Raises nothing: what goes wrong is a symptom.
        """

    def examine_login(self, query: str, transaction: bytes, redirect_uri: str) -> LoginExamination:
        """Complete a login as `complete_login` does; what goes wrong, or is odd though it works, is told."""

@final
class SessionTokens:
    """The tokens of a session: those of its login, or of its last refresh.

    No `repr` shows a token, none is an attribute, and they can't be pickled: an error report of Django's may
    have them among its local variables. `seal` is the way to keep them.
    """

    @staticmethod
    def open(sealer: Sealer, sealed: str, bound_to: bytes) -> SessionTokens | None:
        """Open what `seal` sealed under the same keys and for the same `bound_to`; None for anything else."""

    def seal(self, sealer: Sealer, bound_to: bytes) -> str:
        """Seal for one place, as `Sealer.seal` does. Raises as that does."""

    def expose_access_token(self) -> str:
        """Return the access token itself, for the one place that sends it: a text that reports do show."""

    @property
    def has_refresh_token(self) -> bool: ...
    @property
    def scope(self) -> str:
        """The scope that was granted, as a space-separated list; that asked for where nobody says."""
    @property
    def access_token_expires_at(self) -> int | None:
        """Seconds since the epoch; None where the provider didn't say."""

@final
class Refreshed:
    """What a refresh brought."""

    @property
    def tokens(self) -> SessionTokens:
        """The tokens from now on, good whatever `identity` says."""
    def identity(self) -> VerifiedIdentity | None:
        """Return whose session it is and what is said of her now, for the policy to be evaluated again.

        None where the provider gave no new ID token: what the login said stays. Raises RelyantError where
        userinfo, the access token's claims or newer keys could not be had.
        """

@final
class ClientAccessToken:
    """An access token of the client's own. `repr` doesn't show it."""

    def expose(self) -> str:
        """Return the access token itself, for the one place that sends it: a text that reports do show."""

    @property
    def scope(self) -> str | None:
        """The scope that was granted, if it isn't the one that was asked for."""
    @property
    def expires_at(self) -> int | None:
        """Seconds since the epoch; None where the provider didn't say."""

@final
class ValidAccessToken:
    """What somebody may do at an API, by the word of the token's issuer.

    Only a validation or an introspection makes one. It holds no token, and `repr` shows no claims. Whoever
    keeps it for the next request keeps it until `expires_at` at most.
    """

    @property
    def issuer(self) -> str: ...
    @property
    def subject(self) -> str | None:
        """The person, among the issuer's; None where the token is a client's own, whatever its `sub` says."""
    @property
    def is_service(self) -> bool:
        """Whether it is a client's own, without any person."""
    @property
    def client_id(self) -> str:
        """The client that the token was issued to."""
    @property
    def scopes(self) -> frozenset[str]:
        """What the token allows, word for word."""
    @property
    def expires_at(self) -> int | None:
        """Seconds since the epoch; None where the provider was asked and didn't say."""
    @property
    def auth_time(self) -> int | None:
        """When the person signed in at the provider, in seconds since the epoch."""
    @property
    def acr(self) -> str | None: ...
    @property
    def amr(self) -> list[str]: ...
    def claims(self) -> dict[str, Any]:
        """Return all claims, as they were told; each call makes a new dict."""

@final
class ValidFrontChannelLogout:
    """A session of the provider that a frame says to have ended. It is no proof."""

    @property
    def issuer(self) -> str: ...
    @property
    def sid(self) -> str: ...

@final
class ValidLogoutToken:
    """The provider's word that a session or a person is signed out. Only a validation makes one.

    Subject and `sid` mean something together with the issuer alone.
    """

    @property
    def issuer(self) -> str: ...
    @property
    def subject(self) -> str | None:
        """Who is signed out; without `sid`, of all sessions."""
    @property
    def sid(self) -> str | None:
        """The provider's session that ended."""
    @property
    def jti(self) -> str:
        """The token's own name, unique at its issuer; to be remembered until a minute after `expires_at`."""
    @property
    def issued_at(self) -> int:
        """Seconds since the epoch."""
    @property
    def expires_at(self) -> int:
        """Seconds since the epoch; a minute more was granted."""

@final
class Symptom:
    """What is likely wrong, and what it was told from."""

    @property
    def diagnosis(self) -> str:
        """A name of `diagnosis_names`."""
    @property
    def code(self) -> str | None:
        """The code of the RelyantError that a login gets by it, if it gets one."""
    @property
    def detail(self) -> str:
        """What was seen, for an operator: no secret, no token."""

@final
class Examination:
    """What a provider says and would answer."""

    @property
    def symptoms(self) -> list[Symptom]:
        """What is likely wrong, in the order of a login."""
    def facts(self) -> dict[str, Any]:
        """Return what was found out, as plain values; None for what wasn't.

        `reached_at`, `proxy` (host and port), `clock_difference` (seconds that the provider is ahead),
        `metadata` and `keys`, each a dict. A new dict each time.
        """

@final
class LoginExamination:
    """What one login brought."""

    @property
    def symptoms(self) -> list[Symptom]: ...
    @property
    def identity(self) -> VerifiedIdentity | None:
        """Who signed in; None where the login isn't complete."""
    @property
    def claim_names(self) -> dict[str, list[str]]:
        """The names of the claims that came, by source; no values."""

class PolicyError(ValueError):
    """A policy document that can't be used.

    `problems` has each fault as (path, message, hint), the path as in `"STAFF[1]"`.
    """

    problems: list[tuple[str, str, str]]

@final
class FoundRole:
    """A role, and where it came from."""

    @property
    def role(self) -> str: ...
    @property
    def path(self) -> str:
        """The claim path, dotted: `"realm_access.roles"`."""
    @property
    def source(self) -> str:
        """`"id_token"`, `"userinfo"`, `"access_token"`, or one that these refer to: `"id_token/src1"`."""

@final
class Reason:
    """Why one right was granted or not."""

    @property
    def effect(self) -> str:
        """`"allow"`, `"group:NAME"`, `"staff"`, `"superuser"` or `"permission:app.codename"`."""
    @property
    def granted(self) -> bool: ...
    @property
    def because(self) -> FoundRole | None:
        """The role that granted it; None where no role did, but a claim, a scope or a role's absence."""
    @property
    def needs(self) -> list[str]:
        """What any of would grant it: a role by its bare name, a condition in words."""
    @property
    def roles(self) -> list[str]:
        """The names of the roles that the rule names, wherever in it, in alphabetical order."""
    @property
    def words(self) -> str:
        """What decided, in words that can follow "because", without secrets.

        Granted: ``role `creators` at `realm_access.roles` of the access_token``, or
        ``the claim `email_verified` of the id_token equals true and …``. Not granted:
        ``none of the roles `a`, `b` ``.
        """

@final
class Decision:
    """What a policy says about an identity, with reasons. None means: the policy doesn't own that right."""

    @property
    def allowed(self) -> bool: ...
    @property
    def refusal_code(self) -> str | None:
        """`decision.not_allowed`, `decision.overage` or `decision.roles_missing` where not allowed."""
    @property
    def refusal_message(self) -> str | None:
        """The operator's message where not allowed."""
    @property
    def roles(self) -> list[FoundRole]: ...
    @property
    def groups_mode(self) -> Literal["unmanaged", "named", "same-name"]: ...
    @property
    def granted_groups(self) -> list[str]:
        """Mode `named`: groups to be in."""
    @property
    def managed_groups(self) -> list[str]:
        """Mode `named`: all groups that the policy names; those not granted are to be left."""
    @property
    def candidate_groups(self) -> list[str]:
        """Mode `same-name`: the groups that roles stand for, `PREFIX` taken off."""
    @property
    def create_groups(self) -> bool:
        """Whether a granted or candidate group that doesn't exist is to be made."""
    def role_for_group(self, group: str) -> FoundRole | None:
        """Return the role that gives this group, in either mode; None where none does."""
    @property
    def permissions(self) -> list[str]:
        """Granted permissions, `app.codename`, for the session and the request; no rows."""
    @property
    def managed_permissions(self) -> list[str]:
        """All permissions that the policy names."""
    @property
    def staff(self) -> bool | None: ...
    @property
    def superuser(self) -> bool | None: ...
    @property
    def user(self) -> dict[str, Any]:
        """User field to value, for the fields whose claim was there. A new dict each time."""
    @property
    def reasons(self) -> list[Reason]: ...
    @property
    def warnings(self) -> list[str]:
        """Claims that were not as they should be, for the log."""

@final
class Policy:
    """A policy, parsed once. Thread-safe; `evaluate` is a pure function of the claims."""

    def __new__(cls, document: str, *, preset: str, client_id: str) -> Policy:
        """Parse `document`, the JSON text of `POLICY`. `client_id` fills `{client_id}` in claim paths.

        Raises PolicyError with all problems at once.
        """

    @property
    def role_paths(self) -> list[str]:
        """The claim paths at which roles are looked for, dotted, in their order."""
    @property
    def claim_names(self) -> list[str]:
        """The names of the claims that the policy looks at, in alphabetical order."""
    @property
    def user_paths(self) -> dict[str, str]:
        """The user fields that claims fill, each with its claim path, dotted."""
    @property
    def hook(self) -> str | None:
        """The dotted path of the Python callable that decides on top of the rules."""
    @property
    def group_names(self) -> list[str]:
        """The groups that the policy names, in alphabetical order; none under `same-name`."""
    @property
    def permission_names(self) -> list[str]:
        """The permissions that the policy names, in alphabetical order."""
    def lint(
        self, *, scopes: Sequence[str] | None = None, acr_values: Sequence[str] = ...
    ) -> list[tuple[str, str, str]]:
        """Return what is odd though it works, as (path, message, hint): rules that nobody can match.

        `scopes` and `acr_values` are what the site asks for; None: that isn't known.
        """
    def document_rules(self) -> list[tuple[str, str | None, str]]:
        """Return each rule as (key, group or permission, what grants in words).

        In the order of a decision's reasons. The words can follow "whoever has": ``the role `admins` ``,
        `nobody`.
        """
    def evaluate(self, identity: VerifiedIdentity) -> Decision:
        """Decide about an identity.

        Scopes are those that the provider said it granted: where it didn't say, a rule about one is unknown.
        """
    def evaluate_claims(
        self, sources: str, *, scopes: Sequence[str] | None = None, acr: str | None = None
    ) -> Decision:
        """Evaluate claims that no provider vouched for: dry runs and tests.

        `sources` is JSON text: `[["id_token", {…}], ["access_token", {…}]]`, in the order in which they
        count. Without `scopes` nothing is known of the sign-in: what a rule says of scopes or of the acr is
        unknown then, and grants nothing. Raises ValueError.
        """

@final
class Sealer:
    """Seals small values for a cookie or a session: AES-256-GCM under keys derived for one purpose.

    The first secret seals, all of them open. `repr` shows the purpose alone.
    """

    def __new__(cls, secrets: Sequence[bytes], purpose: str) -> Sealer:
        """Derive the keys. Raises ValueError where there is no secret, or an empty one."""

    def seal(self, plaintext: bytes, bound_to: bytes) -> str:
        """Seal for one place: the text opens only with the same `bound_to`.

        base64url; 4/3 of the plaintext's length and 44 characters. Raises ValueError where the cipher fails,
        which takes a plaintext of 64 GiB.
        """

    def open(self, sealed: str, bound_to: bytes) -> bytes | None:
        """Open to the plaintext; None for anything that wasn't sealed so."""

def callback_state(parameters: str) -> str:
    """Read the one `state` in a callback's query string or form.

    Raises RelyantError of kind `transaction` where it is missing or repeated.
    """

def insufficient_user_authentication(*, max_age: int | None, acr_values: Sequence[str]) -> str:
    """Write the challenge of somebody whose sign-in isn't recent or sure enough, for `WWW-Authenticate`.

    `max_age` is in seconds; any one of `acr_values` will do. RFC 9470 §3. Raises RelyantError of kind
    `configuration`.
    """

def preset_names() -> list[str]:
    """List the presets; `"generic"` is for a provider without one of its own."""

def issuers_of_tokens(issuer: str, preset: str, tenants: Sequence[str]) -> list[str]:
    """The issuers that ID tokens from a configured one have: that one, or that of each tenant."""

def preset_scopes(name: str) -> list[str]:
    """The scopes that a preset asks for where the settings name none; empty: the usual ones."""

def preset_roles(name: str) -> list[tuple[str, str]]:
    """Where a preset's roles are, and in which shape."""

def preset_also_called(name: str) -> list[str]:
    """Under which other names people look for a preset: for a hint, never instead of its own."""

def preset_title(name: str) -> str | None:
    """Return what visitors know the provider as, if it is one product. Raises ValueError for no preset."""

def preset_user_fields(name: str) -> dict[str, str]:
    """Map user fields to claims (dotted), as the preset fills them. Raises ValueError for an unknown one."""

def diagnosis_names() -> list[str]:
    """List everything that an examination can find, in the order of a login."""

def error_catalogue() -> list[tuple[str, str]]:
    """List each code that a RelyantError can have, with its meaning in one sentence."""

def key_kinds() -> list[str]:
    """List the kinds of private key that `new_private_key` makes: those that sign come first."""

def new_private_key(kind: str) -> str:
    """Make a private key; the JSON text of a JWK, in clear. Raises ValueError for a kind that isn't known."""

def public_jwk_set(private_key: str) -> str:
    """Return the public JWK Set of a client's private keys as JSON text, without those that have lapsed.

    Raises RelyantError of kind `configuration`.
    """

def policy_keys() -> list[tuple[str, str, str]]:
    """List the keys of a policy document: key, what it takes, what it means and what leaving it out means."""

def random_token() -> str:
    """Make 32 random bytes, base64url: 43 characters."""
