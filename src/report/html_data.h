/* report/html_data: what the page of --format html knows, as bytes that web/src/data/decode.ts takes apart.
 *
 *   strings │ run │ functions │ places │ nodes │ threads │ owners │ modules │ kinds │ sites │ samples │ steps
 *
 * All numbers are varints, those that may be negative zigzag first. Each table begins with how many rows follow:
 *
 *   strings    length in bytes, the bytes (UTF-8, no control characters); other tables give a string by its row
 *   run        one row without a count: see `put_run`
 *   functions  name, module (a string; 0: in no file)
 *   places     function, file, line (0: not known)
 *   nodes      own row − parent's row, place; row 0 is the root and is not written. Only what a site is below, and
 *              without the wrappers at the end of a stack: what they allocate is their caller's, as in every report
 *   threads    name, tid, how many share the row, start ns, end ns
 *   owners     name, parent (a row before, or 0); row 0 is nobody
 *   modules    path, build-id (strings)
 *   kinds      name
 *   sites      node, thread, owner, kind, bytes and blocks: allocated, freed, at the peak; temporary blocks
 *   samples    time ns since the sample before, heap, mapped, RSS, PSS
 *   steps      ns since the step before, how many rows, then per row: site − the row's before, and what was added to
 *              allocated bytes and blocks and (zigzag) to live bytes and blocks since the site's row before */
#pragma once
#include "base/buffer.h"
#include "report/page.h"

/* Append all of it. O(the recording's tables). */
void tide_html_data_put(tide_buffer *out, const tide_report *report);
