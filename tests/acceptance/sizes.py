"""What counts as how much: blocks of no bytes, resizes, calls that fail; which blocks the peak is made of."""
from harness import case, expect_equal, main, native, record, total


def check_peak(step):
    recorded = record('peaks', step)
    expect_equal(recorded.status, 0, 'exit status')
    rows = {function: (int(size), int(blocks)) for function, size, blocks in recorded.rows('peak')}
    report = recorded.report
    functions = ('always', 'too_early', 'at_peak', 'too_late')
    got = {name: (total(report.of(name), 'peak_bytes'), total(report.of(name), 'peak_blocks')) for name in functions}
    expect_equal(got, {name: rows.get(name, (0, 0)) for name in functions}, 'bytes and blocks at the peak')
    started = total(report.of('pthread_create'), 'peak_bytes')  # libc's own blocks for a thread
    expect_equal(report.totals['heap_peak_bytes'], sum(size for size, _ in rows.values()) + started, 'the peak')


@case
def blocks_of_no_bytes_resizes_and_failures():
    recorded = record('sizes')
    expect_equal(recorded.status, native('sizes').status, 'exit status')
    recorded.expect_truth(rows_at_least=6)


@case
def blocks_freed_before_and_made_after_the_peak_are_not_in_it():
    check_peak('before-and-after')


@case
def the_last_allocation_may_be_the_peak():
    check_peak('last')


@case
def of_many_spikes_the_highest_is_the_peak():
    check_peak('spikes')


@case
def of_equal_peaks_the_latest_counts():
    check_peak('equal')


@case
def a_resize_may_be_the_peak():
    check_peak('reallocated')


@case
def what_an_idle_thread_has_freed_is_not_in_anothers_peak():
    check_peak('idle-thread')


main()
