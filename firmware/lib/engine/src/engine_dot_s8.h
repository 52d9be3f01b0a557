/* Dot products of int8 activations (RAM) with blocks of int8 weights (flash), which
 * engine_kernels_s8.h describes. */
#ifndef ENGINE_DOT_S8_H
#define ENGINE_DOT_S8_H

#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "engine_dsp.h"
#include "engine_filters_s8.h"
#include "engine_flash.h"

/* Taps are copied into a buffer first, in the form in which the core multiplies them.
 *   ENGINE_FILTERS      filters that are computed at once, so that taps are read once for all of
 *                       them: their sums must fit the registers
 *   ENGINE_WINDOW_TAPS  size of the buffer, a multiple of ENGINE_GROUP */
#if defined(__AVR__)
#define ENGINE_FILTERS 1
#define ENGINE_WINDOW_TAPS 128
#define ENGINE_UNROLL
#else
#define ENGINE_FILTERS ENGINE_BLOCK
#define ENGINE_WINDOW_TAPS 640
#define ENGINE_UNROLL _Pragma("GCC unroll 4")
#endif

#if defined(ENGINE_DSP)

/* Two int16: taps 0 and 2 of a group, or 1 and 3. */
typedef int16_t engine_tap;

static inline engine_tap *engine_store_group(engine_tap *to, uint32_t x)
{
    const int16x2_t pairs[2] = {__sxtb16((int8x4_t)x), engine_odd_bytes(x)};
    memcpy(to, pairs, sizeof pairs);
    return to + ENGINE_GROUP;
}

/* Writes `count` taps, whole groups: first..last-1 are those at x, the others pad. */
static inline void engine_load_taps(engine_tap *to, size_t count, const int8_t *x, size_t first,
                                    size_t last, int8_t pad)
{
    const uint32_t pads = (uint8_t)pad * 0x01010101u;
    const engine_tap *end = to + count;
    size_t left = last - first;
    for (; first >= ENGINE_GROUP && to != end; first -= ENGINE_GROUP) {
        to = engine_store_group(to, pads);
    }
    if (first > 0 && left > 0) {
        const size_t part = left < ENGINE_GROUP - first ? left : ENGINE_GROUP - first;
        const uint32_t before = pads >> 8 * (ENGINE_GROUP - first);
        to = engine_store_group(to, engine_load_some(x, part, pads) << 8 * first | before);
        x += part;
        left -= part;
    }
    for (; left >= ENGINE_GROUP; left -= ENGINE_GROUP) {
        to = engine_store_group(to, engine_load_4(x));
        x += ENGINE_GROUP;
    }
    if (left > 0) {
        to = engine_store_group(to, engine_load_some(x, left, pads));
    }
    while (to != end) {
        to = engine_store_group(to, pads);
    }
}

/* A run of `taps` taps, filled up to whole groups; returns where the next begins. */
static inline engine_tap *engine_load_run(engine_tap *to, const int8_t *x, size_t taps)
{
    for (; taps >= ENGINE_GROUP; taps -= ENGINE_GROUP) {
        to = engine_store_group(to, engine_load_4(x));
        x += ENGINE_GROUP;
    }
    return taps > 0 ? engine_store_group(to, engine_load_some(x, taps, 0)) : to;
}

/* The compiler would neither keep all in registers nor load words in pairs. */
#define ENGINE_FILTER(sum, word)                                                                   \
    "sxtb16 %[t], %[" word "]\n\t"                                                                 \
    "smlad %[" sum "], %[even], %[t], %[" sum "]\n\t"                                              \
    "sxtb16 %[" word "], %[" word "], ror #8\n\t"                                                  \
    "smlad %[" sum "], %[odd], %[" word "], %[" sum "]\n\t"
#define ENGINE_GROUP_OF_4                                                                          \
    "ldrd %[even], %[odd], [%[x]], #8\n\t"                                                         \
    "ldrd %[a], %[b], [%[w]], #8\n\t" ENGINE_FILTER("s0", "a")                                     \
        ENGINE_FILTER("s1", "b") "ldrd %[a], %[b], [%[w]], #8\n\t" ENGINE_FILTER("s2", "a")        \
            ENGINE_FILTER("s3", "b")

