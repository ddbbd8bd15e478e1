"""What is left at the end, and to which line of the source it belongs."""
import collections

from harness import case, expect, expect_equal, main, record, target, total


@case
def what_is_left_and_what_is_not():
    recorded = record('leaks')
    expect_equal(recorded.status, 0, 'exit status')
    recorded.expect_truth(rows_at_least=7)


@case
def blocks_of_one_line_belong_together():
    recorded = record('leaks')
    blocks = collections.Counter()
    for site in recorded.report.of('lines'):
        frame = site.frames[site.functions.index('lines')]
        blocks[str(frame['line'])] += site.total_blocks
    expect_equal(dict(blocks), {number: int(count) for number, count in recorded.rows('line')}, 'blocks by line')


@case
def inlined_calls_are_frames_like_others():
    recorded = record('leaks')
    chains = [(site.functions[:4], [frame['inlined'] for frame in site.frames[:4]])
              for site in recorded.report.of('innermost')]
    expect_equal(chains, [(['innermost', 'between', 'with_inlined_calls', 'main'], [True, True, False, False])],
                 'stacks, and which of their frames are inlined')


@case
def blocks_freed_unseen_are_gone_when_their_address_is_given_out_again():
    recorded = record('deepbind', target('swallows.so'))
    expect_equal(recorded.status, 0, 'exit status')
    recorded.expect_truth(rows_at_least=3)


@case
def blocks_freed_unseen_do_not_pile_up_in_threads():
    recorded = record('deepbind', target('swallows.so'), 'in-a-thread')
    expect_equal(recorded.status, 0, 'exit status')
    sites = recorded.report.of('swallowed')
    expect_equal(total(sites, 'total_blocks'), 1000000, 'blocks')
    expect(total(sites, 'end_blocks') <= 8, f'{total(sites, "end_blocks")} blocks said to be live')


main()
