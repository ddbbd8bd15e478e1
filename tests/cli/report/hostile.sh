# Names that are HTML, escape sequences, several lines, formulas or 10 kB long are text and nothing else.
"$sample" hostile shop.tide
"$tidemark" report --limit 0 shop.tide | cut -c1-160 | tail -n +15
COLUMNS=100 "$tidemark" report --leaks --format stats shop.tide | cut -c1-120 | tail -n 12
for format in table tree stats json csv collapsed speedscope dhat massif; do
    "$tidemark" report --format $format --limit 0 shop.tide | LC_ALL=C grep -c '[[:cntrl:]]'
done
"$tidemark" report --format csv shop.tide | cut -d, -f1 | cut -c1-60
# Nor what is asked for: it is in the heading.
"$tidemark" report --filter $'evil\e\n|node' shop.tide | grep -a matching
