"$tidemark" --help
status
"$tidemark" report --help
status
diff <("$tidemark" report --help) <("$tidemark" help report) && echo the same
"$tidemark" --version | sed "s/[0-9][0-9.]*/VERSION/"
