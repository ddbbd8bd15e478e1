# The default: the summary, and who allocates what was live at the peak.
"$sample" whole shop.tide
"$tidemark" report shop.tide
status
