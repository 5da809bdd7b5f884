"""The pages on providers: their settings are usable, their knobs are the presets', and their policies give what they say.

No provider of these can be asked here, but for the claims that it documents: the golden samples of the presets.
"""

from __future__ import annotations

import copy
import json
import re
from urllib.parse import parse_qsl, urlsplit

import pytest
from django.core import checks

from relyant import _core, conf, errors
from relyant.check_catalogue import CATALOGUE
from relyant.testing import DevelopmentProvider
from tests.docs import pages
from tests.docs.pages import DOCS, ROOT
from tests.test_core import relying_party
from writers import providers
from writers.markdown import table

FOLDER = "how-to/providers"
SITE = "https://beer.example.com/"
GOLDEN = ROOT / "crates" / "relyant-policy" / "tests" / "policy" / "golden"
# A product with a page of its own for longer, and no product at all.
ELSEWHERE = {"keycloak", "generic"}
# What is no preset's: the list, and the provider that is none.
OTHER_PAGES = {"index", "github"}
PRESETS = sorted(set(providers.names()) - ELSEWHERE)
HEADINGS = (
    "In your settings",
    "Where roles and groups are",
    "Signing out",
    "What the preset says",
    "What can go wrong",
    "Where this comes from",
)
SOURCES = {"ID token": "id_token", "userinfo": "userinfo"}
_TABLE = re.compile(r"(?:^\|.*\n)+", re.MULTILINE)
_WHAT_COMES = re.compile(r"`(?P<claims>\{.*\})`(?:, no `(?P<absent>\w+)`)?")


def page_of(name):
    return f"{FOLDER}/{name}.md"


@pytest.fixture(autouse=True)
def environment(monkeypatch):
    monkeypatch.setenv("BEER_CLIENT_SECRET", "beer-secret")


@pytest.fixture
def project(settings):
    return Project(settings)


class Project:
    """The tutorial's settings, to which a page's blocks are added one by one."""

    def __init__(self, settings):
        self._settings = settings
        self._names = {"INSTALLED_APPS": [], "MIDDLEWARE": []}
        tutorial = pages.blocks("tutorial/development-provider.md")
        (block,) = [one for one in tutorial if one.file == "brewery/settings.py"]
        self.add(block)

    def add(self, block):
        exec(compile(block.text, str(block), "exec"), self._names)
        self._settings.RELYANT = copy.deepcopy(self._names["RELYANT"])

    def change(self, preset, change):
        """Change the one provider's settings."""
        change(self._names["RELYANT"]["PROVIDERS"][preset])
        self._settings.RELYANT = copy.deepcopy(self._names["RELYANT"])

    def provider(self):
        (one,) = conf.relyant_settings().providers.values()
        return one

    def found(self):
        return checks.run_checks(tags=["relyant"], include_deployment_checks=False)

    def follow(self, page):
        """Do what the page's blocks say, and stop behind each with the tables that stand below it."""
        text = pages.read(page)
        blocks = [one for one in pages.blocks(page) if one.language == "python"]
        lines = [one.line for one in blocks] + [text.count("\n") + 1]
        tables = [(text.count("\n", 0, found.start()) + 1, found[0]) for found in _TABLE.finditer(text)]
        for block, below in zip(blocks, lines[1:], strict=True):
            self.add(block)
            yield block, [rows(found) for line, found in tables if block.line < line < below]


def rows(text):
    cells = [line.strip("| ").split(" | ") for line in text.splitlines()]
    head, _, *lines = [[cell.strip() for cell in line] for line in cells]
    return [dict(zip(head, line, strict=True)) for line in lines]


def samples(preset):
    return [json.loads(path.read_text()) for path in sorted((GOLDEN / preset).glob("*.json"))]


