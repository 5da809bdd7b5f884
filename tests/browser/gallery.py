"""Every page that a visitor may come to: how to get there. Each is checked and photographed by the tests."""

from __future__ import annotations

from playwright.sync_api import expect

from tests.browser.endings import end_at_provider, grow_old
from tests.browser.serve import LOCAL_ADMIN
from tests.browser.visitor import Visitor


def beers(visit, _provider):
    visitor = visit()
    visitor.open("/")
    return visitor


def beers_as_chris(visit, _provider):
    visitor = visit()
    visitor.open("/oidc/login/?next=/")
    visitor.choose("chris")
    visitor.expect_heading("Our beers")
    return visitor


def nobody_yet(visit, _provider):
    visitor = visit()
    visitor.open("/me/")
    return visitor


def who_am_i(visit, _provider):
    visitor = visit()
    visitor.open("/oidc/login/?next=/me/")
    visitor.choose("carol")
    visitor.expect_heading("Carol Cask")
    return visitor


def people(visit, _provider):
    visitor = visit()
    visitor.open("/oidc/login/")
    visitor.expect_people()
    return visitor


def people_wrong_password(visit, provider):
    visitor = people(visit, provider)
    page = visitor.page
    page.get_by_text("Use a name and a password instead").click()
    page.get_by_label("Name").fill("carol")
    page.get_by_label("Password").fill("wrong")
    page.get_by_role("button", name="Sign in").click()
    expect(page.get_by_role("alert")).to_be_visible()
    return visitor


def provider_home(visit, provider):
    visitor = visit()
    visitor.page.goto(provider.issuer.partition("/realms/")[0])
    visitor.expect_heading("Brewery")
    return visitor


def not_staff(visit, _provider):
    visitor = visit()
    visitor.open("/admin/")
    visitor.choose("nora")
    visitor.expect_heading("You may not use this part of the site")
    return visitor


def refused_by_policy(visit, _provider):
    visitor = visit("members")
    visitor.open("/oidc/login/")
    visitor.choose("chris")
    visitor.expect_heading("You may not come in")
    return visitor


def sign_out_at_provider(visit, provider):
    visitor = refused_by_policy(visit, provider)
    visitor.page.get_by_role("link", name="Use another account").click()
    visitor.page.wait_for_url(f"{provider.issuer}/**")
    return visitor


def nothing_under_way(visit, _provider):
    visitor = visit()
    visitor.open("/oidc/callback/keycloak/?state=of-nobody&code=x")
    return visitor


def provider_down(visit, provider):
    visitor = visit()
    visitor.open("/oidc/login/")
    visitor.expect_people()
    provider.misbehave("error-500@token")
    visitor.choose("carol")
    visitor.expect_at_callback()
    return visitor


def session_not_kept(visit, _provider):
    """The provider asks once, and vouches for her from then on: no click of hers is needed to go in circles."""
    visitor = visit("unkept")
    visitor.open("/admin/")
    visitor.choose("carol")
    visitor.expect_code("session.not_kept")
    return visitor


def back_by_a_form(visit, _provider):
    """Its script is answered without content, so that the page stays."""
    visitor = visit("https-form")
    visitor.page.route("**/assets/submit.js", lambda route: route.fulfill(content_type="text/javascript"))
    visitor.open("/oidc/login/")
    visitor.choose("carol")
    visitor.expect_heading("Back to your site")
    return visitor


def stronger_sign_in(visit, _provider):
    visitor = visit("stronger")
    visitor.open("/oidc/login/?next=/me/")
    visitor.choose("carol")
    visitor.expect_heading("A stronger sign-in is needed")
    return visitor


def fresh_sign_in(visit, provider):
    """The provider knows her by another site, for too long."""
    visitor = who_am_i(visit, provider)
    provider.age_sessions(3600)
    provider.misbehave("max-age-ignored")
    fresh = Visitor(visitor.context, visit("fresh").base_url, visitor.complaints)
    fresh.open("/oidc/login/?next=/me/")
    fresh.expect_heading("A fresh sign-in is needed")
    return fresh


def stronger_than_a_password(visit, _provider):
    visitor = visit("step-up")
    visitor.enter_password(LOCAL_ADMIN)
    visitor.expect_heading("This needs a stronger sign-in")
    return visitor


def fresher_form(visit, _provider):
    """Her sign-in has grown old while she filled it in."""
    visitor = visit("step-up-fresh")
    visitor.open_as("adam", "/admin/")
    visitor.open("/admin/auth/group/add/")
    visitor.page.get_by_label("Name:").fill("Zwickl")
    grow_old(visitor)
    visitor.page.get_by_role("button", name="Save", exact=True).click()
    visitor.expect_heading("This needs a fresh sign-in")
    return visitor


