"""Pages that tell, in JSON, how the request found its visitor, and which process answered."""

from __future__ import annotations

import hashlib
import os

from django.contrib.auth.decorators import login_required
from django.http import HttpResponse, JsonResponse

from relyant import sessions


def front(request):
    """A page that asks nobody who she is."""
    return HttpResponse("beer")


def who(request):
    """Who is signed in; nobody is `null`."""
    signed_in = request.user.is_authenticated
    kept = sessions.current(request)
    return JsonResponse(
        {
            "user": request.user.get_username() if signed_in else None,
            "groups": sorted(request.user.groups.values_list("name", flat=True)) if signed_in else [],
            "sid": kept.sid if kept else None,
            "pid": os.getpid(),
        }
    )


@login_required
def members(request):
    """A page for whoever is signed in."""
    return who(request)


@login_required
def token(request):
    """The digest of an access token with which this request would call an API now."""
    text = request.relyant.access_token()
    return JsonResponse({"token": hashlib.sha256(text.encode()).hexdigest()})
