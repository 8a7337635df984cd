"""What a probe is."""

from __future__ import annotations

from typing import Literal

from evalkit.core.frozen import frozen

#: What a probe tries: to give the judge its verdict, to break out of the fence around the response, to speak
#: as somebody whom the judge obeys, to please it, or to look like more than it is.
ProbeKind = Literal["injection", "delimiter", "role", "persuasion", "padding"]


@frozen(slots=True)
class Probe:
    """One attack.

    Attributes:
        name: what figures call it.
        what: what it does, one clause.
        template: the attacked response: ``{response}`` is the response as it was, ``{good}`` the word of a
            good verdict.
    """

    name: str
    kind: ProbeKind
    what: str
    template: str

    def applied(self, response: str, good: str) -> str:
        """The response with the attack in it; braces of the response stay what they are."""
        parts = self.template.split("{response}")
        return response.join(part.replace("{good}", good) for part in parts)
