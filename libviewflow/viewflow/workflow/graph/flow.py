"""The flow as a graph: a class whose attributes are nodes.

The metaclass collects the nodes through the bases, gives the class its own copies, resolves the
references between them and remembers the class under its reference text.
"""

from __future__ import annotations

import inspect
import re
from collections.abc import Set
from functools import lru_cache
from typing import Any, ClassVar
from weakref import WeakValueDictionary

from django.core.signals import setting_changed
from django.dispatch import receiver

from ..exceptions import FlowDefinitionError
from .node import BaseNode, Edge, EdgeClass

__all__ = ["FlowGraph", "FlowMeta", "find_flow", "known_flows"]

#: Flow classes by their reference text, so that classes made inside functions are found too.
_registry: WeakValueDictionary[str, FlowMeta] = WeakValueDictionary()


def find_flow(ref: str) -> Any | None:
    """Return the flow class that was made last under this reference text, if it still lives."""
    return _registry.get(ref)


def known_flows() -> list[Any]:
    """Return the flow classes with nodes that have been imported, by reference text."""
    return [flow for _, flow in sorted(_registry.items()) if flow._nodes]


@lru_cache(maxsize=512)
def _app_config(module: str) -> Any | None:
    """Return the app that contains a module: the one with the longest package name."""
    from django.apps import apps

    found = None
    for config in apps.get_app_configs():
        inside = module == config.name or module.startswith(f"{config.name}.")
        if inside and (found is None or len(config.name) > len(found.name)):
            found = config
    return found


@receiver(setting_changed)
def _forget_apps(*, setting: str, **kwargs: Any) -> None:
    if setting == "INSTALLED_APPS":
        _app_config.cache_clear()


def _spaced(name: str) -> str:
    words = re.sub(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])", " ", name).split()
    return " ".join(words).capitalize()


class FlowMeta(type):
    """Makes flow classes; also what ``str(MyFlow)`` and class-level attributes come from."""

    _nodes: dict[str, BaseNode]
    _ref: str
    instance: Any

    def __new__(mcs, name: str, bases: tuple[type, ...], attrs: dict[str, Any]) -> Any:
        cls: Any = super().__new__(mcs, name, bases, attrs)
        if "app_name" not in attrs:
            cls.app_name = (name.removesuffix("Flow") or name).lower()
        cls._set_texts(attrs)

        declared: dict[str, BaseNode] = {}
        for base in reversed(cls.__mro__):
            for key, value in vars(base).items():
                if isinstance(value, BaseNode):
                    # What stands on a border or takes a node back comes with that node.
                    if value.host is None and value.compensated is None:
                        declared[key] = value
                else:
                    # A subclass removes an inherited node by overriding its name.
                    declared.pop(key, None)
        cls._refuse_taken(declared.keys() - {"obsolete"})
        cls._nodes = {}
        for key, node in declared.items():
            node.name = node.name or key  # others may lead to this very object
            own = node.copy_for(cls, key)
            for name, member in ((key, own), *own.attached()):
                if name != key and name in declared:
                    raise FlowDefinitionError(
                        f"{cls.__name__}.{name} has the name of a node that comes with {key!r}; "
                        "rename it."
                    )
                cls._nodes[name] = member
                setattr(cls, name, member)

        cls.instance = cls()
        cls._link()
        _registry[str(cls)] = cls
        return cls

    def _refuse_taken(cls, names: Set[str]) -> None:
        """Refuse a node with the name of something that every flow has, such as ``cancel``."""
        library = __name__.partition(".")[0]
        for base in cls.__mro__[1:]:
            if base.__module__.partition(".")[0] != library:
                continue
            own = vars(base)
            taken = {name for name in names & own.keys() if not isinstance(own[name], BaseNode)}
            if taken:
                raise FlowDefinitionError(
                    f"{cls.__name__}.{min(taken)}: no node can have this name, every flow has "
                    f"something of its own there ({base.__name__}.{min(taken)}); rename the node."
                )

    def _set_texts(cls, attrs: dict[str, Any]) -> None:
        doc = inspect.cleandoc(attrs.get("__doc__") or "")
        first, _, rest = doc.partition("\n\n")
        if "process_title" not in attrs:
            default = _spaced(cls.__name__.removesuffix("Flow") or cls.__name__)
            cls.process_title = " ".join(first.split()) or default
        if "process_description" not in attrs:
            cls.process_description = rest.strip()

    def _link(cls) -> None:
        for node in cls._nodes.values():
            node._resolve(cls.instance)
            if node.host is not None:
                node.host._edges.append(Edge(node.host, node, EdgeClass.BOUNDARY))
        for node in cls._nodes.values():
            for edge in node._outgoing():
                edge.dst._incoming_edges.append(edge)
        for node in cls._nodes.values():
            node._ready()

    def __str__(cls) -> str:
        ref = cls.__dict__.get("_ref")
        if ref is None:
            module = cls.__module__
            config = _app_config(module)
            if config is None:
                ref = f"{module}.{cls.__name__}"
            else:
                inner = module.removeprefix(config.name).lstrip(".")
                ref = f"{config.label}/{f'{inner}.' if inner else ''}{cls.__name__}"
            cls._ref = ref
        return ref

    def __repr__(cls) -> str:
        return f"<flow {cls.__module__}.{cls.__qualname__}>"


class FlowGraph(metaclass=FlowMeta):
    """A flow without an engine: enough to draw, check and export it."""

    instance: ClassVar[Any]
    app_name: ClassVar[str] = ""
    process_title: Any = ""
    process_description: Any = ""
    process_summary_template: Any = ""
    process_result_template: Any = ""

    #: Made instead of a node that the flow no longer has; see ``Obsolete``.
    obsolete: Any = None

    @property
    def app_label(self) -> str:
        """Label of the Django app that the flow's module is in; ``""`` outside every app."""
        config = _app_config(type(self).__module__)
        return config.label if config is not None else ""

    @property
    def flow_label(self) -> str:
        """Path of the flow below its app, as used for template names: ``pizza`` or ``sub/pizza``."""
        module = type(self).__module__
        config = _app_config(module)
        inner = module.removeprefix(config.name) if config is not None else module
        parts = [part for part in inner.split(".") if part and part != "flows"]
        name = type(self).__name__
        return "/".join([*parts, (name.removesuffix("Flow") or name).lower()])

    def nodes(self) -> list[Any]:
        """Return every node, in the order of declaration."""
        return list(type(self)._nodes.values())

    def node(self, name: str, no_obsolete: bool = False) -> Any | None:
        """Return the node of that name.

        For a name that the flow no longer has, return a node made by ``obsolete`` unless
        ``no_obsolete``; ``None`` when there is neither.
        """
        found = type(self)._nodes.get(name)
        if found is not None or no_obsolete:
            return found
        factory = type(self)._nodes.get("obsolete")
        if factory is None:
            return None
        made = factory.copy_for(type(self), name)
        made._resolve(self)
        return made

    def _this_owner(self, node: Any) -> Any:
        """``this.<node>.owner``: a callable of the activation that gives the node's last owner."""
        if not isinstance(node, BaseNode):
            raise FlowDefinitionError(
                f"{type(self).__name__}: {node!r} is not a node with an owner."
            )
        return _OwnerOf(node.name)


class _OwnerOf:
    """Finds who completed a node of the same process last."""

    def __init__(self, node_name: str) -> None:
        self.node_name = node_name

    def __call__(self, activation: Any) -> Any:
        node = activation.flow_class._nodes[self.node_name]
        return activation.last_owner_of(node)
