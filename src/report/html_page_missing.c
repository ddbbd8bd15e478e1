#include "report/html_page.h"

const tide_html_page tide_html_report = {"", ""}, tide_html_diff = {"", ""};
const char *const tide_html_missing =
    "this Tidemark was built without its page: install esbuild, node-d3-brush, "
    "node-d3-scale and node-d3-shape, then run meson setup --reconfigure";
