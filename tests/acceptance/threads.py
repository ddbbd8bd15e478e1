"""Threads: their names, what is temporary in each, and those that outlive main."""
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
def main_returns_while_others_allocate():
    recorded = record('threads', 'main-leaves')
    expect_equal(recorded.status, 0, 'exit status')
    recorded.expect_truth()


@case
def a_temporary_block_is_one_freed_before_its_threads_next_allocation():
    recorded = record('temporaries')
    rows = recorded.rows('temporary')
    got = [[function, str(total(recorded.report.of(function), 'temporary_blocks'))] for function, _ in rows]
    expect(rows, 'the program has not said anything about itself')
    expect_equal(got, rows, 'temporary blocks')


main()