def somebody_else_stepped_up(visit, provider):
    visitor = visit("step-up")
    visitor.open_as("adam", "/oidc/login/?next=/me/", "/me/")
    provider.set_acr("carol", ["gold"])
    visitor.open("/admin/")
    visitor.choose("carol")
    visitor.expect_code("transaction.other_identity")
    return visitor


def begun_by_a_stranger(visit, _provider):
    visitor = visit()
    visitor.open("/oidc/initiate/?iss=https://evil.example")
    visitor.expect_code("transaction.unknown_issuer")
    return visitor


def turned_away(visit, _provider):
    visitor = visit()
    visitor.open("/cellar/")
    visitor.choose("carol")
    visitor.expect_heading("You may not see that page")
    return visitor


def onward(visit, _provider):
    """Its own way on is answered without content: the browser stays."""
    visitor = visit("strict")
    visitor.page.route(f"{visitor.base_url}/me/", lambda route: route.fulfill(status=204))
    visitor.open("/oidc/login/?next=/me/")
    visitor.choose("carol")
    visitor.expect_heading("You are signed in")
    return visitor


def admin_with_button(visit, _provider):
    visitor = visit("button")
    visitor.open("/admin/")
    expect(visitor.page.get_by_role("link", name="Sign in with Keycloak")).to_be_visible()
    return visitor


def code_explained(visit, _provider):
    visitor = visit()
    visitor.open("/oidc/codes/decision.not_staff/")
    visitor.expect_heading("You may not use this part of the site")
    return visitor


def sign_out_question(visit, provider):
    visitor = who_am_i(visit, provider)
    visitor.open("/oidc/logout/")
    visitor.expect_heading("Sign out?")
    return visitor


def sign_out_of_nobody(visit, _provider):
    visitor = visit()
    visitor.open("/oidc/logout/")
    visitor.expect_heading("You are not signed in")
    return visitor


def one_more_step_to_sign_out(visit, provider):
    """With an ID token that no address has room for."""
    provider.set_claims("carol", {"motto": "Hops and malt. " * 100})
    visitor = visit()
    visitor.open("/oidc/login/?next=/me/")
    visitor.choose("carol")
    visitor.expect_at("/me/")
    visitor.sign_out()
    visitor.expect_heading("One more step to sign out")
    return visitor


def signed_out(visit, provider):
    visitor = who_am_i(visit, provider)
    visitor.sign_out()
    visitor.expect_heading("You are signed out")
    return visitor


def still_signed_in(visit, provider):
    visitor = who_am_i(visit, provider)
    visitor.open("/oidc/logged-out/")
    visitor.expect_heading("You are still signed in")
    return visitor


def ways_to_sign_in(visit, provider):
    visitor = who_am_i(visit, provider)
    visitor.open("/oidc/identities/")
    visitor.expect_heading("Your ways to sign in")
    return visitor


def ways_to_sign_in_with_a_password(visit, _provider):
    visitor = visit()
    visitor.sign_in_here(LOCAL_ADMIN)
    visitor.open("/oidc/identities/")
    visitor.expect_heading("Your ways to sign in")
    return visitor


def ways_to_sign_in_with_both(visit, _provider):
    visitor = visit("linkable")
    visitor.sign_in_here(LOCAL_ADMIN)
    visitor.open("/oidc/identities/")
    visitor.page.get_by_role("button", name="Link Keycloak").click()
    visitor.choose("nora")
    visitor.page.get_by_role("button", name="Link it").click()
    expect(visitor.page.get_by_role("button", name="Unlink Keycloak")).to_be_visible()
    return visitor


def link_question(visit, provider):
    visitor = ways_to_sign_in_with_a_password(visit, provider)
    visitor.page.get_by_role("button", name="Link Keycloak").click()
    visitor.choose("nora")
    visitor.expect_heading("Link this account?")
    return visitor


def which_provider(visit, _provider):
    visitor = visit("several")
    visitor.open("/oidc/login/?next=/me/")
    visitor.expect_heading("How do you want to sign in?")
    return visitor


def which_provider_by_no_address(visit, provider):
    visitor = which_provider(visit, provider)
    visitor.page.get_by_label("Your e-mail address").fill("carol@elsewhere.example")
    visitor.page.get_by_role("button", name="Continue").click()
    expect(visitor.page.get_by_role("alert")).to_be_visible()
    return visitor


def signed_out_of_one_of_several(visit, provider):
    visitor = which_provider(visit, provider)
    visitor.page.get_by_role("link", name="Guests & friends").click()
    visitor.choose("carol")
    visitor.expect_heading("Carol Cask")
    visitor.sign_out()
    visitor.expect_heading("You are signed out")
    return visitor


