/* residency/show: an account as people and as programs want it. Whether `out` took it all is the caller's to check.
 *
 *   text   resident       PSS   private   address space
 *          program and libraries
 *            1.20 MiB   204 KiB       0 B        1.50 MiB   text                        tide_show_account
 *          …
 *          shared with  1171 worker  100 MiB                                            tide_show_partners
 *   json   docs/explain.md: {"format": "tidemark-explain", …} */
#pragma once
#include "residency/partners.h"
#include <stdio.h>

typedef struct tide_explain_options {
    bool exact_bytes; /* plain numbers, without unit */
    bool verbose;     /* each stack, all partners and files */
} tide_explain_options;

void tide_show_account(FILE *out, const tide_account *account, const tide_explain_options *options);
/* `failed`: what tide_partners_find returned. */
void tide_show_partners(FILE *out, const tide_account *account, const tide_partners *partners, int failed,
                        const tide_explain_options *options);
/* The members of an object, in braces; the last is followed by no comma, nor is the brace closed. */
void tide_show_account_json(FILE *out, const tide_account *account, const tide_partners *partners,
                            int failed);
