/* Dot products of int8 activations (engine_taps_s8.h) with blocks of int8 weights (flash), which
 * engine_kernels_s8.h describes. */
#ifndef ENGINE_DOT_S8_H
#define ENGINE_DOT_S8_H

#include <stddef.h>
#include <stdint.h>

#include "engine_flash.h"
#include "core/engine_taps_s8.h"

/* engine_dot_pair: adds to the sums of two neighbouring filters the products of `groups` groups,
 * at least one, of one pixel; `step` is the distance of groups in x, `stride` that in weights,
 * which are not packed.
 *
 * engine_dot_block: the same of a block of four filters and `pixels` pixels, 1 or 2; sums are those
 * of the first pixel, then those of the second. The taps end at *end, which stays in memory where
 * registers are few. With DSP the weights are packed: engine_in_blocks() tells. */

#if defined(__AVR__)
/* One multiplication of a tap and the next weight, onto 24 bits: the sum of a buffer fits. */
#define ENGINE_TAP(tap, sum)                                                                       \
    "lpm %[weight], Z+\n\t"                                                                        \
    "muls %[" tap "], %[weight]\n\t"                                                               \
    "add %A[" sum "], r0\n\t"                                                                      \
    "adc %B[" sum "], r1\n\t"                                                                      \
    "adc %C[" sum "], %[zero]\n\t"                                                                 \
    "sbrc r1, 7\n\t"                                                                               \
    "dec %C[" sum "]\n\t"

#define ENGINE_TAPS(tap, next)                                                                     \
    ENGINE_TAP(tap, "sum0")                                                                        \
    ENGINE_TAP(tap, "sum1")                                                                        \
    ENGINE_TAP(next, "sum0")                                                                       \
    ENGINE_TAP(next, "sum1")                                                                       \
    "add r30, %[skip]\n\t"                                                                         \
    "adc r31, %[zero]\n\t"

static inline void engine_dot_pair(int32_t *sums, const engine_tap *x, size_t step,
                                   const int8_t *weights, size_t stride, size_t groups)
{
    __int24 sum0 = 0;
    __int24 sum1 = 0;
    uint8_t left = (uint8_t)groups;
    int8_t tap0, tap1, tap2, tap3, weight;
    (void)step;
    __asm__ volatile("1:\n\t"
                     "ld %[tap0], X+\n\t"
                     "ld %[tap1], X+\n\t"
                     "ld %[tap2], X+\n\t"
                     "ld %[tap3], X+\n\t" ENGINE_TAPS("tap0", "tap2")
                         ENGINE_TAPS("tap1", "tap3") "dec %[left]\n\t"
                                                     "breq 2f\n\t"
                                                     "rjmp 1b\n\t"
                                                     "2:\n\t"
                                                     "clr __zero_reg__\n\t"
                     : [sum0] "+r"(sum0), [sum1] "+r"(sum1), "+x"(x),
                       "+z"(weights), [left] "+r"(left), [tap0] "=&d"(tap0), [tap1] "=&d"(tap1),
                       [tap2] "=&d"(tap2), [tap3] "=&d"(tap3), [weight] "=&d"(weight)
                     : [skip] "r"((uint8_t)(stride / 2 - ENGINE_GROUP)), [zero] "r"((uint8_t)0)
                     : "r0", "memory");
    sums[0] += sum0;
    sums[1] += sum1;
}

#elif defined(ENGINE_DSP)
static inline void engine_dot_pair(int32_t *sums, const engine_tap *x, size_t step,
                                   const int8_t *weights, size_t stride, size_t groups)
{
    for (groups *= 2; groups > 0; groups--) {
        int16x2_t taps;
        memcpy(&taps, x, sizeof taps);
        const uint32_t pair = engine_load_4(weights);
        sums[0] = __smlad(taps, __sxtb16((int8x4_t)pair), sums[0]);
        sums[1] = __smlad(taps, engine_odd_bytes(pair), sums[1]);
        x += step / 2;
        weights += stride / 2;
    }
}

/* The compiler would neither keep all in registers nor load words in pairs. Sums 0 and 2 are of one
 * filter, sums 1 and 3 of that one and 256 times the next. */
