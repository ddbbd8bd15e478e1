# Damage is an error that names the byte; so is everything that is no recording.
"$sample" whole whole.tide
cp whole.tide damaged.tide
printf '\377' | dd of=damaged.tide bs=1 seek=100 conv=notrunc status=none
"$tidemark" report damaged.tide
status
echo 'no recording, but a line of text that is long enough' > text
"$tidemark" report text
status
: > nothing
"$tidemark" report nothing
status
"$tidemark" report missing.tide
status
"$tidemark" report .
status
