# Signals for the tool are passed on; the program decides what becomes of it.
run() { # NAME SIGNAL SCRIPT: record the script, and when it says it is ready, send the tool a signal
    mkfifo "$1"
    env --default-signal=INT,QUIT,HUP "$tidemark" record -q -o "$1.tide" sh -c "$3" sh "$1" &
    read -r _ < "$1"
    kill -s "$2" $!
    wait $!
    status
    "$tidemark" report "$1.tide" | sed -n 's/, after .*//; s/^  ended/  ended/p'
}
run dies TERM 'echo > $1; while :; do :; done'
run hangs_up HUP 'echo > $1; while :; do :; done'
run handles_int INT 'trap "exit 7" INT; echo > $1; while :; do :; done'
run handles_quit QUIT 'trap "exit 8" QUIT; echo > $1; while :; do :; done'
run handles_term TERM 'trap "exit 9" TERM; echo > $1; while :; do :; done'