#define ENGINE_PAIR_1(sum0, sum1, x, word)                                                         \
    "smlad %[" sum1 "], %[" x "], %[" word "], %[" sum1 "]\n\t"                                    \
    "sxtb16 %[" word "], %[" word "]\n\t"                                                          \
    "smlad %[" sum0 "], %[" x "], %[" word "], %[" sum0 "]\n\t"
#define ENGINE_GROUP_1                                                                             \
    "ldmia %[w]!, {r4, r5, r6, r8}\n\t"                                                            \
    "ldrd %[even], %[odd], [%[x]], #8\n\t" ENGINE_PAIR_1("s0", "s1", "even", "a")                  \
        ENGINE_PAIR_1("s2", "s3", "even", "b") ENGINE_PAIR_1("s0", "s1", "odd", "c")               \
            ENGINE_PAIR_1("s2", "s3", "odd", "d")

static inline void engine_dot_1(int32_t *sums, const engine_tap *x, const engine_tap *const *end,
                                const int8_t *weights)
{
    size_t groups = (size_t)(*end - x) / ENGINE_GROUP;
    register uint32_t a __asm__("r4");
    register uint32_t b __asm__("r5");
    register uint32_t c __asm__("r6");
    register uint32_t d __asm__("r8");
    uint32_t even, odd;
    __asm__ volatile(
        "lsrs %[groups], #1\n\t"
        "bcc 1f\n\t"
        "add %[groups], #1\n\t"
        "b 2f\n\t"
        "1:\n\t" ENGINE_GROUP_1 "2:\n\t" ENGINE_GROUP_1 "subs %[groups], #1\n\t"
        "bne 1b\n\t"
        : [s0] "+r"(sums[0]), [s1] "+r"(sums[1]), [s2] "+r"(sums[2]), [s3] "+r"(sums[3]),
          [x] "+r"(x), [w] "+r"(weights), [groups] "+r"(groups), [a] "=&r"(a), [b] "=&r"(b),
          [c] "=&r"(c), [d] "=&r"(d), [even] "=&r"(even), [odd] "=&r"(odd)
        :
        : "cc", "memory");
}

#define ENGINE_PAIR_2(sum0, sum1, sum4, sum5, word)                                                \
    "smlad %[" sum1 "], %[x0], %[" word "], %[" sum1 "]\n\t"                                       \
    "smlad %[" sum5 "], %[x1], %[" word "], %[" sum5 "]\n\t"                                       \
    "sxtb16 %[" word "], %[" word "]\n\t"                                                          \
    "smlad %[" sum0 "], %[x0], %[" word "], %[" sum0 "]\n\t"                                       \
    "smlad %[" sum4 "], %[x1], %[" word "], %[" sum4 "]\n\t"
#define ENGINE_HALF_2                                                                              \
    "ldrd %[x0], %[x1], [%[x]], #8\n\t"                                                            \
    "ldrd %[a], %[b], [%[w]], #8\n\t" ENGINE_PAIR_2("s0", "s1", "s4", "s5", "a")                   \
        ENGINE_PAIR_2("s2", "s3", "s6", "s7", "b")
#define ENGINE_GROUP_2 ENGINE_HALF_2 ENGINE_HALF_2

/* Takes all registers there are: what is needed once a turn stays in memory. */
static inline void engine_dot_2(int32_t *sums, const engine_tap *x, const engine_tap *const *end,
                                const int8_t *weights)
{
    uint32_t x0, x1, a, b;
    __asm__ volatile(
        "ldr %[a], %[end]\n\t"
        "subs %[a], %[x]\n\t"
        "ands %[a], #48\n\t"
        "beq 1f\n\t"
        "cmp %[a], #32\n\t"
        "bhi 2f\n\t"
        "beq 3f\n\t"
        "b 4f\n\t"
        "1:\n\t" ENGINE_GROUP_2 "2:\n\t" ENGINE_GROUP_2 "3:\n\t" ENGINE_GROUP_2
        "4:\n\t" ENGINE_GROUP_2 "ldr %[a], %[end]\n\t"
        "cmp %[x], %[a]\n\t"
        "bne 1b\n\t"
        : [s0] "+r"(sums[0]), [s1] "+r"(sums[1]), [s2] "+r"(sums[2]), [s3] "+r"(sums[3]),
          [s4] "+r"(sums[4]), [s5] "+r"(sums[5]), [s6] "+r"(sums[6]), [s7] "+r"(sums[7]),
          [x] "+r"(x), [w] "+r"(weights), [x0] "=&r"(x0), [x1] "=&r"(x1), [a] "=&r"(a), [b] "=&r"(b)
        : [end] "m"(*end)
        : "cc", "memory");
}

