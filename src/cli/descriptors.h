/* cli/descriptors: what the commands that start a program owe to its standard descriptors. */
#pragma once

/* No file of the tool must land in the place of a closed stdin, stdout or stderr: what is closed leads to /dev/null,
 * until the program's exec closes it again, so that it finds what the user gave it. */
void tide_descriptors_occupy(void);
