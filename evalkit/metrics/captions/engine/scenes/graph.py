"""Scene graphs: the objects, attributes and relations of a caption, synonyms merged."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from evalkit.metrics.captions.engine.scenes.synsets import Lexicon

#: What the parser proposes: (object,), (object, attribute) or (subject, object, relation).
Proposition = Sequence[str]

#: Of relations such as "be on", the verb says nothing.
_BE = "be "


@dataclass(eq=False, slots=True)
class Concept:
    """Words that mean the same, and the union of their synonym sets."""

    words: set[str]
    synsets: set[int]

    def equals(self, other: Concept) -> bool:
        return self.words == other.words and self.synsets == other.synsets

    def is_similar(self, other: Concept) -> bool:
        """They share a word or a synonym set."""
        return not (self.synsets.isdisjoint(other.synsets) and self.words.isdisjoint(other.words))

    def similarity(self, other: Concept) -> float:
        """1 where they share a word, else the Jaccard index of their synonym sets, in 0..1."""
        if not self.words.isdisjoint(other.words):
            return 1.0
        n_shared = len(self.synsets & other.synsets)
        return n_shared / len(self.synsets | other.synsets) if n_shared else 0.0

    def merge(self, other: Concept) -> None:
        self.words |= other.words
        self.synsets |= other.synsets

    @property
    def word(self) -> str | None:
        """Its word where it is a single one."""
        return next(iter(self.words)) if len(self.words) == 1 else None


#: (object,), (object, attribute) or (subject, relation, object).
SceneTuple = tuple[Concept, ...]


@dataclass(eq=False, slots=True)
class _Node:
    concept: Concept
    attributes: list[Concept] = field(default_factory=list)

    def equals(self, other: _Node) -> bool:
        """The same, or two bare ones that were merged from the same words."""
        is_bare = not self.attributes and not other.attributes
        return self is other or (is_bare and self.concept.equals(other.concept))


@dataclass(eq=False, slots=True)
class _Edge:
    source: _Node
    target: _Node
    concept: Concept


class SceneGraph:
    """Merges propositions in the order in which they come, as SPICE does.

    A new object joins the most similar one that is there; attributes of one object and relations of one
    pair join the first that is similar. Where two are equally near, SPICE takes the first of a Java hash map,
    which no rule determines; here it is the one that came first.

    Source: Anderson et al. 2016, SPICE, https://arxiv.org/abs/1607.08822, and the behaviour of spice-1.0.jar.
    """

    def __init__(self, lexicon: Lexicon) -> None:
        self._lexicon = lexicon
        self._nodes: list[_Node] = []
        self._edges: list[_Edge] = []

    @classmethod
    def of(cls, lexicon: Lexicon, propositions: Iterable[Proposition]) -> SceneGraph:
        """The graph of one caption, or of all references of an image one after the other."""
        graph = cls(lexicon)
        for proposition in propositions:
            graph.add(proposition)
        return graph

    def add(self, proposition: Proposition) -> None:
        if len(proposition) == 1:
            self._node(proposition[0])
        elif len(proposition) == 2:
            self._add_attribute(self._node(proposition[0]), self._concept(proposition[1]))
        else:
            source, target = self._node(proposition[0]), self._node(proposition[1])
            self._add_relation(_Edge(source, target, self._concept(proposition[2].removeprefix(_BE))))

    def tuples(self) -> list[SceneTuple]:
        """All tuples of the graph, none twice."""
        found: list[SceneTuple] = []
        for node in self._nodes:
            found.append((node.concept,))
            found += [(node.concept, attribute) for attribute in node.attributes]
        return found + [(edge.source.concept, edge.concept, edge.target.concept) for edge in self._edges]

    def _concept(self, word: str) -> Concept:
        return Concept({word}, set(self._lexicon.synsets(word)))

    def _node(self, word: str) -> _Node:
        concept = self._concept(word)
        nearest, highest = None, 0.0
        for node in self._nodes:
            similarity = concept.similarity(node.concept)
            if similarity == 1.0 and concept.equals(node.concept):
                return node
            if similarity > highest:
                nearest, highest = node, similarity
        if nearest is None:
            nearest = _Node(concept)
            self._nodes.append(nearest)
        else:
            nearest.concept.merge(concept)
        return nearest

    @staticmethod
    def _add_attribute(node: _Node, concept: Concept) -> None:
        if not _is_there(node.attributes, concept):
            node.attributes.append(concept)

    def _add_relation(self, edge: _Edge) -> None:
        between = [
            other.concept
            for other in self._edges
            if other.source.equals(edge.source) and other.target.equals(edge.target)
        ]
        if not _is_there(between, edge.concept):
            self._edges.append(edge)


def _is_there(concepts: Sequence[Concept], concept: Concept) -> bool:
    """Whether it is one of them, or joins the first that is similar."""
    if any(other.equals(concept) for other in concepts):
        return True
    for other in concepts:
        if other.is_similar(concept):
            other.merge(concept)
            return True
    return False
