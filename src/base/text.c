#include "base/text.h"
#include "base/alloc.h"
#include <ctype.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Length of the well-formed, visible UTF-8 sequence at `at` (RFC 3629, table 3-7 of the Unicode standard); 0: none. Not
 * visible: controls, and what ends a line or turns the direction of writing (U+2028-202E, U+2066-2069). */
static size_t sequence_bytes(const unsigned char *at) {
    if (at[0] < 0x80)
        return at[0] >= 0x20 && at[0] != 0x7f;
    size_t length = at[0] >= 0xf0 && at[0] < 0xf5 ? 4 : at[0] >= 0xe0 ? 3 : 2;
    if (at[0] < 0xc2 || at[0] >= 0xf5)
        return 0;
    unsigned low = at[0] == 0xe0   ? 0xa0
                   : at[0] == 0xf0 ? 0x90
                   : at[0] == 0xc2 ? 0xa0
                                   : 0x80; /* C2 80-9F: controls */
    unsigned high = at[0] == 0xed ? 0x9f : at[0] == 0xf4 ? 0x8f : 0xbf;
    if (at[1] < low || at[1] > high)
        return 0;
    for (size_t i = 2; i < length; i++)
        if ((at[i] & 0xc0) != 0x80)
            return 0;
    bool is_line_end_or_turn = at[0] == 0xe2 && ((at[1] == 0x80 && at[2] >= 0xa8 && at[2] <= 0xae) ||
                                                 (at[1] == 0x81 && at[2] >= 0xa6 && at[2] <= 0xa9));
    return is_line_end_or_turn ? 0 : length;
}

char *tide_text_clean(const char *raw) {
    char *clean = tide_xstrdup(raw);
    for (char *at = clean; *at;) {
        size_t length = sequence_bytes((unsigned char *)at);
        if (!length) {
            *at = '?';
            length = 1;
        }
        at += length;
    }
    return clean;
}

static bool starts_character(char byte) {
    return ((unsigned char)byte & 0xc0) != 0x80;
}

size_t tide_text_columns(const char *text) {
    size_t columns = 0;
    for (; *text; text++)
        columns += starts_character(*text);
    return columns;
}

static const char *ellipsis(const tide_style *style) {
    return style->is_unicode ? "…" : "...";
}

/* The place `columns` into `text`, or its end. */
static const char *skip_columns(const char *text, size_t columns) {
    for (; *text; text++)
        if (starts_character(*text) && !columns--)
            break;
    return text;
}

char *tide_text_fit(const char *text, size_t columns, const tide_style *style) {
    if (!columns || tide_text_columns(text) <= columns)
        return tide_xstrdup(text);
    size_t dots = tide_text_columns(ellipsis(style));
    if (columns <= dots)
        return tide_xasprintf("%.*s", (int)columns, "...");
    return tide_xasprintf("%.*s%s", (int)(skip_columns(text, columns - dots) - text), text, ellipsis(style));
}

/* How many bytes "operator" takes that starts at `at`, with brackets of its name ("operator<<"); 0: none. */
static size_t operator_bytes(const char *name, const char *at) {
    static const char word[] = "operator";
    size_t length = sizeof word - 1;
    if (strncmp(at, word, length) || (at > name && (isalnum((unsigned char)at[-1]) || at[-1] == '_')))
        return 0;
    static const char *const with_brackets[] = {
        "()", "[]", "->*", "->", "<=>", "<<=", ">>=", "<<", ">>", "<=", ">=", "<", ">"};
    for (size_t i = 0; i < sizeof with_brackets / sizeof *with_brackets; i++)
        if (!strncmp(at + length, with_brackets[i], strlen(with_brackets[i])))
            return length + strlen(with_brackets[i]);
    return length;
}

/* `name` without what is inside of each outermost pair of brackets, which becomes `instead`; a pair at the very start
 * stays (Rust's "<T as Trait>::f"), and so does "(anonymous namespace)". Owned (free). */
