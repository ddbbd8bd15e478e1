/* samples/labels: assembly, where nobody says how long a function is. At twelve bytes from `first`, `second` begins;
 * `inside` is a label within a function that has a size. */
    .text
    .globl first, second, sized, alias_of_second
first:
    .skip 12, 0x90
second:
alias_of_second:
    .skip 8, 0x90
    .type sized, @function
sized:
    .skip 4, 0x90
inside:
    .skip 4, 0x90
    .size sized, . - sized
    .skip 4, 0x90
    .section .note.GNU-stack, "", @progbits