static inline void engine_dot_block(int32_t *sums, const engine_tap *x, const int8_t *weights,
                                    size_t groups)
{
    int32_t even, odd, a, b, t;
    __asm__ volatile(
        "lsrs %[groups], #1\n\t"
        "bcc 1f\n\t" ENGINE_GROUP_OF_4 "beq 2f\n\t"
        "1:\n\t" ENGINE_GROUP_OF_4 ENGINE_GROUP_OF_4 "subs %[groups], #1\n\t"
        "bne 1b\n\t"
        "2:\n\t"
        : [s0] "+r"(sums[0]), [s1] "+r"(sums[1]), [s2] "+r"(sums[2]), [s3] "+r"(sums[3]),
          [x] "+r"(x), [w] "+r"(weights), [groups] "+r"(groups), [even] "=&r"(even),
          [odd] "=&r"(odd), [a] "=&r"(a), [b] "=&r"(b), [t] "=&r"(t)
        :
        : "cc", "memory");
}

static inline __attribute__((always_inline)) void engine_dot_s8(int32_t *sums, int filters,
                                                                const engine_tap *x,
                                                                const int8_t *weights,
                                                                size_t stride, size_t groups)
{
    if (filters == ENGINE_BLOCK) {
        engine_dot_block(sums, x, weights, groups);
        return;
    }
    for (; groups > 0; groups--) {
        int16x2_t pairs[2];
        memcpy(pairs, x, sizeof pairs);
        const uint32_t w = engine_load_4(weights);
        sums[0] = __smlad(pairs[0], __sxtb16((int8x4_t)w), sums[0]);
        sums[0] = __smlad(pairs[1], engine_odd_bytes(w), sums[0]);
        x += ENGINE_GROUP;
        weights += stride;
    }
}

#else

typedef int8_t engine_tap;

/* Writes `count` taps: first..last-1 are those at x, the others pad. */
static inline void engine_load_taps(engine_tap *to, size_t count, const int8_t *x, size_t first,
                                    size_t last, int8_t pad)
{
    const engine_tap *end = to + count;
    size_t left = last - first;
    for (; first > 0; first--) {
        *to++ = pad;
    }
    for (; left > 0; left--) {
        *to++ = *x++;
    }
    while (to != end) {
        *to++ = pad;
    }
}

/* A run of `taps` taps, filled up to whole groups; returns where the next begins. */
static inline engine_tap *engine_load_run(engine_tap *to, const int8_t *x, size_t taps)
{
    const size_t stored = engine_stored_taps(taps);
    engine_load_taps(to, stored, x, 0, taps, 0);
    return to + stored;
}

#if defined(__AVR__)
/* One multiplication of taps in X and weights in Z, onto 24 bits: the sum of a buffer fits. */
#define ENGINE_TAP                                                                                 \
    "ld %[tap], X+\n\t"                                                                            \
    "lpm %[weight], Z+\n\t"                                                                        \
    "muls %[tap], %[weight]\n\t"                                                                   \
    "add %A[sum], r0\n\t"                                                                          \
    "adc %B[sum], r1\n\t"                                                                          \
    "adc %C[sum], %[zero]\n\t"                                                                     \
    "sbrc r1, 7\n\t"                                                                               \
    "dec %C[sum]\n\t"

static inline void engine_dot_s8(int32_t *sums, int filters, const engine_tap *x,
                                 const int8_t *weights, size_t stride, size_t groups)
{
    __int24 sum = 0;
    uint8_t left = (uint8_t)groups;
    int8_t tap, weight;
    (void)filters;
    __asm__ volatile("1:\n\t" ENGINE_TAP ENGINE_TAP ENGINE_TAP ENGINE_TAP "add r30, %[skip]\n\t"
                     "adc r31, %[zero]\n\t"
                     "dec %[left]\n\t"
                     "brne 1b\n\t"
                     "clr __zero_reg__\n\t"
                     : [sum] "+r"(sum), "+x"(x),
                       "+z"(weights), [left] "+r"(left), [tap] "=&d"(tap), [weight] "=&d"(weight)
                     : [skip] "r"((uint8_t)(stride - ENGINE_GROUP)), [zero] "r"((uint8_t)0)
                     : "r0", "memory");
    sums[0] += sum;
}

#else
/* Adds to the sums of `filters` filters, 1 or ENGINE_FILTERS, the products of `groups` groups;
 * `stride` is the distance of groups in weights. With 16-bit int the products just fit. */
static inline __attribute__((always_inline)) void engine_dot_s8(int32_t *sums, int filters,
                                                                const engine_tap *x,
                                                                const int8_t *weights,
                                                                size_t stride, size_t groups)
{
    for (; groups > 0; groups--) {
        ENGINE_UNROLL
        for (int i = 0; i < ENGINE_GROUP; i++) {
            const int value = *x++;
            ENGINE_UNROLL
            for (int f = 0; f < filters; f++) {
                sums[f] += value * engine_flash_i8(weights + f * ENGINE_GROUP + i);
            }
        }
        weights += stride;
    }
}

#endif

#endif

#endif
