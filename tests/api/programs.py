#!/usr/bin/env python3
"""Programs that call the API, run bare, linked, and under the tool; what the recordings and the live view then have.

Usage: tests/api/programs.py TIDEMARK BUILD-FOLDER SOURCE-FOLDER"""
import collections
import json
import os
import re
import select
import shutil
import subprocess
import sys
import tempfile

TIDEMARK, BUILD, SOURCE = (os.path.abspath(path) for path in sys.argv[1:4])
INCLUDE = os.path.join(SOURCE, 'include')
EXAMPLES = os.path.join(BUILD, 'examples')


class Skip(Exception):
    pass


def run(*command, status=0):
    ran = subprocess.run(command, capture_output=True, text=True, timeout=100)
    assert ran.returncode == status, f'{command}: {ran.returncode}\n{ran.stdout}{ran.stderr}'
    return ran.stdout


def record(*command):
    run(TIDEMARK, 'record', '-f', '-o', 'it.tide', *command)
    return report('it.tide')


def report(path, *options, output_format='json'):
    return json.loads(run(TIDEMARK, 'report', '--format', output_format, *options, path))


def compile_c(name, source, *options):
    run('cc', '-O1', '-g', '-I', INCLUDE, os.path.join(SOURCE, source), '-o', name, *options)
    return './' + name


LINKED = ('-DTIDE_LINKED', '-L', BUILD, '-ltidemark', f'-Wl,-rpath,{BUILD}')


def sections_and_owners_of(found):
    names = [owner['name'] for owner in found['owners']]
    assert names == [None, 'app', 'text', 'index'], names
    parents = [owner['parent'] for owner in found['owners']]
    assert parents == [None, None, 1, 1], parents
    total = collections.Counter()
    for site in found['sites']:
        total[names[site['owner']]] += site['total_bytes']
    assert total['index'] == 6 * 8 and total['text'] > 32, total
    sections = {section['name']: section for section in found['sections']}
    assert sections['index']['total_bytes'] == 48 and sections['index']['peak_bytes'] == 48, sections
    assert sections['read']['total_bytes'] == total['text'], (sections, total)
    assert sum(event['count'] for event in found['events']) == 6, found['events']
    assert sum(event['weight'] for event in found['events']) == 26, found['events']


def annotations_do_nothing_without_the_tool():
    assert run(f'{EXAMPLES}/sections') == '26 letters in 6 words\n'


def annotations_are_in_the_recording():
    sections_and_owners_of(record(f'{EXAMPLES}/sections'))
    text = run(TIDEMARK, 'report', '--format', 'stats', 'it.tide')
    assert re.search(r'\bapp\n.*\btext\n.*\bindex\n.*\(unowned\)', text), text


def a_linked_program_is_in_the_recording_too():
    sections_and_owners_of(record(compile_c('linked', 'examples/sections.c', *LINKED)))


