"""The number of examples for properties that are slow to check."""

from hypothesis import settings


def at_most(examples: int) -> settings:
    """Return settings with a number of examples.

    Parameters
    ----------
    examples : int
        The number under the profile `quick`. Under other profiles it grows in proportion.
    """
    return settings(
        max_examples=examples
        * settings.default.max_examples
        // settings.get_profile("quick").max_examples
    )
