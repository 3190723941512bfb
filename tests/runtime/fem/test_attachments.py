"""What is attached to a body: problems are found again by it."""

from metac.runtime.fem.attachments import PressedEdge, SpringAttachment


def test_attachments_are_the_same_where_all_of_them_is():
    at = ((3, 1.0),)
    springs = [
        SpringAttachment(at, (), 0),
        SpringAttachment(at, (), 1),
        SpringAttachment(at, ((4, 1.0),)),
        SpringAttachment(((3, 0.5), (4, 0.5)), (), 0),
    ]
    edges = [PressedEdge(((0, 1),), 9), PressedEdge(((0, 1),), 8), PressedEdge(((1, 2),), 9)]
    assert (
        len({*springs, *edges}) == 7 and SpringAttachment(at, (), 1) == springs[1] and PressedEdge(((0, 1),), 9) == edges[0]
    )
