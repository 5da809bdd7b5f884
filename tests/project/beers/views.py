"""A page for everybody, and one for those who may look at beers."""

from __future__ import annotations

from django.contrib.auth.decorators import login_required, permission_required
from django.http import HttpResponse


def home(request):
    return HttpResponse(f"hello {request.user.get_username()}")


@login_required
@permission_required("beers.view_beer", raise_exception=True)
def beer_list(request):
    return HttpResponse("beers")
