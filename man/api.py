#!/usr/bin/env python3
"""Manual pages of section 3, made of the comments of include/tidemark/tidemark.h: one for each function.

Usage: man/api.py --list HEADER            the names of all pages
       man/api.py HEADER VERSION FOLDER    write them"""
import pathlib
import re
import sys

FUNCTION = re.compile(r'^TIDE_API ([^;]*?)(\w+)\(([^;]*)\);', re.MULTILINE)


def paragraphs(text):
    """Of a comment: its text without stars, in paragraphs; a line that is indented is an example."""
    lines = [re.sub(r'^ \* ?|^/\* ?', '', line) for line in text.removesuffix('*/').splitlines()]
    return '\n'.join(line.rstrip() for line in lines).strip()


def functions(header):
    """name → (prototype, comment, heading): a function without a comment of its own has that of the one before it."""
    text, found, comment, heading = header, {}, '', ''
    for match in re.finditer(r'(/\*.*?\*/)|(^TIDE_API [^;]*;)', text, re.DOTALL | re.MULTILINE):
        if match[1] and match[1].startswith('/* ----'):
            comment = paragraphs(match[1]).removeprefix('---- ')
            heading = re.split(r'\.\s|\n', comment, maxsplit=1)[0].rstrip('.')
        elif match[1] and text[match.start() - 1] == '\n':
            comment = paragraphs(match[1])
        elif match[2]:
            function = FUNCTION.match(match[2])
            found[function[2]] = (re.sub(r'\s+', ' ', match[2].removeprefix('TIDE_API ')), comment, heading)
    return found


def quoted(text):
    return re.sub(r'^([.\'])', r'\\&\1', text.replace('\\', '\\e').replace('-', '\\-'), flags=re.MULTILINE)


def page(name, prototype, comment, heading, version):
    body = quoted(comment).replace('\n\n', '\n.PP\n')
    return f'''.TH {name} 3 "" "tidemark {version}" "Tidemark"
.SH NAME
{name} \\- {quoted(heading[0].lower() + heading[1:])}
.SH SYNOPSIS
.nf
.B #include <tidemark/tidemark.h>
.PP
.B {quoted(prototype)}
.fi
.PP
Link with nothing, or compile with \\-DTIDE_LINKED and link with \\-ltidemark (pkg\\-config tidemark).
.SH DESCRIPTION
{body}
.SH RETURN VALUE
As said above; of functions that can fail 0, or a negative errno and nothing has changed: \\-ENOSYS without a tracker,
\\-ECANCELED while nothing is recorded, \\-EINVAL, \\-ENOMEM.
.SH SEE ALSO
.BR tidemark (1),
.BR tidemark\\-record (1);
docs/api.md
'''


def main():
    if sys.argv[1] == '--list':
        print('\n'.join(functions(pathlib.Path(sys.argv[2]).read_text(encoding='utf-8'))))
        return
    header, version, folder = pathlib.Path(sys.argv[1]), sys.argv[2], pathlib.Path(sys.argv[3])
    for name, of in functions(header.read_text(encoding='utf-8')).items():
        (folder / f'{name}.3').write_text(page(name, *of, version), encoding='utf-8')


main()
