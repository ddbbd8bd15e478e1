#include "report/html_page.h"
#include <stddef.h>

const char tide_html_before[] = "", tide_html_after[] = "";
const char *const tide_html_missing =
    "this Tidemark was built without its page: install esbuild, node-d3-brush, "
    "node-d3-scale and node-d3-shape, then run meson setup --reconfigure";
