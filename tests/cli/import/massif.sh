# A file as Massif writes it: its peak is not its end, times are instructions, small places are together.
cat > massif.out <<'END'
desc: --massif-out-file=massif.out
cmd: shop --stock 'all of it'
time_unit: i
#-----------
snapshot=0
#-----------
time=0
mem_heap_B=0
mem_heap_extra_B=0
mem_stacks_B=0
heap_tree=empty
#-----------
snapshot=1
#-----------
time=1000
mem_heap_B=1000
mem_heap_extra_B=24
mem_stacks_B=0
heap_tree=peak
n2: 1000 (heap allocation functions) malloc/new/new[], --alloc-fns, etc.
 n2: 900 0x4011B6: grow (shop.c:12)
  n0: 600 0x4011F0: parse (shop.c:20)
  n0: 300 0x401200: main (in /opt/shop/bin/shop)
 n0: 100 in 7 places, all below massif's threshold (1.00%)
#-----------
snapshot=2
#-----------
time=2000
mem_heap_B=400
mem_heap_extra_B=8
mem_stacks_B=0
heap_tree=empty
END
"$tidemark" import -o shop.tide massif.out
status
"$tidemark" report --format tree shop.tide | sed 's/recorded   .*,/recorded   WHEN,/'
"$tidemark" report --leaks shop.tide | tail -n +9
sed 's/n0: 600/n0: 700/' massif.out > wrong.out
"$tidemark" import -o wrong.tide wrong.out
status
head -n 23 massif.out > wrong.out # its tree is cut
"$tidemark" import -o wrong.tide wrong.out
status
sed 's/mem_heap_B=1000/mem_heap_B=many/' massif.out > wrong.out
"$tidemark" import -o wrong.tide wrong.out
status
"$tidemark" report --format dhat shop.tide # blocks were not counted
status
"$tidemark" report --format csv shop.tide
