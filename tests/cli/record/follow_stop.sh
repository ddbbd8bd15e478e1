# The program has ended, what it started goes on: Ctrl-C ends the recording, not them.
mkfifo ready go
env --default-signal=INT "$tidemark" record --follow -o a sh -c \
    'sh -c "echo > ready; read line < go; echo \$line > done" & echo $! > pid; exit 5' 2> said &
tool=$!
read -r _ < ready
until grep -q 'has ended' said; do :; done
kill -INT "$tool"
wait "$tool"
status
head -1 said
echo unharmed > go
until [ -s done ]; do :; done
cat done
# A shell may have allocated between fork and exec: its last program counts.
"$tidemark" report "$(find . -name "a.$(cat pid)*" | sort | tail -1)" | sed -n 's/, after .*//; s/^  ended/  ended/p'
