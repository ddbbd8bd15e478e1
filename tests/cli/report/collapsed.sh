# Bytes of the view; ";" in a name would part frames, escape sequences would reach the terminal.
"$sample" whole shop.tide
"$tidemark" report --format collapsed shop.tide
echo "== temporary"
"$tidemark" report --format collapsed --temporary shop.tide
