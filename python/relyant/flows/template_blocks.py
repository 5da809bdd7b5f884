"""Which blocks of its template a page shows, read from the syntax trees: nothing is rendered for it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.template import Context, Template, TemplateDoesNotExist, TemplateSyntaxError
from django.template.base import VariableNode
from django.template.loader_tags import BlockNode, ExtendsNode

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from django.template.base import NodeList


def shown(template: Template) -> set[str] | None:
    """The names of the blocks that a page shows; None where only rendering can tell."""
    try:
        layers = list(_layers(template))
    except (TemplateDoesNotExist, TemplateSyntaxError):
        return None
    definitions: dict[str, list[Any]] = {}
    for layer in layers:
        for block in _nodes(layer.nodelist, BlockNode):
            definitions.setdefault(block.name, []).append(block)
    found: set[str] = set()
    todo: list[Iterable[Any]] = [layers[-1].nodelist]
    while todo:
        new = set(_outermost_blocks(todo.pop())) - found
        found |= new
        todo += [nodelist for name in new for nodelist in _effective(definitions[name])]
    return found


def _layers(template: Template) -> Iterator[Template]:
    """The template and those that it extends, the outermost last."""
    context = Context()
    context.template = template
    while True:
        yield template
        extends = next((node for node in template.nodelist if isinstance(node, ExtendsNode)), None)
        if extends is None:
            return
        template = extends.get_parent(context)


def _outermost_blocks(nodes: Iterable[Any]) -> Iterator[str]:
    """The names of the blocks that stand in no other block."""
    for node in nodes:
        if isinstance(node, BlockNode):
            yield node.name
            continue
        for name in node.child_nodelists:
            yield from _outermost_blocks(getattr(node, name, None) or [])


def _effective(definitions: list[Any]) -> Iterator[NodeList]:
    """The innermost definition of a block, and each further one that `block.super` asks for."""
    for block in definitions:
        yield block.nodelist
        variables = _nodes(block.nodelist, VariableNode)
        if not any("block.super" in str(node.filter_expression) for node in variables):
            return


def _nodes(nodelist: NodeList, kind: type) -> list[Any]:
    return list(nodelist.get_nodes_by_type(kind))
