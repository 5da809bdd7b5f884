"""The four people of the Beer demo: the same at the development provider and in Keycloak."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Person:
    """Somebody who may sign in; the password is the name."""

    name: str
    last_name: str
    roles: tuple[str, ...]
    may: str

    @property
    def first_name(self) -> str:
        return self.name.capitalize()

    @property
    def email(self) -> str:
        return f"{self.name}@brewery.example"


PEOPLE = (
    Person("carol", "Cask", ("customers",), "may look at beers"),
    Person("chris", "Copper", ("creators",), "may look at, add and change beers"),
    Person("adam", "Ale", ("admins",), "may do everything"),
    Person("nora", "North", (), "may not enter the admin, and is told why"),
)
ROLES = ("customers", "creators", "admins")
