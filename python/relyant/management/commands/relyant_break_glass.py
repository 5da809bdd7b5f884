"""`manage.py relyant_break_glass USER`: a login without any provider, for the day on which it is away."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.core.management.base import BaseCommand, CommandError, no_translations
from django.urls import reverse

from relyant import break_glass, conf, moments
from relyant.management import users

if TYPE_CHECKING:
    from argparse import ArgumentParser

    from relyant.break_glass import Minted


class Command(BaseCommand):
    """`relyant_break_glass USER [--minutes MINUTES]`."""

    help = (
        "Makes an address that signs one user in without her provider and without a password: once, within "
        "some minutes, and for an hour at most. The address goes to the standard output, and is kept nowhere."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Take whom to sign in, and how long the address is good for."""
        usual, most = break_glass.USUAL_MINUTES, break_glass.MOST_MINUTES
        parser.add_argument("user", metavar="USER", help="a user's name, or key")
        parser.add_argument(
            "--minutes",
            type=int,
            default=usual,
            help=f"how long the address is good for, {most} at most (default: {usual})",
        )

    @no_translations
    def handle(self, *_: Any, user: str, minutes: int, **__: Any) -> None:
        """Make it, print the address, and say what to know about it."""
        if not 1 <= minutes <= break_glass.MOST_MINUTES:
            raise CommandError(
                f"--minutes must be 1 or more and at most {break_glass.MOST_MINUTES}, got {minutes}"
            )
        found = users.find(user)
        name = found.get_username()
        if not found.is_active:
            raise CommandError(f"{name} is deactivated: activate the user first (`is_active`)")
        if not (getattr(found, "is_staff", False) or getattr(found, "is_superuser", False)):
            self._note(self.style.WARNING(f"{name} is neither staff nor superuser: the admin stays closed."))
        minted = break_glass.mint(found, minutes=minutes)
        base_url = conf.relyant_settings().base_url
        path = reverse("relyant:break-glass", args=[minted.token])
        self.stdout.write((base_url or "") + path)
        self._tell(name, minted, is_whole=base_url is not None)

    def _tell(self, name: str, minted: Minted, *, is_whole: bool) -> None:
        until = moments.utc(minted.expires_at).strftime("%Y-%m-%d %H:%M UTC")
        self._note(
            f"Good once, until {until}. Whoever opens it is signed in as {name}: send it to nobody else."
        )
        if not is_whole:
            self._note("That is the path alone: put the site's address before it, or set BASE_URL.")

    def _note(self, text: str) -> None:
        """Say it beside the address, so that the standard output has nothing but that."""
        self.stderr.write(text, style_func=str)
