# One clear line each, and no recording.
"$sample" whole shop.tide
try() { "$tidemark" import "$@"; status; }
try
try nothing.out
try shop.tide
printf 'memray\0\0' > memray.bin
try memray.bin
echo 'v 10500 3' > heaptrack.raw
try heaptrack.raw
printf '\x28\xb5\x2f\xfd' > heaptrack.zst
try heaptrack.zst
echo 'hello' > text
try text
: > empty
try empty
echo '{"dhatFileVersion": 2' > broken.json
try broken.json
echo '{"dhatFileVersion": 3}' > later.json
try later.json
echo '{"dhatFileVersion": 2, "mode": "ad-hoc", "bklt": false}' > adhoc.json
try adhoc.json
echo '{"dhatFileVersion": 2, "bklt": true, "te": 5, "tg": 1, "ftbl": ["[root]"], "pps": [{"fs": [7]}]}' > frames.json
try frames.json
echo '{"dhatFileVersion": 2, "bklt": true, "te": 5, "tg": 1, "ftbl": ["[root]"], "pps": [{"fs": [], "tb": -1}]}' > negative.json
try negative.json
echo 'desc: (none)' > cut.out
try cut.out
ls *.tide
