# The exit status is the program's own, 128 + N when signal N ended it.
for end in 'exit 0' 'exit 1' 'exit 77' 'exit 255' 'kill -TERM $$' 'kill -KILL $$' 'kill -SEGV $$' 'kill -PIPE $$'; do
    "$tidemark" record -q -f -o a.tide sh -c "$end"
    status
    "$tidemark" report a.tide | sed -n 's/, after .*//; s/^  ended/  ended/p'
done
