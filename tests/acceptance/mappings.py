"""Mappings that the program makes itself: apart from the heap, exact under every way to cut, cover and move them."""
from harness import case, expect_equal, main, record


def check(step, rows_at_least=1):
    recorded = record('mappings', step)
    expect_equal((recorded.status, recorded.stderr), (0, b''), 'exit status, stderr')
    recorded.expect_truth(rows_at_least=rows_at_least)


@case
def mapped_once_and_unmapped_once():
    check('one', 2)


@case
def cut_at_the_end():
    check('cut-at-the-end', 2)


@case
def cut_at_both_ends():
    check('cut-at-both-ends', 2)


@case
def cut_into_three():
    check('two-holes', 2)


@case
def unmapped_hole_and_all():
    check('one-hole', 2)


@case
def several_unmapped_by_one_call():
    check('several-at-once', 2)


@case
def covered_by_a_fixed_mapping():
    check('fixed-over', 3)


@case
def shrunk_grown_and_moved():
    check('remapped', 2)


@case
def calls_that_fail_change_nothing():
    check('failing', 2)


@case
def what_malloc_maps_is_the_heap():
    check('of-malloc', 2)


main()
