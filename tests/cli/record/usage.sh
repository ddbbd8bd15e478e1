# Options come before the program; everything after its name is the program's.
wrong() { "$tidemark" record "$@"; status; }
wrong
wrong -o
wrong --nonsense true
wrong -X true
wrong --
wrong --follow=yes true
"$tidemark" record -q -o a.tide echo -o --follow -- -q
status
"$tidemark" record -q -o b.tide -- echo a --help
status
"$tidemark" record -qfob.tide echo joined
status
ls
