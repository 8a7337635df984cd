"""Parts of long texts that people read first."""

from __future__ import annotations


def both_ends(text: str, limit: int, between: str = " … ") -> str:
    """At most ``limit`` characters, cut between words: the beginning and the end, as two answers that think
    alike differ in the end."""
    if len(text) <= limit:
        return text
    half = max((limit - len(between)) // 2, 1)
    start, end = text[:half], text[-half:]
    at = max(start.rfind(" "), start.rfind("\n"))
    start = start[:at] if at > 0 else start
    places = [place for place in (end.find(" "), end.find("\n")) if place >= 0]
    end = end[min(places) + 1 :] if places else end
    return f"{start.rstrip()}{between}{end.lstrip()}"
