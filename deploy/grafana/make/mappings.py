"""Values as words, in the colours of what they say."""

from grafana_foundation_sdk.models import dashboard

from deploy.grafana.make.colours import LOOKS


def codes() -> list[dashboard.ValueMapping]:
    """The code of a status as its word, in its colour."""
    return [
        dashboard.ValueMap(
            {
                str(code): dashboard.ValueMappingResult(text=look.text, color=look.colour, index=code)
                for code, look in enumerate(LOOKS)
            }
        )
    ]


def words(colours: dict[str, str]) -> list[dashboard.ValueMapping]:
    """Words in their colours."""
    return [
        dashboard.ValueMap(
            {
                word: dashboard.ValueMappingResult(text=word, color=colour, index=index)
                for index, (word, colour) in enumerate(colours.items())
            }
        )
    ]
