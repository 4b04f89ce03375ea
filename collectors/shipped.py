"""Tables that are shipped beside the code that reads them."""

import pkgutil


def shipped(package: str | None, name: str) -> str:
    """The text of a file in a package's folder. ``pkgutil`` reads it at a tenth of what importing ``importlib.resources``
    costs, which every scan would pay.
    """
    data = pkgutil.get_data(package or "", name)
    if data is None:
        raise FileNotFoundError(name)
    return data.decode()
