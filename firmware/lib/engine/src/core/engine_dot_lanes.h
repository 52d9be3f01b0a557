/* 32-bit cores that multiply words only: RISC-V and Xtensa. See engine_dot.h.
 *
 * The windows of two pixels are words x0 + 65536 * x1, one a tap: a product of a weight with such a
 * word has the products of both pixels in its 16-bit lanes. Lanes hold the products of two taps,
 * at most 2 * 128 * 128 = 32768 and at least 2 * -128 * 127 = -32512: with ENGINE_LANE added both
 * are within 0..65535 and do not disturb each other. So after every second tap the upper lane is
 * added to the sum of the second pixel, and all of it to a total, modulo 2^32, of both.
 *
 * The window of a single pixel has int16 taps. */
#ifndef ENGINE_DOT_LANES_H
#define ENGINE_DOT_LANES_H

#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "core/engine_blocks_s8.h"
#include "core/engine_bytes.h"
#include "engine_core.h"

#define ENGINE_LANE 0x7f80u
#define ENGINE_BOTH_LANES (ENGINE_LANE * 0x00010001u)

/* The second pixel begins in the upper lane of the first word. */
#define ENGINE_PIXEL_TAPS 1

typedef uint32_t __attribute__((may_alias)) engine_lanes;

/* Add to the second lanes of a group the bytes of x, or set the first ones to them. */
static inline void engine_store_lanes(engine_tap *to, int second, uint32_t x)
{
    engine_lanes *word = (engine_lanes *)(void *)(to - second);
    for (int i = 0; i < ENGINE_GROUP; i++) {
        const uint32_t tap = (uint32_t)(int32_t)(int8_t)x;
        word[i] = second ? word[i] + (tap << 16) : tap;
        x >>= 8;
    }
}

/* Of two pixels the first one is written before the second one, which begins one tap later. */
#define engine_store_group engine_store_group
static inline engine_tap *engine_store_group(engine_tap *to, size_t step, uint32_t x)
{
    if (step == ENGINE_GROUP) {
        for (int i = 0; i < ENGINE_GROUP; i++) {
            to[i] = (int8_t)x;
            x >>= 8;
        }
    } else {
        engine_store_lanes(to, ((uintptr_t)to & 2) != 0, x);
    }
    return to + step;
}

#define engine_load_runs engine_load_runs
static inline engine_tap *engine_load_runs(engine_tap *to, const int8_t *x, ptrdiff_t second,
                                           size_t taps)
{
    engine_lanes *word = (engine_lanes *)(void *)to;
    for (size_t left = taps; left > 0; left--) {
        *word++ = (uint32_t)(int32_t)*x + ((uint32_t)(int32_t)x[second] << 16);
        x++;
    }
    for (; taps % ENGINE_GROUP != 0; taps++) {
        *word++ = 0;
    }
    return (engine_tap *)(void *)word;
}

/* The tap of one pixel out of two: a negative first lane took 1 from the second one. */
#define engine_dot_pair engine_dot_pair
static inline void engine_dot_pair(int32_t *sums, const engine_tap *x, size_t step,
                                   const int8_t *weights, size_t stride, size_t groups)
{
    const size_t next = step / ENGINE_GROUP;
    const int second = next == 2 && ((uintptr_t)x & 2) != 0;
    for (groups *= 2; groups > 0; groups--) { /* taps 0 and 2, then 1 and 3 */
        for (int i = 0; i < 2; i++) {
            const engine_tap *const at = x + 2 * (size_t)i * next;
            const int32_t tap = *at + (second && at[-1] < 0);
            sums[0] += tap * weights[2 * i];
            sums[1] += tap * weights[2 * i + 1];
        }
        x += (groups & 1) == 0 ? next : step - next;
        weights += stride / 2;
    }
}

/* Set two neighbouring weights. Xtensa loads no signed bytes, and the compiler would take five
 * instructions instead of four for both. */
static inline void engine_two_weights(int32_t *first, int32_t *second, const int8_t *at)
{
#if defined(ENGINE_XTENSA)
    typedef int16_t __attribute__((may_alias)) two_bytes;
    __asm__ volatile("l16si %0, %2\n\t"
                     "srai %1, %0, 8\n\t"
                     "slli %0, %0, 24\n\t"
                     "srai %0, %0, 24"
                     : "=&r"(*first), "=&r"(*second)
                     : "m"(*(const two_bytes *)(const void *)at));
#else
    *first = at[0];
    *second = at[1];
#endif
}

/* Keeps loads in order: the compiler would load more weights than it has registers. */
#define ENGINE_BARRIER() __asm__ volatile("" : : : "memory")

/* Add the products of taps x0 and x1 of two pixels, whose weights are those at w and w + 2. */
static inline __attribute__((always_inline)) void engine_add_products(uint32_t *all,
                                                                      uint32_t *upper, uint32_t x0,
                                                                      uint32_t x1, const int8_t *w,
                                                                      uint32_t lanes)
{
    int32_t a0, b0, a1, b1;
    engine_two_weights(&a0, &b0, w);
    engine_two_weights(&a1, &b1, w + 2);
    const uint32_t a = x0 * (uint32_t)a0 + x1 * (uint32_t)a1 + lanes;
    all[0] += a;
    upper[0] += a >> 16;
    const uint32_t b = x0 * (uint32_t)b0 + x1 * (uint32_t)b1 + lanes;
    all[1] += b;
    upper[1] += b >> 16;
    ENGINE_BARRIER();
}

