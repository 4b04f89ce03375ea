"""YAML as nodes with their places. Nothing is made of a value, and nothing is nested so deeply that reading it takes the stack."""

import yaml

_DEEPEST = 100
"""Levels. PyYAML's loader in C asks nobody, and from some twenty thousand on takes the process with it."""


def composed(text: str) -> yaml.Node | None:
    """The root of the one document; None where there is nothing. ``yaml.YAMLError`` or ``RecursionError`` where it is no YAML,
    or nested too deeply.
    """
    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    depth = 0
    for event in yaml.parse(text, Loader=loader):
        if isinstance(event, yaml.CollectionStartEvent):
            depth += 1
            if depth > _DEEPEST:
                raise yaml.MarkedYAMLError(
                    problem=f"nested more than {_DEEPEST} levels deep",
                    problem_mark=event.start_mark,  # type: ignore[arg-type] # the loader in C has marks of its own
                )
        elif isinstance(event, yaml.CollectionEndEvent):
            depth -= 1
    return yaml.compose(text, Loader=loader)
