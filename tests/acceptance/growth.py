"""What grows with the sites of a program, and not with the number of its allocations."""
import collections
import os

import harness
from harness import case, expect, expect_equal, main, target, total

SITES = 1000
RECORDING_BYTES_MAX = 1 << 20
Grown = collections.namedtuple('Grown', 'recording_bytes memory_kib')


def grown(allocations):
    """The size of the recording, and the peak of the tool's memory, or of the program's if that is larger."""
    path = os.path.join(harness.folder, 'grown.tide')
    run = harness.native('high_water', harness.tidemark(), 'record', '-q', '-f', '-o', path, target('many_sites'),
                         str(allocations))
    expect_equal((run.status, run.lines[:1]), (0, [f'done {allocations}']), 'exit status, output')
    report = harness.Report(path)
    sites = report.of('descend', kind='malloc')
    expect_equal((len(sites), total(sites, 'total_blocks')), (SITES, allocations), 'sites, blocks')
    return Grown(os.path.getsize(path), int(run.rows('high-water')[0][0]))


@case
def ten_times_the_allocations_take_no_more_memory_and_file():
    some, many = grown(1000000), grown(10000000)
    for one in some, many:  # how long it took is in the timeline, and so in the size
        expect(one.recording_bytes < RECORDING_BYTES_MAX, f'the recording has {one.recording_bytes} bytes')
    expect(many.memory_kib < 1.25 * some.memory_kib, f'memory: {some} and {many}')


main()
