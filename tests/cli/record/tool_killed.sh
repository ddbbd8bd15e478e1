# The tool is killed: the program goes on to its own exit code, unharmed.
mkfifo ready go
run() { # in a shell of its own, whose word about the kill is not wanted
    "$tidemark" record -q -o a.tide sh -c \
        'echo > ready; read line < go; ls > /dev/null; echo "$line" > done; echo $? > status' &
    echo $! > tool
    wait $!
    status
}
run 2> /dev/null &
read -r _ < ready
kill -KILL "$(cat tool)"
wait $!
echo 'goes on' > go
until [ -s status ]; do :; done
cat done status
"$tidemark" report a.tide > /dev/null
status
