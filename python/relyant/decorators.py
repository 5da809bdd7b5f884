"""What a view demands of the sign-in that it is shown to: how recent it is, and how sure.

Each works on functions and, by `method_decorator`, on classes and their methods, sync and async;
`StepUpMixin` says the same in attributes of a class. Stacked, the outermost asks for everything at once.
"""

from __future__ import annotations

from functools import wraps
from typing import TYPE_CHECKING, Any

from asgiref.sync import iscoroutinefunction
from django.core.exceptions import ImproperlyConfigured

from relyant import _core
from relyant.flows import demands, step_up
from relyant.setting_types import Demand

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from django.http import HttpRequest

    View = Callable[..., Any]

DEFAULT_MAX_AGE = 300


def fresh_login_required(max_age: int = DEFAULT_MAX_AGE) -> Callable[[View], View]:
    """Demand that she signed in at her provider at most so many seconds ago; else she signs in once more.

    A minute is forgiven for clocks that differ and for the way back: 0 is a sign-in of the last minute. Of a
    sign-in by a password of this site its own moment counts.
    """
    return _demanding(_demand(max_age, ()))


def acr_required(*acr_values: str) -> Callable[[View], View]:
    """Demand a sign-in of one of these authentication context classes, the best first; else she is asked.

    Levels have no order here: name each one that will do. A sign-in by a password of this site has no class.
    """
    if not acr_values or not isinstance(acr_values[0], str):
        raise TypeError('acr_required takes the names of classes: @acr_required("gold", "platinum")')
    return _demanding(_demand(None, acr_values))


class StepUpMixin:
    """A class-based view that demands a recent sign-in, a sure one, or both; goes before the view's class."""

    fresh_login_max_age: int | None = None
    acr_values: Sequence[str] = ()

    @classmethod
    def as_view(cls, **initkwargs: Any) -> View:
        """Make the view, which tells what it demands."""
        view: View = super().as_view(**initkwargs)  # type: ignore[misc]
        max_age = initkwargs.get("fresh_login_max_age", cls.fresh_login_max_age)
        acr_values = initkwargs.get("acr_values", cls.acr_values)
        if max_age is None and not acr_values:
            raise ImproperlyConfigured(f"{cls.__name__} needs `fresh_login_max_age`, `acr_values`, or both")
        return _demanding(_demand(max_age, acr_values))(view)


def _demand(max_age: object, acr_values: object) -> Demand:
    """Check what a view demands, when it is loaded."""
    if max_age is not None and (not isinstance(max_age, int) or isinstance(max_age, bool)):
        raise TypeError(f"max_age is a whole number of seconds, as in max_age=300; got {max_age!r}")
    if isinstance(acr_values, str) or not isinstance(acr_values, (list, tuple)):
        raise TypeError(f'acr_values is a list of names, as in ["gold"]; got {acr_values!r}')
    demand = Demand(max_age, tuple(acr_values))
    try:
        _core.insufficient_user_authentication(max_age=demand.max_age, acr_values=demand.acr_values)
    except _core.RelyantError as error:
        raise ValueError(str(error)) from None
    return demand


def _demanding(demand: Demand) -> Callable[[View], View]:
    def decorate(view: View) -> View:
        whole = demands.together(demand, getattr(view, demands.ATTRIBUTE, None))
        if whole is None:
            raise ValueError(f"no sign-in is of {demand.acr_values} and of what the view demands as well")
        wrapper = _async_wrapper(view, whole) if _is_async(view) else _sync_wrapper(view, whole)
        setattr(wrapper, demands.ATTRIBUTE, whole)
        return wrapper

    return decorate


def _sync_wrapper(view: View, demand: Demand) -> View:
    @wraps(view)
    def wrapper(request: HttpRequest, *args: Any, **kwargs: Any) -> Any:
        answer = step_up.answer(request, demand)
        return view(request, *args, **kwargs) if answer is None else answer

    return wrapper


def _async_wrapper(view: View, demand: Demand) -> View:
    @wraps(view)
    async def wrapper(request: HttpRequest, *args: Any, **kwargs: Any) -> Any:
        answer = await step_up.answer_async(request, demand)
        return await view(request, *args, **kwargs) if answer is None else answer

    return wrapper


def _is_async(view: View) -> bool:
    """Whether a view is to be awaited; of a class whose methods are so, its `dispatch` doesn't show it."""
    owner = getattr(getattr(view, "func", None), "__self__", None)
    return bool(iscoroutinefunction(view) or getattr(owner, "view_is_async", False))
