"""What was made from what, over any number of steps: pairs, so that no question needs recursion."""

from collections.abc import Iterator

from herdbook.lineage import Lineage

Pair = tuple[str, str, str, str, int]
"""Key and kind of the one, those of the other that was made from it, and how many steps lie between."""


def pairs(lineage: Lineage) -> Iterator[Pair]:
    """Everything with all that was made from it, the nearest first; with itself, too, at no distance.

    One walk for each node, in which nodes are numbers: memory holds the graph and one walk. The pairs may be
    many more than the nodes, but each is a row that is written, and takes no more than that.
    """
    nodes = lineage.nodes()
    keys, kinds = [node.key for node in nodes], [str(node.kind) for node in nodes]
    numbers = {node: number for number, node in enumerate(nodes)}
    children = [[numbers[child] for child in lineage.children(node)] for node in nodes]
    reached = [-1] * len(nodes)
    for start in range(len(nodes)):
        level, distance = [start], 0
        reached[start] = start
        while level:
            further: list[int] = []
            for number in level:
                yield keys[start], kinds[start], keys[number], kinds[number], distance
                for child in children[number]:
                    if reached[child] != start:
                        reached[child] = start
                        further.append(child)
            level = sorted(further)
            distance += 1
