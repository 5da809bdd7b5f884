"""A front end of the site's own, with Relyant's helper; and a clock for its sessions."""

from __future__ import annotations

from django.contrib.auth.decorators import login_required, permission_required
from django.http import HttpResponse, JsonResponse
from django.middleware.csrf import get_token
from django.urls import path

POLICY = "default-src 'none'; script-src 'self'; connect-src 'self'; base-uri 'none'; frame-ancestors 'none'"
PAGE = """<!doctype html><html lang="en"><title>Front end</title>
<h1>Front end</h1>
<button id="session">Who</button> <button id="read">Read</button> <button id="write">Write</button>
<button id="forbidden">Cellar</button>
<output></output>
<script type="module" src="/front/script.js"></script></html>"""
SCRIPT = """
import { relyantFetch } from "/static/relyant/fetch.js";
const output = document.querySelector("output");
async function show(path, init) {
  output.textContent = "";
  const answer = await relyantFetch(path, init);
  output.textContent = `${answer.status} ${await answer.text()}`;
}
const on = (id, path, init) => document.getElementById(id).addEventListener("click", () => show(path, init));
on("session", "/oidc/session/");
on("read", "/front/beers/");
on("write", "/front/beers/", { method: "POST", body: new URLSearchParams({ name: "Zwickl" }) });
on("forbidden", "/front/cellar/");
"""


def page(_request):
    """The front end: it sets no cookie, and renders no token."""
    return HttpResponse(PAGE, headers={"Content-Security-Policy": POLICY})


def script(_request):
    return HttpResponse(SCRIPT, content_type="text/javascript")


@login_required
def beers(request):
    """Read or write; guarded by Django's decorator and its CSRF check alone."""
    return JsonResponse({"who": request.user.get_username(), "wrote": request.POST.get("name")})


@permission_required("beers.delete_beer")
def cellar(_request):
    return JsonResponse({})


def lapse(request):
    """Let this session be one whose access token has lapsed by now."""
    request.session["relyant"] = {**request.session["relyant"], "renew_at": 0}
    return without_icon("Later")


def forget(request):
    """Let the store have lost this session: its row is gone, and the browser has the cookie still."""
    request.session.delete()
    request.session.modified = False
    return without_icon("Gone")


def without_icon(words):
    """A page for whose icon the browser asks nobody: that request would be the first to meet what was done."""
    content = f'<!doctype html><title>{words}</title><link rel="icon" href="data:,"><h1>{words}</h1>'
    return HttpResponse(content, headers={"Content-Security-Policy": "default-src 'none'; img-src data:"})


@login_required
def form(request):
    """A form with all that can be kept, and that can't."""
    if request.method == "POST":
        return JsonResponse({"note": request.POST["note"], "files": list(request.FILES)})
    fields = (
        "<label>Note <textarea name=note></textarea></label>"
        "<label>Password <input type=password name=password></label>"
        "<label>Picture <input type=file name=picture></label>"
    )
    token = f'<input type=hidden name=csrfmiddlewaretoken value="{get_token(request)}">'
    head = '<!doctype html><html lang="en"><title>Form</title><h1>Form</h1>'
    return HttpResponse(
        f'{head}<form method="post" enctype="multipart/form-data">{token}{fields}<button>Send</button></form>'
    )


urlpatterns = [
    path("front/form/", form),
    path("front/", page),
    path("front/script.js", script),
    path("front/beers/", beers),
    path("front/cellar/", cellar),
    path("lapse/", lapse),
    path("forget/", forget),
]
