# Counts words; hashes of arrays, regular expressions, closures, a sort, and strings that grow.
use strict;
use warnings;
my (%lines, @closures);
my $text = '';
while (my $line = <STDIN> // <ARGV>) {
    push @{$lines{lc $1}}, $. while $line =~ /(\w+)/g;
    $text .= join ',', reverse split //, $line;
    push @closures, sub { length($line) + $_[0] } if $. % 7 == 0;
}
my @often = sort { @{$lines{$b}} <=> @{$lines{$a}} || $a cmp $b } grep { @{$lines{$_}} > 3 } keys %lines;
my $sum = 0;
$sum = $_->($sum) for @closures;
(my $short = $text) =~ s/[^a-z]+/ /g;
printf "%d words, most often %s, %d, %d\n", scalar keys %lines, join(' ', @often[0 .. 4]), $sum, length $short;
