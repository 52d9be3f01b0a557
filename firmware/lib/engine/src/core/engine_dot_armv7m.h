/* Armv7-M and Armv8-M Mainline without the DSP extension. See engine_dot.h. */
#ifndef ENGINE_DOT_ARMV7M_H
#define ENGINE_DOT_ARMV7M_H

#include <stddef.h>
#include <stdint.h>

#include "core/engine_blocks_s8.h"
#include "engine_core.h"

static inline int32_t engine_half_s8(int32_t x)
{
    __asm__("ssat %0, #8, %1, asr #1" : "=r"(x) : "r"(x));
    return x;
}

#define engine_dot_1 engine_dot_1

/* The compiler would not keep all in registers. */
#define ENGINE_MAC(sum, load)                                                                      \
    "ldrsb %[weight], " load "\n\t"                                                                \
    "mla %[" sum "], %[tap], %[weight], %[" sum "]\n\t"
#define ENGINE_TAP_OF_4(load0, load1, load2, load3)                                                \
    "ldrsb %[tap], [%[x]], #1\n\t" ENGINE_MAC("s0", load0) ENGINE_MAC("s1", load1)                 \
        ENGINE_MAC("s2", load2) ENGINE_MAC("s3", load3)

static inline void engine_dot_1(int32_t *sums, const engine_tap *x, const engine_tap *const *end,
                                const int8_t *weights)
{
    size_t groups = (size_t)(*end - x) / ENGINE_GROUP;
    int32_t tap, weight;
    __asm__ volatile(
        "1:\n\t" ENGINE_TAP_OF_4("[%[w]], #16", "[%[w], #-15]", "[%[w], #-12]", "[%[w], #-11]")
            ENGINE_TAP_OF_4("[%[w], #-8]", "[%[w], #-7]", "[%[w], #-4]", "[%[w], #-3]")
                ENGINE_TAP_OF_4("[%[w], #-14]", "[%[w], #-13]", "[%[w], #-10]", "[%[w], #-9]")
                    ENGINE_TAP_OF_4("[%[w], #-6]", "[%[w], #-5]", "[%[w], #-2]",
                                    "[%[w], #-1]") "subs %[groups], #1\n\t"
                                                   "bne 1b\n\t"
        : [s0] "+r"(sums[0]), [s1] "+r"(sums[1]), [s2] "+r"(sums[2]), [s3] "+r"(sums[3]),
          [x] "+r"(x), [w] "+r"(weights), [groups] "+r"(groups), [tap] "=&r"(tap),
          [weight] "=&r"(weight)
        :
        : "cc", "memory");
}

/* Two pixels: each weight is loaded once for both. */
#define ENGINE_MAC_2(sum0, sum1, load)                                                             \
    "ldrsb %[weight], " load "\n\t"                                                                \
    "mla %[" sum0 "], %[x0], %[weight], %[" sum0 "]\n\t"                                           \
    "mla %[" sum1 "], %[x1], %[weight], %[" sum1 "]\n\t"
#define ENGINE_TAP_OF_8(first, second, load0, load1, load2, load3)                                 \
    "ldrsb %[x0], " first "\n\t"                                                                   \
    "ldrsb %[x1], " second "\n\t" ENGINE_MAC_2("s0", "s4", load0) ENGINE_MAC_2("s1", "s5", load1)  \
        ENGINE_MAC_2("s2", "s6", load2) ENGINE_MAC_2("s3", "s7", load3)
#define ENGINE_GROUP_OF_8                                                                          \
    ENGINE_TAP_OF_8("[%[x]], #8", "[%[x], #-4]", "[%[w]], #16", "[%[w], #-15]", "[%[w], #-12]",    \
                    "[%[w], #-11]")                                                                \
    ENGINE_TAP_OF_8("[%[x], #-7]", "[%[x], #-3]", "[%[w], #-8]", "[%[w], #-7]", "[%[w], #-4]",     \
                    "[%[w], #-3]")                                                                 \
    ENGINE_TAP_OF_8("[%[x], #-6]", "[%[x], #-2]", "[%[w], #-14]", "[%[w], #-13]", "[%[w], #-10]",  \
                    "[%[w], #-9]")                                                                 \
    ENGINE_TAP_OF_8("[%[x], #-5]", "[%[x], #-1]", "[%[w], #-6]", "[%[w], #-5]", "[%[w], #-2]",     \
                    "[%[w], #-1]")

/* Takes nearly all registers there are: the end stays in memory. */
static inline void engine_dot_2(int32_t *sums, const engine_tap *x, const engine_tap *const *end,
                                const int8_t *weights)
{
    int32_t x0, x1, weight;
    __asm__ volatile(
        "ldr %[weight], %[end]\n\t"
        "subs %[weight], %[x]\n\t"
        "ands %[weight], #8\n\t"
        "bne 2f\n\t"
        "1:\n\t" ENGINE_GROUP_OF_8 "2:\n\t" ENGINE_GROUP_OF_8 "ldr %[weight], %[end]\n\t"
        "cmp %[x], %[weight]\n\t"
        "bne 1b\n\t"
        : [s0] "+r"(sums[0]), [s1] "+r"(sums[1]), [s2] "+r"(sums[2]), [s3] "+r"(sums[3]),
          [s4] "+r"(sums[4]), [s5] "+r"(sums[5]), [s6] "+r"(sums[6]), [s7] "+r"(sums[7]),
          [x] "+r"(x), [w] "+r"(weights), [x0] "=&r"(x0), [x1] "=&r"(x1), [weight] "=&r"(weight)
        : [end] "m"(*end)
        : "cc", "memory");
}

#endif