static inline __attribute__((always_inline)) void engine_dot_block(int32_t *sums, int pixels,
                                                                   const engine_tap *x,
                                                                   const engine_tap *const *end,
                                                                   const int8_t *weights)
{
    const int filters = ENGINE_BLOCK * pixels;
    int32_t mixed[2 * ENGINE_BLOCK];
    _Pragma("GCC unroll 4") for (int i = 0; i < filters; i += 2)
    {
        mixed[i] = mixed[i + 1] = sums[i];
    }
    if (pixels == 2) {
        engine_dot_2(mixed, x, end, weights);
    } else {
        engine_dot_1(mixed, x, end, weights);
    }
    _Pragma("GCC unroll 4") for (int i = 0; i < filters; i += 2)
    {
        sums[i] = mixed[i];
        sums[i + 1] += (int32_t)((uint32_t)mixed[i + 1] - (uint32_t)mixed[i]) >> 8;
    }
}

static inline int engine_in_blocks(const engine_filters *f)
{
    return f->packed;
}

#else
static inline __attribute__((always_inline)) void engine_dot_c(int32_t *sums, int filters,
                                                               int pixels, const engine_tap *x,
                                                               size_t step, const int8_t *weights,
                                                               size_t stride, size_t groups)
{
    for (; groups > 0; groups--) {
        _Pragma("GCC unroll 4") for (int i = 0; i < ENGINE_GROUP; i++)
        {
            /* taps 0, 2, 1, 3 */
            const int tap = (i >> 1) | (i & 1) << 1;
            const int8_t *w = weights + (i >> 1) * (int)stride / 2 + 2 * (i & 1);
            if (pixels == 1) { /* else the compiler loads more weights than it has registers for */
                __asm__ volatile("" ::: "memory");
            }
            _Pragma("GCC unroll 4") for (int f = 0; f < filters; f++)
            {
                const int32_t weight = w[(f >> 1) * 4 + (f & 1)];
                for (int p = 0; p < pixels; p++) {
                    sums[p * ENGINE_BLOCK + f] += x[p * ENGINE_GROUP + tap] * weight;
                }
            }
        }
        x += step;
        weights += stride;
    }
}

static inline void engine_dot_pair(int32_t *sums, const engine_tap *x, size_t step,
                                   const int8_t *weights, size_t stride, size_t groups)
{
    engine_dot_c(sums, 2, 1, x, step, weights, stride, groups);
}

#if defined(__ARM_ARCH) && __ARM_ARCH >= 7 && defined(__thumb2__)
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
#else
static inline void engine_dot_1(int32_t *sums, const engine_tap *x, const engine_tap *const *end,
                                const int8_t *weights)
{
    engine_dot_c(sums, ENGINE_BLOCK, 1, x, ENGINE_GROUP, weights, ENGINE_BLOCK * ENGINE_GROUP,
                 (size_t)(*end - x) / ENGINE_GROUP);
}

static inline void engine_dot_2(int32_t *sums, const engine_tap *x, const engine_tap *const *end,
                                const int8_t *weights)
{
    engine_dot_c(sums, ENGINE_BLOCK, 2, x, 2 * ENGINE_GROUP, weights, ENGINE_BLOCK * ENGINE_GROUP,
                 (size_t)(*end - x) / (2 * ENGINE_GROUP));
}
#endif

static inline __attribute__((always_inline)) void engine_dot_block(int32_t *sums, int pixels,
                                                                   const engine_tap *x,
                                                                   const engine_tap *const *end,
                                                                   const int8_t *weights)
{
    if (pixels == 2) {
        engine_dot_2(sums, x, end, weights);
    } else {
        engine_dot_1(sums, x, end, weights);
    }
}

static inline int engine_in_blocks(const engine_filters *f)
{
    (void)f;
    return 1;
}
#endif

#endif
