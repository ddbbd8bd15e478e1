# ulimit -f is about files on disks: it is the program's, and nothing that Tidemark does in memory falls under it.
(
    ulimit -S -f 100
    "$tidemark" record -q -o a.tide sh -c 'ulimit -S -f; exit 3'
    status
    "$tidemark" report a.tide | sed -n 's/, after .*//; s/^  ended/  ended/p'
)
echo '--- where the ledger cannot be had, nothing is started'
(
    ulimit -f 100
    "$tidemark" record -o b.tide sh -c 'echo started'
    status
)
ls
