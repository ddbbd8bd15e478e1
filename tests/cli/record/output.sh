# Where the recording goes, and when it cannot go there nothing is started.
echo precious > mine.tide
"$tidemark" record -o mine.tide touch started
status
cat mine.tide
"$tidemark" record -o no/such/folder.tide touch started
status
"$tidemark" record -o . touch started
status
"$tidemark" record -f -o /dev/full touch started
status
"$tidemark" record -o '' touch started
status
ls
"$tidemark" record -q -f -o mine.tide touch started
status
"$tidemark" report --format json mine.tide > /dev/null
status
ls
echo '--- the default name'
"$tidemark" record -q sh -c 'echo $$ > pid; :'
ls | sed "s/$(cat pid)/PID/"
echo '--- a name with a blank can be copied from the summary'
"$tidemark" record -o 'two words.tide' true 2>&1 | tail -1
echo '--- so can the whole line, however the tool was called'
ln -s "$tidemark" 'the tool'
./'the tool' record -f -o 'two words.tide' true 2>&1 | tail -1 | tee said
eval "$(sed 's/^tidemark: next: //' said)" | head -1
ln -s "$tidemark" tm
PATH=$PWD:$PATH
tm record -f -o 'two words.tide' true 2>&1 | tail -1
