"""How many examples a property gets that is slow to check."""

from hypothesis import settings


def at_most(examples: int) -> settings:
    """Return settings with so many examples under the profile `quick`, and in proportion under any other."""
    return settings(
        max_examples=examples
        * settings.default.max_examples
        // settings.get_profile("quick").max_examples
    )
