# The tool is killed: the program goes on to its own exit code, unharmed.
mkfifo ready go
"$tidemark" record -q -o a.tide sh -c 'echo > ready; read line < go; ls > /dev/null; echo "$line" > done; echo $? > status' &
read -r _ < ready
kill -KILL $!
{
    wait $!
    status
} 2> /dev/null # where bash says that it was killed
echo 'goes on' > go
until [ -s status ]; do :; done
cat done status
"$tidemark" report a.tide > /dev/null
status