def live_shows_sections_and_owners():
    program = compile_c('waits', 'tests/api/programs/waits.c')
    tool = subprocess.Popen([TIDEMARK, 'run', '--live', '--no-wait', program], stdin=subprocess.PIPE,
                            stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    try:
        port = re.search(r'tidemark live (\d+)', tool.stderr.readline())[1]
        assert select.select([tool.stdout], [], [], 60)[0] and tool.stdout.readline() == 'ready\n'
        found = json.loads(run(TIDEMARK, 'live', port, '--once', '--json'))
    finally:
        tool.communicate('go\n', timeout=60)
    found = found.get('report', found)
    assert [owner['name'] for owner in found['owners']] == [None, 'component'], found['owners']
    assert [section['name'] for section in found['sections']] == ['work'], found['sections']
    assert sum(site['end_bytes'] for site in found['sites'] if site['owner'] == 1) == 12345, found['sites']


def assertions_that_hold_say_nothing():
    assert run(f'{EXAMPLES}/assertions') == 'High water\n'
    assert 'list_of_ten' in subprocess.run([f'{EXAMPLES}/cmocka'], capture_output=True, text=True, check=True).stderr + \
        subprocess.run([f'{EXAMPLES}/cmocka'], capture_output=True, text=True, check=True).stdout
    assert not [name for name in os.listdir() if name.endswith('.tide')]


def a_failed_assertion_says_what_and_who_and_saves_a_recording():
    ran = subprocess.run([f'{EXAMPLES}/assertions', 'fail'], capture_output=True, text=True)
    assert ran.returncode == -6, ran
    line = re.fullmatch(r'(.*assertions\.c:\d+): expected at most 11 bytes at the peak, found 22', ran.stderr.splitlines()[0])
    assert line, ran.stderr
    assert '22 bytes in 1 blocks' in ran.stderr, ran.stderr
    saved, = [name for name in os.listdir() if name.endswith('.tide')]
    assert saved in ran.stderr, ran.stderr
    found = report(saved, '--total')
    check = [owner['name'] for owner in found['owners']].index('join')
    culprit = max((site for site in found['sites'] if site['owner'] == check), key=lambda site: site['total_bytes'])
    assert 'join_carelessly' in {found['frames'][frame]['function'] for frame in culprit['stack']}, culprit


def a_recording_is_written_while_the_program_goes_on():
    program = compile_c('writes', 'tests/api/programs/writes.c', *LINKED, '-lpthread')
    run(program)
    totals = []
    for number in range(5):
        found = report(f'written-{number}.tide')
        totals.append(sum(site['total_bytes'] for site in found['sites']))
    assert totals == sorted(totals) and totals[0] > 0, totals


def points(document):
    return sorted((point['tb'], point['tbk']) for point in document['pps'])


def ad_hoc_events_are_those_of_dhat():
    if not shutil.which('valgrind') or not os.path.exists('/usr/include/valgrind/dhat.h'):
        raise Skip('no valgrind with its headers: ./scripts/bootstrap --tests')
    theirs = compile_c('theirs', 'tests/api/programs/adhoc.c', '-DWITH_VALGRIND')
    run('valgrind', '-q', '--tool=dhat', '--mode=ad-hoc', '--dhat-out-file=theirs.json', theirs)
    run(TIDEMARK, 'record', '-f', '-o', 'it.tide', compile_c('ours', 'tests/api/programs/adhoc.c'))
    ours = report('it.tide', '--events', output_format='dhat')
    with open('theirs.json', encoding='utf-8') as file:
        expected = json.load(file)
    for member in ('mode', 'verb', 'bklt', 'bkacc', 'bu', 'bsu', 'bksu'):
        assert ours[member] == expected[member], member
    assert points(ours) == points(expected), (points(ours), points(expected))
    assert sum(weight for weight, _ in points(ours)) == 297
    scope = report('it.tide', '--events', output_format='speedscope')
    assert [(entry['unit'], entry['endValue']) for entry in scope['profiles']] == [('none', 297)], scope
    table = run(TIDEMARK, 'report', '--events', 'it.tide')
    assert 'Ad-hoc events, by weight: 297 in ' in table and ' B ' not in table.partition('Ad-hoc')[2], table


def pmr_and_operator_new():
    if not shutil.which('g++'):
        raise Skip('no g++')
    run('g++', '-std=c++17', '-O1', '-g', '-I', INCLUDE, f'{SOURCE}/examples/pmr.cc', '-o', 'pmr', *LINKED)
    assert run('./pmr').splitlines()[1] == '0 bytes afterwards'


def rust_with_the_global_allocator_has_the_same_numbers_as_without():
    if not shutil.which('rustc'):
        raise Skip('no rustc')
    source = f'{SOURCE}/examples/global_allocator.rs'
    run('rustc', '-O', '-g', source, '--cfg', 'without', '-o', 'without')
    run('rustc', '-O', '-g', source, '-L', f'native={BUILD}', '-l', 'dylib=tidemark', '-C', f'link-arg=-Wl,-rpath,{BUILD}',
        '-o', 'with')
    run('./with')
    figures = []
    for program in ('./with', './without'):
        found = record(program)
        sums = collections.Counter()
        for site in found['sites']:
            if site['kind'] != 'mmap':
                for name in ('total_bytes', 'total_blocks', 'freed_bytes', 'freed_blocks', 'peak_bytes', 'end_bytes'):
                    sums[name] += site[name]
        figures.append(dict(sums))
    assert figures[0] == figures[1], figures


TESTS = (annotations_do_nothing_without_the_tool, annotations_are_in_the_recording, a_linked_program_is_in_the_recording_too,
         live_shows_sections_and_owners, assertions_that_hold_say_nothing,
         a_failed_assertion_says_what_and_who_and_saves_a_recording, a_recording_is_written_while_the_program_goes_on,
         ad_hoc_events_are_those_of_dhat, pmr_and_operator_new,
         rust_with_the_global_allocator_has_the_same_numbers_as_without)


def main():
    failed = 0
    print(f'1..{len(TESTS)}')
    for number, test in enumerate(TESTS, 1):
        with tempfile.TemporaryDirectory(prefix='tidemark-api-') as folder:
            os.chdir(folder)
            try:
                test()
                print(f'ok {number} - {test.__name__}', flush=True)
            except Skip as reason:
                print(f'ok {number} - {test.__name__} # SKIP {reason}', flush=True)
            except Exception as fault:  # pylint: disable=broad-except
                failed += 1
                print(f'not ok {number} - {test.__name__}', flush=True)
                print(''.join(f'# {line}\n' for line in str(fault or repr(fault)).splitlines()), flush=True)
            os.chdir('/')
    return failed > 0


sys.exit(main())
