# -f replaces an existing file, but not before there is something to put in its place.
printf 'no program' > no_program
printf '#!/no/such/interpreter\n' > bad_interpreter
chmod +x no_program bad_interpreter
for old in 'an older recording' ''; do
    printf '%s' "$old" | tee copy > a.tide
    for program in ./no_program ./bad_interpreter ./missing; do
        "$tidemark" record -f -o a.tide "$program"
        status
        cmp copy a.tide && echo untouched
    done
done
"$tidemark" record -f -o new.tide ./no_program
status
echo '--- one that starts'
head -c 1000000 /dev/zero > a.tide # longer than what comes
chmod 600 a.tide
ln -s a.tide link.tide
"$tidemark" record -q -f -o link.tide sh -c 'exit 5'
status
"$tidemark" report link.tide | sed -n '1p; s/, after .*//; s/^  ended/  ended/p'
[ "$(stat -c %s a.tide)" -lt 1000000 ] && stat -c 'mode %a' a.tide && readlink link.tide
echo '--- no regular file'
"$tidemark" record -q -f -o /dev/null sh -c 'exit 6'
status
[ -c /dev/null ] && ls
