# What cannot be started: one clear line, a shell's exit status, and no file left behind.
mkdir folder
echo 'echo hi' > not_executable
printf 'no program' > no_program
printf '#!/no/such/interpreter\n' > bad_interpreter
printf '#!%s/folder\n' "$PWD" > interpreter_is_a_folder
chmod +x no_program bad_interpreter interpreter_is_a_folder
for program in no_such_program ./no_such_program '' ./folder ./not_executable ./no_program ./bad_interpreter \
    ./interpreter_is_a_folder ./not_executable/program; do
    "$tidemark" record -o out.tide "$program" 2>&1 | sed "s|$PWD|HERE|"
    echo "[exit ${PIPESTATUS[0]}]"
done
PATH='' "$tidemark" record -o out.tide no_program
status
ls
