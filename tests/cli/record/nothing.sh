# A program that allocates nothing is no error; the recording says so.
echo 'int main(void) { return 4; }' > nothing.c
cc -o nothing nothing.c
"$tidemark" record -o a.tide ./nothing
status
"$tidemark" report a.tide | sed -n 's/, after .*//; /^  ended/p; /^  total/p'
echo '--- nor is one that was not measured taken for it: ld.so only lists here, and runs nothing'
"$tidemark" record -o b.tide /lib64/ld-linux-x86-64.so.2 --list ./nothing > /dev/null
status
"$tidemark" report b.tide | sed -n 's/, after .*//; /^  ended/p'
