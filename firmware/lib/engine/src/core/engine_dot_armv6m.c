/* Dot products of four filters on Armv6-M, whose compiler would keep the sums on the stack. */
#include "engine_core.h"

#if defined(ENGINE_ARMV6M)
#include "core/engine_dot_armv6m.h"

/* Products of 16-bit halves, of which the lowest one is the smallest: the upper word of x *
 * multiplier is top + ((mid + rest) >> 16), rounded one bit below. */
__attribute__((naked)) int32_t engine_high_mul_twice(__attribute__((unused)) int32_t x,
                                                     __attribute__((unused)) int32_t multiplier)
{
    __asm__ volatile(".syntax unified\n\t"
                     "lsrs r2, r1, #16\n\t"
                     "uxth r1, r1\n\t"
                     "asrs r3, r0, #16\n\t"
                     "uxth r0, r0\n\t"
                     "mov r12, r3\n\t"
                     "muls r3, r1, r3\n\t" /* mid */
                     "muls r1, r0, r1\n\t"
                     "muls r0, r2, r0\n\t"
                     "lsrs r1, r1, #16\n\t"
                     "adds r0, r0, r1\n\t" /* rest */
                     "mov r1, r12\n\t"
                     "muls r2, r1, r2\n\t" /* top */
                     "asrs r1, r3, #16\n\t"
                     "adds r2, r2, r1\n\t"
                     "lsrs r1, r0, #16\n\t"
                     "adds r2, r2, r1\n\t"
                     "uxth r3, r3\n\t"
                     "uxth r0, r0\n\t"
                     "adds r0, r0, r3\n\t"
                     "movs r1, #1\n\t"
                     "lsls r1, r1, #14\n\t"
                     "adds r0, r0, r1\n\t"
                     "lsrs r0, r0, #15\n\t"
                     "lsls r2, r2, #1\n\t"
                     "adds r0, r0, r2\n\t"
                     "bx lr");
}

/* One product: r2 is the tap, r1 the weights, `at` holds the filter's place in them. */
#define MAC(sum, at)                                                                               \
    "ldrsb r3, [r1, " at "]\n\t"                                                                   \
    "muls r3, r2, r3\n\t"                                                                          \
    "add " sum ", r3\n\t"
#define TAP(at)                                                                                    \
    "ldrsb r2, [r0, " at "]\n\t" MAC("r8", "r4") MAC("r9", "r5") MAC("r10", "r6") MAC("r11", "r7")

/* A whole function in assembly: it needs all registers but the stack pointer. Sums are in r8-r11,
 * only additions and comparisons reach these; r4-r7 hold 0, 1, 4 and 5, as the signed loads take
 * no constants; r12 is the end of the taps, lr what moves on to the next group. The stack holds
 * sums, x, weights and, while a second pixel follows, its distance (ENGINE_GROUP, else 0). */
__attribute__((naked)) void engine_dot_armv6m(__attribute__((unused)) int32_t *sums,
                                              __attribute__((unused)) const engine_tap *x,
                                              __attribute__((unused)) const engine_tap *end,
                                              __attribute__((unused)) const int8_t *weights,
                                              __attribute__((unused)) size_t step)
{
    __asm__ volatile(
        ".syntax unified\n\t"
        "push {r4-r7, lr}\n\t"
        "mov r4, r8\n\t"
        "mov r5, r9\n\t"
        "mov r6, r10\n\t"
        "mov r7, r11\n\t"
        "push {r4-r7}\n\t"
        "mov r12, r2\n\t"
        "ldr r4, [sp, #36]\n\t" /* step */
        "subs r2, r4, #2\n\t"
        "mov lr, r2\n\t"
        "subs r4, #4\n\t"
        "push {r0, r1, r3, r4}\n"
        "1:\n\t"
        "ldmia r0!, {r4-r7}\n\t"
        "mov r8, r4\n\t"
        "mov r9, r5\n\t"
        "mov r10, r6\n\t"
        "mov r11, r7\n\t"
        "mov r0, r1\n\t"
        "mov r1, r3\n\t"
        "movs r4, #0\n\t"
        "movs r5, #1\n\t"
        "movs r6, #4\n\t"
        "movs r7, #5\n"
        "2:\n\t" TAP("r4") "adds r1, #8\n\t" TAP(
            "r5") "subs r1, #6\n\t"
                  "adds r0, #2\n\t" TAP("r4") "adds r1, #8\n\t" TAP("r5") "adds r1, #6\n\t"
                                                                          "add r0, lr\n\t"
                                                                          "cmp r0, r12\n\t"
                                                                          "bne 2b\n\t"
                                                                          "ldr r0, [sp]\n\t"
                                                                          "mov r4, r8\n\t"
                                                                          "mov r5, r9\n\t"
                                                                          "mov r6, r10\n\t"
                                                                          "mov r7, r11\n\t"
                                                                          "stmia r0!, {r4-r7}\n\t"
                                                                          "ldr r4, [sp, #12]\n\t"
                                                                          "cmp r4, #0\n\t"
                                                                          "beq 3f\n\t"
                                                                          "str r0, [sp]\n\t"
                                                                          "movs r2, #0\n\t"
                                                                          "str r2, [sp, #12]\n\t"
                                                                          "ldr r1, [sp, #4]\n\t"
                                                                          "adds r1, r4\n\t"
                                                                          "ldr r3, [sp, #8]\n\t"
                                                                          "add r12, r4\n\t"
                                                                          "b 1b\n"
                                                                          "3:\n\t"
                                                                          "add sp, #16\n\t"
                                                                          "pop {r4-r7}\n\t"
                                                                          "mov r8, r4\n\t"
                                                                          "mov r9, r5\n\t"
                                                                          "mov r10, r6\n\t"
                                                                          "mov r11, r7\n\t"
                                                                          "pop {r4-r7, pc}");
}
#endif