#define engine_dot_1 engine_dot_1
static __attribute__((noinline)) void engine_dot_2(int32_t *sums, const engine_tap *x,
                                                   const engine_tap *const *end,
                                                   const int8_t *weights)
{
    const engine_lanes *const last = (const engine_lanes *)(const void *)*end;
    uint32_t lanes = ENGINE_BOTH_LANES;
    __asm__ volatile("" : "+r"(lanes)); /* in a register */
    for (int f = 0; f < ENGINE_BLOCK; f += ENGINE_LANE_FILTERS) {
        const engine_lanes *word = (const engine_lanes *)(const void *)x;
        const uint32_t added = (uint32_t)(last - word) / 2 * ENGINE_LANE;
        const int8_t *w = weights + 2 * f;
        uint32_t all[ENGINE_LANE_FILTERS] = {0};
        uint32_t upper[ENGINE_LANE_FILTERS] = {0};
        do {
            _Pragma("GCC unroll 2") for (int half = 0; half < 2; half++)
            {
                const uint32_t x0 = word[half];
                const uint32_t x1 = word[half + 2];
                _Pragma("GCC unroll 2") for (int i = 0; i < ENGINE_LANE_FILTERS; i += 2)
                {
                    engine_add_products(all + i, upper + i, x0, x1, w + 8 * half + 2 * i, lanes);
                }
            }
            word += ENGINE_GROUP;
            w += ENGINE_GROUP * ENGINE_BLOCK;
        } while (word != last);
        /* the sums of the second pixel are `upper`, those of the first one the rest of `all` */
        _Pragma("GCC unroll 4") for (int i = 0; i < ENGINE_LANE_FILTERS; i++)
        {
            int32_t *const sum = sums + f + i;
            sum[0] = (int32_t)((uint32_t)sum[0] + all[i] - (upper[i] << 16) - added);
            sum[ENGINE_BLOCK] = (int32_t)((uint32_t)sum[ENGINE_BLOCK] + upper[i] - added);
        }
    }
}

/* Add the products of one tap and two filters. In C the compiler of Xtensa would move the loads of
 * all taps to the front, for which it has no registers. */
static inline __attribute__((always_inline)) void engine_add_two(int32_t *sums, int32_t tap,
                                                                 const int8_t *w)
{
#if defined(ENGINE_XTENSA)
    typedef int16_t __attribute__((may_alias)) two_bytes;
    int32_t first, second;
    __asm__ volatile(
        "l16si %[a], %[both]\n\t"
        "srai %[b], %[a], 8\n\t"
        "slli %[a], %[a], 24\n\t"
        "srai %[a], %[a], 24\n\t"
        "mull %[b], %[b], %[tap]\n\t"
        "add %[sum1], %[sum1], %[b]\n\t"
        "mull %[a], %[a], %[tap]\n\t"
        "add %[sum0], %[sum0], %[a]"
        : [sum0] "+r"(sums[0]), [sum1] "+r"(sums[1]), [a] "=&r"(first), [b] "=&r"(second)
        : [tap] "r"(tap), [both] "m"(*(const two_bytes *)(const void *)w));
#else
    sums[0] += tap * w[0];
    sums[1] += tap * w[1];
#endif
}

/* Add the products of one tap and four filters. */
static inline __attribute__((always_inline)) void engine_add_tap(int32_t *sums, int32_t tap,
                                                                 const int8_t *w)
{
    engine_add_two(sums, tap, w);
    engine_add_two(sums + 2, tap, w + 4);
    ENGINE_BARRIER();
}

/* The body of engine_dot_block() for a pixel with int16 or int8 taps. */
#define ENGINE_DOT_1(sums, x, last, weights)                                                       \
    int32_t four[ENGINE_BLOCK] = {sums[0], sums[1], sums[2], sums[3]};                             \
    do {                                                                                           \
        engine_add_tap(four, x[0], weights);                                                       \
        engine_add_tap(four, x[2], weights + 2);                                                   \
        engine_add_tap(four, x[1], weights + 8);                                                   \
        engine_add_tap(four, x[3], weights + 10);                                                  \
        x += ENGINE_GROUP;                                                                         \
        weights += ENGINE_GROUP * ENGINE_BLOCK;                                                    \
    } while (x != last);                                                                           \
    memcpy(sums, four, sizeof four)

static __attribute__((noinline)) void engine_dot_1(int32_t *sums, const engine_tap *x,
                                                   const engine_tap *const *end,
                                                   const int8_t *weights)
{
    const engine_tap *const last = *end;
    ENGINE_DOT_1(sums, x, last, weights);
}

#define engine_dot_bytes engine_dot_bytes
static inline void engine_dot_bytes(int32_t *sums, const int8_t *x, const int8_t *weights,
                                    size_t groups)
{
    const int8_t *const last = x + groups * ENGINE_GROUP;
    ENGINE_DOT_1(sums, x, last, weights);
}

static inline void engine_dot_bytes_pair(int32_t *sums, const int8_t *x, const int8_t *weights,
                                         size_t stride, size_t groups)
{
    for (groups *= 2; groups > 0; groups--) { /* taps 0 and 2, then 1 and 3 */
        for (int i = 0; i < 2; i++) {
            sums[0] += x[2 * i] * weights[2 * i];
            sums[1] += x[2 * i] * weights[2 * i + 1];
        }
        x += (groups & 1) == 0 ? 1 : ENGINE_GROUP - 1;
        weights += stride / 2;
    }
}

#endif
