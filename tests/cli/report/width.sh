# On a terminal no line is longer than it is wide, names are cut, and colour is used unless NO_COLOR says no.
"$sample" whole shop.tide
on_terminal() { # COLUMNS ARGUMENTS...
    local columns=$1; shift
    TERM=xterm script -qec "stty cols $columns rows 40; ${wish-} '$tidemark' report $* shop.tide" /dev/null | tr -d '\r'
}
export NO_COLOR=1
for columns in 70 80 120 200; do
    for format in table tree stats; do
        got=$(on_terminal $columns --format $format | wc -L)
        [ "$got" -le $columns ] || echo "$format: a line of $got columns on a terminal of $columns"
    done
done
echo "== 80 columns"
on_terminal 80 | tail -n +13
on_terminal 80 --format tree
echo "== COLUMNS wins"
wish=COLUMNS=60 on_terminal 200
unset NO_COLOR
echo "== colour"
on_terminal 80 -n 1 | tail -n +13 | cat -v
