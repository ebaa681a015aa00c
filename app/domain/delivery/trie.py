"""Lists under keys of several words, found by walking from word to word: what no key begins with is never looked at."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, NamedTuple

from app.domain.delivery.auction import Postings
from app.domain.delivery.sharded import Sharded

Path = Sequence[str]


class Node(NamedTuple):
    """What is filed under the words so far, and what goes on by which word."""

    postings: Postings
    below: Mapping[str, Any]  # Node: types do not nest


EMPTY = Node((), {})


class Trie:
    """It never changes: a change gives another, which shares all branches that stayed."""

    __slots__ = ("_roots",)

    def __init__(self, filed: Iterable[tuple[Path, Postings]] = ()) -> None:
        roots: dict[str, Any] = {}
        for path, postings in filed:
            below, node = roots, None
            for word in path:
                node = below.setdefault(word, [(), {}])
                below = node[1]
            if node is not None:
                node[0] = postings
        self._roots: Sharded[str, Node] = Sharded((word, _frozen(node)) for word, node in roots.items())

    def __len__(self) -> int:
        return len(self._roots)

    def get(self, path: Path) -> Postings:
        node = self._roots.get(path[0])
        for word in path[1:]:
            node = node.below.get(word) if node else None
        return node.postings if node else ()

    def changed(self, changes: Iterable[tuple[Path, Postings]]) -> "Trie":
        """The trie with these lists; an empty one takes its key out."""
        roots: dict[str, Node | None] = {}
        for path, postings in changes:
            former = roots[path[0]] if path[0] in roots else self._roots.get(path[0])
            roots[path[0]] = _put(former or EMPTY, path, 1, postings)
        other = Trie.__new__(Trie)
        other._roots = self._roots.changed(roots)  # noqa: SLF001 - one of our own
        return other

    def runs(self, words: Path) -> list[Postings]:
        """The lists of all keys that stand in *words* one word after another."""
        found: list[Postings] = []
        for start, word in enumerate(words):
            node = self._roots.get(word)
            at = start + 1
            while node:
                if node.postings:
                    found.append(node.postings)
                node = node.below.get(words[at]) if at < len(words) else None
                at += 1
        return found

    def subsets(self, words: Path) -> list[Postings]:
        """The lists of all keys whose words are among *words*; both are in the same order, each word once."""
        found: list[Postings] = []
        for start, word in enumerate(words, 1):
            node = self._roots.get(word)
            if node:
                _collect(node, words, start, found)
        return found


def _collect(node: Node, words: Path, start: int, found: list[Postings]) -> None:
    postings, below = node
    if postings:
        found.append(postings)
    if below:
        for at in range(start, len(words)):
            deeper = below.get(words[at])
            if deeper:
                _collect(deeper, words, at + 1, found)


def _frozen(node: list[Any]) -> Node:
    return Node(node[0], {word: _frozen(below) for word, below in node[1].items()} if node[1] else EMPTY.below)


def _put(node: Node, path: Path, at: int, postings: Postings) -> Node | None:
    """The node with a list at the end of a path; None where nothing is left below it."""
    if at == len(path):
        node = Node(postings, node.below)
    else:
        below = dict(node.below)
        deeper = _put(below.pop(path[at], EMPTY), path, at + 1, postings)
        node = Node(node.postings, below if deeper is None else {**below, path[at]: deeper})
    return node if node.postings or node.below else None
