/* Counts the input, a uint32 of at least 1, down to 0, in a loop of known cost: two instructions a
 * turn; on AVR six cycles a turn. The output is the count left. */
#ifndef MODEL_BURN_H
#define MODEL_BURN_H

#include <stdint.h>
#include <string.h>

static void model_burn_run(uint8_t *arena)
{
    uint32_t turns;
    memcpy(&turns, arena + 8, sizeof turns);
#if defined(__AVR__)
    __asm volatile("1: subi %A0, 1\n\t"
                   "sbci %B0, 0\n\t"
                   "sbci %C0, 0\n\t"
                   "sbci %D0, 0\n\t"
                   "brne 1b"
                   : "+d"(turns));
#elif defined(__arm__)
    __asm volatile(".syntax unified\n1: subs %0, %0, #1\n\tbne 1b" : "+l"(turns) : : "cc");
#elif defined(__riscv) || defined(__xtensa__)
    __asm volatile("1: addi %0, %0, -1\n\tbnez %0, 1b" : "+r"(turns));
#else
    for (volatile uint32_t left = turns; left > 0; left--) {
        turns--;
    }
#endif
    memcpy(arena, &turns, sizeof turns);
}

#endif
