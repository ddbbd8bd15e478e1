# ulimit -v is the tool's too, and the ledger is large. Nothing is started; what the message says to do instead works.
(
    ulimit -v 4000000
    "$tidemark" record -o a.tide sh -c 'echo started'
    status
)
ls
"$tidemark" record -q -o a.tide sh -c 'ulimit -v 4000000; exec sh -c "ulimit -v; exit 3"'
status
"$tidemark" report a.tide | sed -n 's/, after .*//; s/^  ended/  ended/p'
