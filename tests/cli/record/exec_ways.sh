# By whichever function a program is replaced, the next one is recorded, and is passed what it would be passed.
ways='execve execve-null execv execvp execvpe fexecve execveat execveat-fd execl execlp execle fork vfork spawn fails'
for how in $ways; do
    for preload in unset empty set; do
        env=(env -u LD_PRELOAD)
        [ $preload = empty ] && env=(env LD_PRELOAD=)
        [ $preload = set ] && env=(env LD_PRELOAD=libm.so.6)
        "${env[@]}" _=same "$exec_ways" $how > plain
        plain=$?
        "${env[@]}" _=same "$tidemark" record -f -o a.tide "$exec_ways" $how > tracked 2> said
        echo "$how, $preload: $? for $plain $(cmp plain tracked && echo "same $(tr -dc = < plain | head -c 1)")"
    done
    "$tidemark" report --bytes a.tide | sed 's|^/.*/exec_ways|exec_ways|; s/, after .*//; s/, at .*//' |
        grep -E -m 3 '^(exec_ways|env) |^  ended|^  peak .*54,321'
    sed -n '/recorded/p' said
done
