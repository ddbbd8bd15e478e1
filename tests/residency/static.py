"""`tidemark static` against readelf, and against a program that is known. A leaf may use 128 bytes below its frame (the red
zone of the ABI), so frames of leaves may be less than their variables."""
import json
import os
import pathlib
import re
import subprocess
import sys

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from world import *  # noqa: E402,F403
from harness import TIMEOUT_S, case, main, tidemark  # noqa: E402
import harness  # noqa: E402


def static(*arguments):
    return subprocess.run([tidemark(), 'static', *map(str, arguments)], stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                          check=False, timeout=TIMEOUT_S, text=True)


def statics(path):
    done = static('--json', path)
    expect_equal(done.returncode, 0, done.stderr)
    found = json.loads(done.stdout)
    expect_equal((found['format'], found['version']), ('tidemark-static', 1), 'schema')
    return found


def named(rows, key, name):
    return next((row for row in rows if row[key] == name), None)


def loaded_sections(path):
    """By readelf: name, bytes and flags of what is loaded."""
    text = subprocess.run(['readelf', '-SW', path], stdout=subprocess.PIPE, check=True, text=True).stdout
    rows = re.findall(r'\] (\S+)\s+\S+\s+[0-9a-f]{16} [0-9a-f]+ ([0-9a-f]+) [0-9a-f]{2}\s+(\w*A\w*) ', text)
    return {name: (int(size, 16), flags) for name, size, flags in rows if int(size, 16)}


@case
def sections_are_those_of_readelf():
    for path in (target('still'), installed('sqlite3'), tidemark()):
        found = {row['name']: row['bytes'] for row in statics(path)['sections']}
        expect_equal(found, {name: size for name, (size, _) in loaded_sections(path).items()}, path)


@case
def each_loaded_byte_is_of_one_kind():
    found = statics(target('still'))
    kinds = ('text', 'constants', 'relro', 'data', 'bss', 'tls')
    for kind in kinds:
        of_kind = sum(row['bytes'] for row in found['sections'] if row['kind'] == kind)
        expect_equal(found[f'{kind}_bytes'], of_kind, kind)
    sections = loaded_sections(target('still'))
    text = sum(size for size, flags in sections.values() if 'X' in flags)
    expect_equal(found['text_bytes'], text, 'text')
    expect_equal(found['tls_bytes'], sum(size for size, flags in sections.values() if 'T' in flags), 'tls')


@case
def variables_have_their_size_section_and_line():
    found = statics(target('still'))
    source = pathlib.Path(__file__).parent / 'programs' / 'still.c'
    lines = source.read_text(encoding='utf-8').splitlines()
    for name, size, section in (('zeroed_large', 1 << 20, '.bss'), ('initial_data', 20000, '.data'),
                                ('constant_table', 28000, '.rodata'), ('for_each_thread', 3000, '.tbss'),
                                ('relocated_names', 2400, '.data.rel.ro')):
        row = named(found['variables'], 'name', name)
        expect(row, f'{name} is not there')
        expect_equal((row['bytes'], row['section'].removesuffix('.local')), (size, section), name)
        if section != '.tbss':
            line = next(number for number, text in enumerate(lines, 1) if f' {name}[' in text or f'*const {name}[' in text)
            expect_equal((row['file'].split('/')[-1], row['line']), ('still.c', line), name)
    unit = next(row for row in found['units'] if row['file'].endswith('still.c'))
    expect(unit['variables_bytes'] >= (1 << 20) + 20000 + 28000 + 2400, f'variables of the file: {unit}')
    expect(unit['text_bytes'] > 0, 'no text in the file')


@case
def stack_frames_are_told():
    frames = statics(target('still'))['frames']
    large, unknown = (named(frames, 'function', name) for name in ('large_frame', 'frame_of_unknown_size'))
    expect(19800 <= large['bytes'] <= 20200 and not large['is_at_least'], f'{large}')
    expect(unknown['is_at_least'], f'{unknown}')


@case
def the_compilers_own_word_is_taken():
    """clang -fstack-size-section."""
    clang = installed('clang')
    source = pathlib.Path(__file__).parent / 'programs' / 'still.c'
    path = f'{harness.folder}/still'
    subprocess.run([clang, '-O1', '-fstack-size-section', '-o', path, source], check=True, stderr=subprocess.PIPE)
    large = named(statics(path)['frames'], 'function', 'large_frame')
    expect(19800 <= large['bytes'] <= 20200 and not large['is_at_least'], f'{large}')


@case
def the_objects_of_a_process_are_told():
    with running(target('still')) as program:
        done = static('--json', program.pid)
        expect_equal(done.returncode, 0, done.stderr)
        objects = json.loads(done.stdout)['objects']
    names = [row['path'].split('/')[-1] for row in objects]
    for name in ('still', 'libc.so.6', 'ld-linux-x86-64.so.2'):
        expect_equal(names.count(name), 1, name)
    still = objects[names.index('still')]
    expect_equal({key: value for key, value in still.items() if key.endswith('_bytes') and key.split('_')[0] in
                  ('text', 'constants', 'relro', 'data', 'bss', 'tls')},
                 {key: value for key, value in statics(target('still')).items() if key.endswith('_bytes')}, 'still')
    expect(0 < still['written_bytes'] < still['resident_bytes'], f'{still}')


@case
def what_is_no_elf_file_is_refused():
    for operand, status, words in (('/etc/passwd', 1, 'no ELF file'), ('/nowhere', 1, 'cannot read'), (4194305, 1, 'PID')):
        done = static(operand)
        expect_equal((done.returncode, done.stdout), (status, ''), done.stderr)
        expect(words in done.stderr, done.stderr)


@case
def a_stripped_file_says_what_is_not_known():
    path = f'{harness.folder}/still'
    subprocess.run([installed('strip'), '-o', path, target('still')], check=True)
    text = static(path).stdout
    expect('there is no debug information' in text, text)


main()