def form_kept(visit, provider):
    """With a file and a password, which can't be kept."""
    visitor = visit()
    visitor.open_as("adam", "/admin/")
    visitor.open("/front/form/")
    visitor.page.get_by_label("Note").fill("Zwickl ÄÖÜ 🍺\n" * 3)
    visitor.page.get_by_label("Password").fill("secret")
    picture = {"name": "Etikett.png", "mimeType": "image/png", "buffer": b"PNG"}
    visitor.page.get_by_label("Picture").set_input_files(picture)
    end_at_provider(visitor, provider)
    visitor.page.get_by_role("button", name="Send").click()
    visitor.expect_heading("Your session has ended")
    return visitor


def form_not_sent_yet(visit, provider):
    visitor = form_kept(visit, provider)
    visitor.page.get_by_role("button", name="Send again").click()
    visitor.expect_heading("You are not signed in yet")
    return visitor


def form_of_somebody_else(visit, provider):
    visitor = form_kept(visit, provider)
    visitor.new_tab().open_as("chris", "/oidc/login/?next=/me/", "/me/")
    visitor.page.get_by_role("button", name="Send again").click()
    visitor.expect_heading("This form is somebody else's")
    return visitor


def form_again(visit, provider):
    visitor = form_kept(visit, provider)
    visitor.new_tab().open_as("adam", "/oidc/login/?next=/me/", "/me/")
    visitor.page.get_by_role("button", name="Send again").click()
    visitor.expect_heading("Send your form")
    visitor.page.get_by_text("What is sent").click()
    return visitor


def form_lost(visit, provider):
    visitor = form_kept(visit, provider)
    visitor.context.clear_cookies()
    visitor.page.get_by_role("button", name="Send again").click()
    visitor.expect_heading("This form can't be sent from here")
    return visitor


def back_to_the_form(visit, provider):
    visitor = who_am_i(visit, provider)
    visitor.open("/oidc/resend/")
    visitor.expect_heading("You are signed in")
    return visitor


def session_ended(visit, provider):
    visitor = who_am_i(visit, provider)
    end_at_provider(visitor, provider, "carol")
    visitor.open("/me/")
    visitor.expect_heading("Your session has ended")
    return visitor


def where_signed_in(visit, provider):
    """In this browser, and in two others."""
    for user_agent in (
        "curl/8.5.0",
        "Mozilla/5.0 (Linux; Android 10; K) Chrome/131.0.0.0 Mobile Safari/537.36",
    ):
        other = visit(user_agent=user_agent)
        other.open_as("carol", "/oidc/login/?next=/me/", end="/me/")
    visitor = who_am_i(visit, provider)
    visitor.open("/oidc/sessions/")
    visitor.expect_heading("Where you are signed in")
    return visitor


def where_signed_in_with_a_password(visit, _provider):
    visitor = visit()
    visitor.sign_in_here(LOCAL_ADMIN)
    visitor.open("/oidc/sessions/")
    visitor.expect_heading("Where you are signed in")
    return visitor


def emergency_sign_in(visit, _provider):
    visitor = visit()
    visitor.open(visitor.site.manage("relyant_break_glass", LOCAL_ADMIN).strip())
    visitor.expect_heading("Emergency sign-in")
    return visitor


def emergency_sign_in_unusable(visit, _provider):
    visitor = visit()
    visitor.open("/oidc/break-glass/nothing/")
    visitor.expect_code("transaction.break_glass_unusable")
    return visitor


def passwords_turned_off(visit, _provider):
    visitor = visit("closed")
    visitor.open("/admin/login/?local=1")
    visitor.expect_heading("Passwords are turned off here")
    return visitor


PAGES = (
    beers,
    beers_as_chris,
    nobody_yet,
    who_am_i,
    people,
    people_wrong_password,
    provider_home,
    not_staff,
    refused_by_policy,
    sign_out_at_provider,
    nothing_under_way,
    provider_down,
    session_not_kept,
    back_by_a_form,
    stronger_sign_in,
    fresh_sign_in,
    stronger_than_a_password,
    fresher_form,
    somebody_else_stepped_up,
    begun_by_a_stranger,
    turned_away,
    onward,
    admin_with_button,
    code_explained,
    sign_out_question,
    sign_out_of_nobody,
    one_more_step_to_sign_out,
    signed_out,
    still_signed_in,
    ways_to_sign_in,
    ways_to_sign_in_with_a_password,
    ways_to_sign_in_with_both,
    link_question,
    which_provider,
    which_provider_by_no_address,
    signed_out_of_one_of_several,
    form_kept,
    form_not_sent_yet,
    form_of_somebody_else,
    form_again,
    form_lost,
    back_to_the_form,
    session_ended,
    where_signed_in,
    where_signed_in_with_a_password,
    emergency_sign_in,
    emergency_sign_in_unusable,
    passwords_turned_off,
)
