"""The service models that boto3 brings, without what we never ask.

A model holds every operation with its documentation; 45 of them whole take 120 MB, and the calls that are declared need a
tenth of it. ``Pruned`` is botocore's own loader, with only those operations and the shapes below them left in.
"""

from collections.abc import Mapping
from typing import Any

from botocore.loaders import Loader

_SERVICE = "service-2"


class Pruned(Loader):  # type: ignore[misc]  # botocore has no types
    """Loads models as botocore does, and keeps of each service the operations that are named."""

    def __init__(self, operations: Mapping[str, frozenset[str]], search_paths: list[str]) -> None:
        super().__init__(extra_search_paths=search_paths)
        self._operations = operations
        self._services: dict[str, Any] = {}

    def load_service_model(self, service_name: str, type_name: str, api_version: str | None = None) -> Any:
        """A model; of a service whose operations are named, only those."""
        wanted = self._operations.get(service_name)
        if type_name != _SERVICE or wanted is None:
            return super().load_service_model(service_name, type_name, api_version)
        if service_name not in self._services:
            before = set(self._cache)
            model = super().load_service_model(service_name, type_name, api_version)
            self._services[service_name] = pruned(model, wanted)
            for key in [key for key in self._cache if key not in before and key[0].startswith("load_")]:
                del self._cache[key]  # the whole model
        return self._services[service_name]


def pruned(model: Mapping[str, Any], operations: frozenset[str]) -> dict[str, Any]:
    """A model with these operations, the shapes that they reach, and no documentation."""
    left = {name: _plain(one) for name, one in model["operations"].items() if name in operations}
    shapes: dict[str, Any] = {}
    waiting = [
        part["shape"]
        for one in left.values()
        for part in (one.get("input"), one.get("output"), *one.get("errors", ()))
        if part is not None
    ]
    while waiting:
        name = waiting.pop()
        if name not in shapes:
            shapes[name] = shape = _plain(model["shapes"][name])
            waiting += [member["shape"] for member in shape.get("members", {}).values()]
            waiting += [shape[part]["shape"] for part in ("member", "key", "value") if part in shape]
    return {
        **{name: value for name, value in model.items() if name != "documentation"},
        "operations": left,
        "shapes": shapes,
    }


def _plain(value: Any) -> Any:
    """Without documentation, at any depth. A member that is called so is a mapping, not a text."""
    if isinstance(value, Mapping):
        return {
            name: _plain(one) for name, one in value.items() if not (name == "documentation" and isinstance(one, str))
        }
    return [_plain(one) for one in value] if isinstance(value, list) else value
