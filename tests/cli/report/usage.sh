# One clear line each, status 2.
"$sample" whole shop.tide
wrong() { "$tidemark" "$@"; status; }
wrong
wrong nonsense
wrong --nonsense
wrong report
wrong report shop.tide shop.tide
wrong report --format nonsense shop.tide
wrong report --nonsense shop.tide
wrong report -X shop.tide
wrong report shop.tide --limit
wrong report --peak=yes shop.tide
wrong report --limit -1 shop.tide
wrong report --limit 99999999999 shop.tide
wrong report --sort size shop.tide
wrong report --filter '(' shop.tide
wrong help nonsense