def sample_with(preset, source, what_comes):
    """The golden sample that has these claims there: what the page shows is what the provider documents."""
    found = _WHAT_COMES.fullmatch(what_comes)
    shown, absent = json.loads(found["claims"]), found["absent"]
    for sample in samples(preset):
        claims = sample["claims"].get(SOURCES[source], {})
        if shown.items() <= claims.items() and absent not in claims:
            return sample
    raise AssertionError(f"no sample of {preset} has {what_comes} in the {source}")


def what_she_gets(provider, sample):
    """A decision in the words of the pages."""
    claims = [[name, sample["claims"][name]] for name in SOURCES.values() if name in sample["claims"]]
    policy = json.loads(json.dumps(provider.policy, default=dict))
    policy = _core.Policy(json.dumps(policy), preset=provider.preset, client_id=sample["client_id"])
    decision = policy.evaluate_claims(json.dumps(claims))
    if not decision.allowed:
        return {f"`{decision.refusal_code}`"}
    flags = {"staff": decision.staff, "superuser": decision.superuser}
    got = {f"`{group}`" for group in decision.granted_groups} | {flag for flag, held in flags.items() if held}
    return got or {"nothing"}


def test_each_preset_has_a_page_and_each_page_a_preset():
    names = {path.stem for path in (DOCS / FOLDER).glob("*.md")}
    assert names == set(PRESETS) | OTHER_PAGES
    assert set(_core.preset_names()) == set(providers.names())
    assert not OTHER_PAGES & set(_core.preset_names())
    assert (DOCS / "how-to" / "keycloak.md").exists()


@pytest.mark.parametrize("preset", PRESETS)
def test_a_page_has_what_each_has(preset):
    text = pages.read(page_of(preset))
    headings = re.findall(r"^## (.+)$", text, re.MULTILINE)
    assert headings[0].startswith("In ") and headings[0] not in HEADINGS
    assert [one for one in headings if one in HEADINGS] == list(HEADINGS)
    assert len(re.findall(r"\]\(https://", text.partition("## Where this comes from")[2])) >= 1


@pytest.mark.parametrize("preset", PRESETS)
def test_a_page_gives_what_it_says(preset, project):
    """Its settings have nothing to mend, and its policy gives the named rights to whom the provider's samples show."""
    shown = 0
    for block, tables in project.follow(page_of(preset)):
        assert project.found() == [], block
        provider = project.provider()
        assert provider.preset == provider.name == preset
        for row in (row for one in tables if "what comes" in one[0] for row in one):
            sample = sample_with(preset, row["where"], row["what comes"])
            got = what_she_gets(provider, sample)
            assert got == set(row["what she gets"].split(", ")), (str(block), row)
            shown += 1
    assert shown


@pytest.mark.parametrize("preset", PRESETS)
def test_no_later_block_of_a_page_opens_the_door_that_an_earlier_one_closed(preset, project):
    closed = False
    for block, _tables in project.follow(page_of(preset)):
        has_rule = "ALLOW" in project.provider().policy
        assert has_rule or not closed, block
        closed = has_rule


@pytest.mark.parametrize("preset", PRESETS)
def test_a_page_names_the_addresses_of_the_site(preset):
    text = pages.read(page_of(preset))
    named = set(re.findall(rf"{re.escape(SITE)}\S+?/(?=[`\s\\])", text))
    callback, logged_out = f"{SITE}oidc/callback/{preset}/", f"{SITE}oidc/logged-out/"
    assert callback in named and named <= {callback, logged_out}
    takes_none = re.search(r"takes none for the way back from a sign-out", " ".join(text.split()))
    assert (logged_out in named) != bool(takes_none)


@pytest.mark.parametrize("preset", PRESETS)
def test_a_page_says_what_the_preset_says(preset):
    """Roles' paths, scopes, leniencies, the parameter of a sign-out: the file's, to the letter."""
    text = pages.read(page_of(preset))
    _before, _, below = text.partition("## What the preset says\n\n")
    assert below.startswith(table(("what", "in the preset"), providers.rows(preset)))


