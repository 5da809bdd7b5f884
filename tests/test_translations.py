"""The catalogues: complete, faithful and compiled, and what a visitor gets of them."""

from __future__ import annotations

import ast
import gettext
import re
from dataclasses import dataclass
from pathlib import Path

import pytest
from django.utils.translation.template import templatize

import relyant

PACKAGE = Path(relyant.__file__).parent
# The language of the visitor's browser, the folder of the catalogue, the page's own `lang`, and what a page says first.
LANGUAGES = [
    ("de", "de", "de", "Diese Anmeldung lässt sich nicht fortsetzen"),
    ("fr", "fr", "fr", "Impossible de poursuivre cette connexion"),
    ("es", "es", "es", "No se puede continuar este inicio de sesión"),
    ("nl", "nl", "nl", "Deze aanmelding kan niet worden voortgezet"),
    ("pt-br", "pt_BR", "pt-BR", "Não é possível continuar este login"),
]
FOLDERS = [folder for _, folder, _, _ in LANGUAGES]
# How many texts a call marks, by name: the context and the plural count.
MARKERS = {"_": 1, "gettext": 1, "gettext_lazy": 1, "pgettext": 2, "pgettext_lazy": 2, "ngettext": 2}
# What a translation must not lose: names to be filled in, and tags.
PLACEHOLDERS = re.compile(r"%\(\w+\)s|%%|</?\w+>")


@dataclass(frozen=True)
class Text:
    """A text of the sources, by what gettext finds it."""

    context: str | None
    words: str
    plural: str | None = None


def marked(call, arguments):
    """The text that a call marks for translation."""
    if call.startswith("pgettext"):
        return Text(*arguments[:2])
    if call.startswith("ngettext"):
        return Text(None, *arguments[:2])
    return Text(None, arguments[0])


def texts_of_module(path):
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in MARKERS:
            arguments = [one.value for one in node.args[: MARKERS[node.func.id]]]
            yield marked(node.func.id, arguments)


def texts_of_template(path):
    """Django's own reading of a template, in which each tag has become a call."""
    source = templatize(path.read_text(encoding="utf-8"))
    for call, arguments in re.findall(
        r"\b(_|[np]?gettext)\(((?:u?'(?:[^'\\]|\\.)*'|u?\"(?:[^\"\\]|\\.)*\"|[, ])+)", source
    ):
        yield marked(call, list(ast.literal_eval(f"({arguments.rstrip(', ')},)")))


def texts_of_sources():
    found = set()
    for path in PACKAGE.rglob("*.py"):
        found |= set(texts_of_module(path))
    for path in (PACKAGE / "templates").rglob("*.html"):
        found |= set(texts_of_template(path))
    return found


def catalogue(folder):
    """The translations of a catalogue's source: one for each form, by text."""
    entries = {}
    for block in blocks(folder)[1:]:
        fields = {}
        for line in block.splitlines():
            if line != "#, python-format":
                name, _, words = line.partition(" ")
                fields[name] = ast.literal_eval(words)
        text = Text(fields.pop("msgctxt", None), fields.pop("msgid"), fields.pop("msgid_plural", None))
        assert text not in entries
        entries[text] = fields
    return entries


def blocks(folder):
    """A catalogue's source in parts: the header, then one for each text."""
    source = (PACKAGE / "locale" / folder / "LC_MESSAGES" / "django.po").read_text(encoding="utf-8")
    return source.rstrip("\n").split("\n\n")


@pytest.fixture(params=FOLDERS)
def folder(request):
    return request.param


def test_there_is_a_test_for_every_catalogue():
    assert sorted(FOLDERS) == sorted(path.parent.parent.name for path in PACKAGE.rglob("django.po"))


def test_the_sources_are_read():
    texts = texts_of_sources()
    assert len(texts) > 50
    assert Text("the language of these texts", "en") in texts
    assert Text(None, "You are signed in as <strong>%(name)s</strong>.") in texts


def test_every_text_of_the_sources_is_in_the_catalogue_and_no_other(folder):
    """After a change: `make messages`, then translate."""
    assert catalogue(folder).keys() == texts_of_sources()


def test_every_text_is_translated(folder):
    for text, forms in catalogue(folder).items():
        assert forms and all(words.strip() for words in forms.values()), text
    assert "fuzzy" not in blocks(folder)[0], "the header is marked as unfinished"
    assert f'"Language: {folder}\\n"' in blocks(folder)[0]


def test_a_translation_keeps_what_is_filled_in_and_how_it_is_set(folder):
    for text, forms in catalogue(folder).items():
        for words in forms.values():
            assert sorted(PLACEHOLDERS.findall(words)) == sorted(PLACEHOLDERS.findall(text.words)), text
            assert words == words.strip()
            # Each ends as the original does: sentences, questions, labels.
            assert words[-1:] in ".?:" if text.words[-1] in ".?:" else words[-1:] not in ".?:", text
            assert '"' not in words and "{" not in words


def test_every_form_of_a_plural_is_there(folder):
    count = int(re.search(r"nplurals=(\d+)", blocks(folder)[0]).group(1))
    for text, forms in catalogue(folder).items():
        expected = {f"msgstr[{form}]" for form in range(count)} if text.plural else {"msgstr"}
        assert forms.keys() == expected, text


def test_the_compiled_catalogue_is_that_of_the_source(folder):
    with (PACKAGE / "locale" / folder / "LC_MESSAGES" / "django.mo").open("rb") as compiled:
        known = gettext.GNUTranslations(compiled)
    entries = catalogue(folder)
    for text, forms in entries.items():
        for name, words in forms.items():
            key = f"{text.context}\x04{text.words}" if text.context else text.words
            assert known._catalog[(key, int(name[7])) if text.plural else key] == words
    plurals = sum(len(forms) for forms in entries.values())
    assert len(known._catalog) == plurals + 1, "and the header"


@pytest.mark.parametrize(("browser", "folder", "lang", "words"), LANGUAGES, ids=FOLDERS)
def test_a_visitor_is_refused_in_her_own_language(client, settings, browser, folder, lang, words):
    settings.MIDDLEWARE = ["django.middleware.locale.LocaleMiddleware", *settings.MIDDLEWARE]
    settings.USE_I18N = True
    response = client.get(
        "/oidc/callback/keycloak/?state=unknown&code=x", HTTP_ACCEPT_LANGUAGE=f"{browser},en;q=0.5"
    )
    page = response.content.decode()
    assert response.status_code == 400
    assert f'<html lang="{lang}" dir="ltr">' in page and f"<h1>{words}</h1>" in page
    assert "transaction.not_found" in page
    assert "Start again" not in page
