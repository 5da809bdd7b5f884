"""What a view can demand, and what is said of a demand that nobody can meet."""

from __future__ import annotations

import pytest
from django.core.exceptions import ImproperlyConfigured
from django.views import View

from relyant.decorators import StepUpMixin, acr_required, fresh_login_required


@pytest.mark.parametrize(
    ("make", "error", "said"),
    [
        (lambda: fresh_login_required(max_age="300"), TypeError, "whole number of seconds"),
        (lambda: fresh_login_required(max_age=True), TypeError, "whole number of seconds"),
        (lambda: fresh_login_required(lambda request: None), TypeError, "whole number of seconds"),
        (lambda: fresh_login_required(max_age=-1), ValueError, "max_age"),
        (acr_required, TypeError, "names of classes"),
        (lambda: acr_required(lambda request: None), TypeError, "names of classes"),
        (lambda: acr_required("gold platinum"), ValueError, "acr_values"),
        (
            lambda: acr_required("gold")(acr_required("silver")(lambda request: None)),
            ValueError,
            "no sign-in",
        ),
        (lambda: type("V", (StepUpMixin, View), {}).as_view(), ImproperlyConfigured, "V needs"),
        (lambda: type("V", (StepUpMixin, View), {"acr_values": "gold"}).as_view(), TypeError, "a list"),
    ],
)
def test_a_wrong_demand_is_said_where_it_is_made(make, error, said):
    with pytest.raises(error, match=said):
        make()