@pytest.mark.parametrize("preset", PRESETS)
def test_a_page_asks_for_the_scopes_that_the_preset_says(preset, project):
    block, _tables = next(project.follow(page_of(preset)))
    asked = project.provider().scopes
    said = re.findall(r"`([^`]+)`", dict(providers.rows(preset))["scopes, if `SCOPES` is left out"])
    assert asked == tuple(said) or '"SCOPES"' in block.text


@pytest.mark.parametrize("page", sorted(path.stem for path in (DOCS / FOLDER).glob("*.md")))
def test_a_page_names_codes_and_checks_that_exist(page):
    text = pages.read(page_of(page))
    kinds = {kind for _code, kind, _meaning in errors.catalogue()}
    named = re.findall(r"`([a-z0-9_]+\.[a-z0-9_]+)`", text)
    codes = {code for code in named if code.partition(".")[0] in kinds}
    assert codes <= {code for code, _kind, _meaning in errors.catalogue()}
    assert set(re.findall(r"`(relyant\.[EW]\d{3})`", text)) <= set(CATALOGUE)


@pytest.fixture(scope="module")
def development_provider():
    with DevelopmentProvider() as provider:
        yield provider


@pytest.mark.parametrize("preset", PRESETS)
def test_a_sign_out_is_asked_for_as_the_page_says(preset, development_provider):
    """By the core, at a provider that has an end-session endpoint."""
    said = dict(providers.rows(preset))["signing out"]
    party = relying_party(development_provider.issuer, preset=preset)
    back = f"{SITE}oidc/logged-out/"
    told = {"logout_hint": None, "post_logout_redirect_uri": back, "state": "abc"}
    request = party.end_session_request(id_token_hint="an ID token", **told)
    asked = dict(parse_qsl(urlsplit(request.url).query))
    hint = {} if "without the ID token" in said else {"id_token_hint": "an ID token"}
    (parameter,) = re.findall(r"`([^`]+)`", said)
    assert asked == {"client_id": "beer", parameter: back, "state": "abc", **hint}


def without(*keys):
    def change(provider):
        *above, last = keys
        for key in above:
            provider = provider[key]
        del provider[last]

    return change


@pytest.mark.parametrize(
    ("preset", "change", "code"),
    [
        (
            "entra",
            lambda one: one.update(ISSUER="https://login.microsoftonline.com/common/v2.0", TENANTS=[]),
            "relyant.E003",
        ),
        ("auth0", without("POLICY", "ROLES"), "relyant.E002"),
        (
            "google",
            lambda one: one["POLICY"].update(ALLOW={"claim": "email", "domain": ["brewery.example"]}),
            "relyant.W017",
        ),
    ],
)
def test_what_can_go_wrong_is_told_by_the_check_that_the_page_names(preset, change, code, project):
    next(project.follow(page_of(preset)))
    project.change(preset, change)
    assert [message.id for message in project.found()] == [code]
    told = [row["what tells it"] for row in pages.tables(page_of(preset))[-1]]
    assert any(code in cell for cell in told)


def test_any_other_provider_is_as_the_list_says(project):
    ((block, _tables),) = project.follow(page_of("index"))
    assert project.found() == [], block
    assert project.provider().preset == "generic"
    (sample,) = samples("generic")
    assert what_she_gets(project.provider(), sample) == {"`customers`", "staff"}


def test_every_leniency_is_explained():
    """Each that the core knows, and no other."""
    text = (ROOT / "crates/relyant-policy/src/preset.rs").read_text()
    (body,) = re.findall(r"pub enum Leniency \{\n(.*?)^\}", text, re.DOTALL | re.MULTILINE)
    names = re.findall(r"^    (\w+),$", body, re.MULTILINE)
    words = [re.sub(r"(?<!^)([A-Z])", r"_\1", name).lower() for name in names]
    assert words == list(providers.LENIENCIES)
