# void f(void (*callback)(int), int depth): calls it, from a frame that compilers seldom make.
    .text
    .macro begin name
    .globl \name
    .type \name, @function
    .balign 16
\name:
    .cfi_startproc
    .endm
    .macro finish name
    .cfi_endproc
    .size \name, . - \name
    .endm

# Pushes around calls, as for arguments on the stack: the same function, another offset at each call.
    begin torture_pushes
    push %rbx
    .cfi_adjust_cfa_offset 8
    .cfi_rel_offset %rbx, 0
    push %rbp
    .cfi_adjust_cfa_offset 8
    .cfi_rel_offset %rbp, 0
    sub $8, %rsp
    .cfi_adjust_cfa_offset 8
    mov %rdi, %rbx
    mov %esi, %ebp
    mov %esi, %edi
    call *%rbx
    sub $48, %rsp
    .cfi_adjust_cfa_offset 48
    lea -1(%rbp), %edi
    xor %ebp, %ebp
    call *%rbx
    add $56, %rsp
    .cfi_adjust_cfa_offset -56
    pop %rbp
    .cfi_adjust_cfa_offset -8
    .cfi_restore %rbp
    pop %rbx
    .cfi_adjust_cfa_offset -8
    .cfi_restore %rbx
    ret
    finish torture_pushes

# The frame's base in a register that is neither rsp nor rbp.
    .macro cfa_in name, register
    begin \name
    push \register
    .cfi_def_cfa_offset 16
    .cfi_offset \register, -16
    mov %rsp, \register
    .cfi_def_cfa_register \register
    mov %esi, %eax
    and $7, %eax
    shl $4, %eax
    sub %rax, %rsp
    mov %rdi, %rax
    mov %esi, %edi
    call *%rax
    mov \register, %rsp
    .cfi_def_cfa_register %rsp
    pop \register
    .cfi_def_cfa_offset 8
    .cfi_restore \register
    ret
    finish \name
    .endm
    cfa_in torture_cfa_in_rbx, %rbx
    cfa_in torture_cfa_in_r12, %r12

# CFA = *(rsp + 8) + 16, and rbp = *(CFA - 24): the stack is switched below a word that says where it was.
    begin torture_by_expression
    push %rbp
    .cfi_def_cfa_offset 16
    mov %rsp, %rax
    push %rbp
    .cfi_def_cfa_offset 24
    .cfi_offset %rbp, -24
    sub $256, %rsp
    and $-64, %rsp
    mov %rax, 8(%rsp)
    # DW_CFA_def_cfa_expression: breg7 8, deref, plus_uconst 16
    .cfi_escape 0x0f, 0x05, 0x77, 0x08, 0x06, 0x23, 0x10
    # DW_CFA_expression rbp (the CFA is on its stack): lit24, minus
    .cfi_escape 0x10, 0x06, 0x02, 0x48, 0x1c
    mov %rdi, %rax
    mov %esi, %edi
    mov $0x1234567890, %rbp
    call *%rax
    mov 8(%rsp), %rsp
    .cfi_def_cfa %rsp, 16
    .cfi_offset %rbp, -16
    pop %rbp
    .cfi_def_cfa_offset 8
    .cfi_restore %rbp
    ret
    finish torture_by_expression

# rbp is saved further from the CFA than the cache's short form can say.
    begin torture_rbp_far_away
    sub $264, %rsp
    .cfi_def_cfa_offset 272
    mov %rbp, 8(%rsp)
    .cfi_offset %rbp, -264
    mov $0x99, %ebp
    mov %rdi, %rax
    mov %esi, %edi
    call *%rax
    mov 8(%rsp), %rbp
    .cfi_restore %rbp
    add $264, %rsp
    .cfi_def_cfa_offset 8
    ret
    finish torture_rbp_far_away

# An early return in the middle: the row behind it is the remembered one.
    begin torture_remembers
    push %rbp
    .cfi_def_cfa_offset 16
    .cfi_offset %rbp, -16
    mov %rsp, %rbp
    .cfi_def_cfa_register %rbp
    sub $32, %rsp
    test $1, %esi
    jz 1f
    mov %rdi, %rax
    mov %esi, %edi
    call *%rax
    .cfi_remember_state
    leave
    .cfi_def_cfa %rsp, 8
    .cfi_restore %rbp
    ret
1:  .cfi_restore_state
    mov %rdi, %rax
    mov %esi, %edi
    call *%rax
    leave
    .cfi_def_cfa %rsp, 8
    .cfi_restore %rbp
    ret
    finish torture_remembers

# Many small advances before the call, and a CFA that goes up and down.
    begin torture_many_rows
    .rept 20
    push %rsi
    .cfi_adjust_cfa_offset 8
    push %rdi
    .cfi_adjust_cfa_offset 8
    .endr
    push %rbp
    .cfi_adjust_cfa_offset 8
    .cfi_rel_offset %rbp, 0
    lea (%rsp,%rsi), %rbp
    mov %rdi, %rax
    mov %esi, %edi
    call *%rax
    pop %rbp
    .cfi_adjust_cfa_offset -8
    .cfi_restore %rbp
    .rept 40
    pop %rsi
    .cfi_adjust_cfa_offset -8
    .endr
    ret
    finish torture_many_rows

# Calls from two places, the second time with 16 bytes more on the stack, where what the first call left still stands.
# What is called and aligns its frame has the same frame both times, all but the way out: no word that is read on the
# way to it may be forgotten.
    begin torture_shifted
    push %rbx
    .cfi_adjust_cfa_offset 8
    .cfi_rel_offset %rbx, 0
    mov %rdi, %rbx
    mov %esi, %edi
    call *%rbx
    sub $16, %rsp
    .cfi_adjust_cfa_offset 16
    call *%rbx
    add $16, %rsp
    .cfi_adjust_cfa_offset -16
    pop %rbx
    .cfi_adjust_cfa_offset -8
    .cfi_restore %rbx
    ret
    finish torture_shifted

# void f(int depth): as compilers align frames of functions with arguments on the stack, or realign them twice.
    begin torture_aligns
    lea 8(%rsp), %r10
    .cfi_def_cfa %r10, 0
    and $-64, %rsp
    push -8(%r10)
    push %rbp
    mov %rsp, %rbp
    .cfi_escape 0x10, 0x06, 0x02, 0x76, 0x00 # DW_CFA_expression rbp: breg6 0
    push %r10
    .cfi_escape 0x0f, 0x03, 0x76, 0x78, 0x06 # DW_CFA_def_cfa_expression: breg6 -8, deref
    sub $8, %rsp
    call torture_touch@PLT
    add $8, %rsp
    pop %r10
    .cfi_def_cfa %r10, 0
    pop %rbp
    lea -8(%r10), %rsp
    .cfi_def_cfa %rsp, 8
    .cfi_restore %rbp
    ret
    finish torture_aligns

# void f(void): rbp is saved, and used for something else.
    begin torture_saves_rbp
    push %rbp
    .cfi_adjust_cfa_offset 8
    .cfi_rel_offset %rbp, 0
    mov $0x55, %ebp
    call torture_touch@PLT
    pop %rbp
    .cfi_adjust_cfa_offset -8
    .cfi_restore %rbp
    ret
    finish torture_saves_rbp

# The first instruction may fault: what is before it belongs to another function.
    begin torture_load
    mov (%rdi), %eax
    ret
    finish torture_load
    .section .note.GNU-stack, "", @progbits
