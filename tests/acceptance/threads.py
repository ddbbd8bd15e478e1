"""Threads: their names, their last allocations, and blocks that wander between them."""
import os

from harness import case, expect, expect_equal, main, record, total


@case
def allocations_show_the_name_of_their_thread_at_that_time():
    recorded = record('threads', 'names')
    wrong = []
    rows = recorded.rows('name')
    for name, size in rows:
        sites = [site for site in recorded.report.of('under_name') if site.total_bytes == int(size)]
        if [site.thread for site in sites] != [name]:
            wrong.append(f'{size} bytes: expected {name}, got {[site.thread for site in sites]}')
    expect_equal((recorded.status, len(rows)), (0, 9), 'exit status, allocations')
    expect_equal(wrong, [], 'names')


@case
def threads_that_come_and_go():
    recorded = record('threads', 'aligned')
    recorded.expect_truth()
    started = sum(thread['threads_count'] for thread in recorded.report.json['threads'])
    expect_equal(started, 101, 'threads')


@case
def allocations_while_a_thread_ends():
    recorded = record('threads', 'endings')
    expect_equal(recorded.status, 0, 'exit status')
    recorded.expect_truth(rows_at_least=5)


@case
def main_returns_while_others_allocate():
    recorded = record('threads', 'main-leaves')
    expect_equal(recorded.status, 0, 'exit status')
    recorded.expect_truth()


@case
def allocations_before_main_and_after_it():
    recorded = record('lifetime')
    expect_equal(recorded.status, 0, 'exit status')
    recorded.expect_truth(rows_at_least=7)


def check_storm(threads, operations):
    recorded = record('storm', str(threads), str(operations))
    expect_equal(recorded.status, 0, 'exit status')
    recorded.expect_truth()
    end = total([site for site in recorded.report.sites if site.kind != 'mmap'], 'end_bytes')
    expect_equal(recorded.report.totals['heap_end_bytes'], end, "the heap's end, and the sum of its sites")


@case
def blocks_wander_between_two_threads():
    check_storm(2, 500000)


@case
def blocks_wander_between_eight_threads():
    check_storm(8, 150000)


@case
def blocks_wander_between_more_threads_than_processors_again_and_again():
    for _ in range(10):
        check_storm(4 * os.cpu_count(), 10000)


@case
def a_temporary_block_is_one_freed_before_its_threads_next_allocation():
    recorded = record('temporaries')
    rows = recorded.rows('temporary')
    got = [[function, str(total(recorded.report.of(function), 'temporary_blocks'))] for function, _ in rows]
    expect(rows, 'the program has not said anything about itself')
    expect_equal(got, rows, 'temporary blocks')


main()