static char *without(const char *name, char open, char close, const char *instead) {
    char *shorter = tide_xcalloc(strlen(name) + 1, 4), *to = shorter; /* "()" -> "…" may grow */
    unsigned depth = 0;
    for (const char *at = name; *at; at++) {
        size_t whole = depth ? 0 : operator_bytes(name, at);
        if (whole) {
            to = mempcpy(to, at, whole);
            at += whole - 1;
            continue;
        }
        bool is_arrow = *at == '>' && at > name && at[-1] == '-';
        if (*at == open && (depth || (at > name && strncmp(at, "(anonymous", 10))))
            depth++;
        else if (*at == close && depth && !is_arrow && !--depth)
            to = stpcpy(to, instead);
        else if (!depth)
            *to++ = *at;
    }
    *to = 0;
    if (depth) /* not balanced: leave it alone */
        strcpy(shorter, name);
    return shorter;
}

/* Takes "void ", " const" and " [clone .cold]" off "void ns::f<…> const", whose brackets are folded already. */
static void drop_type(char *name) {
    char *last = NULL;
    unsigned depth = 0;
    char *clone = strstr(name, " [clone");
    if (clone)
        *clone = 0;
    size_t length = strlen(name);
    if (length > 6 && !strcmp(name + length - 6, " const"))
        name[length - 6] = 0;
    for (char *at = name; *at; at++) {
        depth += *at == '<' || *at == '(' || *at == '{' || *at == '[';
        depth -=
            depth && (*at == '>' || *at == ')' || *at == '}' || *at == ']') && at > name && at[-1] != '-';
        bool is_operator = at - name >= 8 && !strncmp(at - 8, "operator", 8);
        if (*at == ' ' && !depth && at[1] && at[1] != '[' && !is_operator)
            last = at;
    }
    if (last &&
        !memmem(name, (size_t)(last - name), "operator", 8)) /* "operator char const*" has no type in front */
        memmove(name, last + 1, strlen(last + 1) + 1);
}

/* The end of a name tells more than its start: "…::inner::f", and where that says too little or there are no namespaces
 * ("libfoo.so+0x1234") as much of the end as fits. Other names keep their start. Owned (free). */
static char *fit_inner(const char *name, size_t columns, const tide_style *style) {
    size_t dots = tide_text_columns(ellipsis(style));
    unsigned depth = 0;
    bool is_nested = false;
    for (const char *at = name; *at; at++) {
        depth += *at == '<' || *at == '(' || *at == '{';
        depth -= depth && (*at == '>' || *at == ')' || *at == '}') && at > name && at[-1] != '-';
        if (depth || strncmp(at, "::", 2))
            continue;
        is_nested = true;
        size_t kept = tide_text_columns(at) + dots;
        if (kept <= columns && kept * 3 >= columns * 2)
            return tide_xasprintf("%s%s", ellipsis(style), at);
    }
    if (columns <= dots || !(is_nested || strstr(name, "+0x")))
        return tide_text_fit(name, columns, style);
    return tide_xasprintf("%s%s", ellipsis(style),
                          skip_columns(name, tide_text_columns(name) - (columns - dots)));
}

char *tide_text_fit_function(const char *name, size_t columns, const tide_style *style) {
    if (!columns || tide_text_columns(name) <= columns)
        return tide_xstrdup(name);
    char *plain = without(name, '(', ')', "");
    if (tide_text_columns(plain) > columns) {
        char folded[16];
        snprintf(folded, sizeof folded, "<%s>", ellipsis(style));
        char *plainer = without(plain, '<', '>', folded);
        free(plain);
        plain = plainer;
        drop_type(plain);
    }
    char *fit = tide_text_columns(plain) <= columns ? tide_xstrdup(plain) : fit_inner(plain, columns, style);
    free(plain);
    return fit;
}

char *tide_text_fit_path(const char *path, size_t columns, const tide_style *style) {
    size_t all = tide_text_columns(path), dots = tide_text_columns(ellipsis(style));
    if (!columns || all <= columns)
        return tide_xstrdup(path);
    for (const char *slash = path; (slash = strchr(slash + 1, '/'));)
        if (tide_text_columns(slash) + dots <= columns)
            return tide_xasprintf("%s%s", ellipsis(style), slash);
    const char *base = strrchr(path, '/');
    base = base ? base + 1 : path;
    all = tide_text_columns(base);
    if (all <= columns || columns <= dots)
        return tide_xstrdup(skip_columns(base, all <= columns ? 0 : all - columns));
    return tide_xasprintf("%s%s", ellipsis(style), skip_columns(base, all - (columns - dots)));
}
