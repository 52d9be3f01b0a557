/* Rescaling and dot products of dense int8 layers: the contracts, and C for every core. See
 * engine_dot.h.
 *
 * Windows are taps in the form in which the core multiplies them. Those of one or two pixels lie
 * group by group, in a group one pixel after the other; `step` is the distance of groups in taps,
 * ENGINE_GROUP times the number of pixels. Weights are blocks in flash (engine_kernels_s8.h,
 * "Blocks"). Sums are int32 and codegen has checked that they do not overflow. */
#ifndef ENGINE_DOT_PORTABLE_H
#define ENGINE_DOT_PORTABLE_H

#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "core/engine_blocks_s8.h"
#include "core/engine_bytes.h"
#include "engine_core.h"

/* Return engine_high_mul(x, multiplier) of a multiplier of at least 2^30. Twice that is 2^32 too
 * low as an int32_t, hence the addition of x. */
#if !defined(engine_high_mul_twice)
static inline int32_t engine_high_mul_twice(int32_t x, int32_t multiplier)
{
#if ENGINE_NO_HIGH_PRODUCT
    const uint16_t low = (uint16_t)x;
    const uint16_t factor = (uint16_t)multiplier;
    const uint16_t upper_factor = (uint16_t)((uint32_t)multiplier >> 16);
    const int32_t upper = x >> 16;
    const int32_t mid = upper * factor;
    const uint32_t rest = (uint32_t)low * upper_factor + ((uint32_t)low * factor >> 16) + 0x4000;
    const uint32_t half = (uint32_t)(uint16_t)mid + (uint16_t)rest;
    const int32_t top = upper * upper_factor + (mid >> 16) + (int32_t)(rest >> 16);
    return (int32_t)(((uint32_t)top << 1) + (half >> 15));
#else
    const int32_t twice = (int32_t)((uint32_t)multiplier << 1);
    const int64_t product = (int64_t)x * twice;
    return x + (int32_t)(product >> 32) + (int32_t)((uint32_t)product >> 31);
#endif
}
#endif

/* Functions that a core has only where a constant of engine_core.h says so.
 *
 * With ENGINE_SATURATES:
 *
 *     int32_t engine_half_s8(int32_t x)    x / 2 rounded down, saturated to -128..127
 *
 * With ENGINE_QUADS:
 *
 *     uint32_t engine_max_4(uint32_t a, uint32_t b)    the greater of each two int8
 *     uint32_t engine_clamp_4(uint32_t x, int32_t min, int32_t max)    four int8 clamped
 *     engine_pair ENGINE_PAIR(value)       an int16 twice
 *     engine_quad                          four int16
 *     engine_quad engine_quad_s16(const int16_t *x)    x[0..3]
 *     engine_quad engine_quad_s8_less(const int8_t *x, engine_pair zeros)    x[0..3] less zeros
 *     int32_t engine_dot_quad(int32_t sum, engine_quad x, const int8_t *weights)
 *                                          sum and the products of x and weights[0..3]
 *
 * Where ENGINE_COPY_BYTES is 16:
 *
 *     void engine_copy_rows(int8_t *to, size_t pitch, const int8_t *x, size_t x_pitch, int rows,
 *                           size_t count)
 *         Copy rows of `count` bytes, at least one, that are `pitch` and `x_pitch` bytes apart.
 *     void engine_fill(int8_t *to, int8_t value, size_t count)    `count` bytes, at least one
 *
 * Where ENGINE_PLAIN_FILTERS is 4:
 *
 *     void engine_plain_outputs(int8_t *to, const engine_plain *f, const int8_t *windows,
 *                               int pixels, const int8_t *weights, const int32_t *bias,
 *                               const engine_rescale *r)
 *         Write of four filters of f, weights [4][f->taps], the greatest outputs of windows
 *         [pixels][f->taps], at least one; r is that of the first filter.
 *
 * Where ENGINE_PLAIN_WINDOWS is 3:
 *
 *     void engine_plain_blocks(int8_t *to, const engine_plain *f, const int8_t *windows)
 *         Write of all whole blocks of four filters of f the outputs [3][f->count] of windows
 *         [3][f->taps], saturated but not clamped to the activation. */

/* Return the sum of one filter, w [taps] in flash, over one window x [taps]. */
#if !defined(engine_plain_sum)
static inline int32_t engine_plain_sum(const int8_t *x, const int8_t *w, size_t taps)
{
    int32_t sum = 0;
    for (; taps > 0; taps--) {
        sum += *x++ * engine_flash_i8(w++);
    }
    return sum;
}
#endif

/* Distance of the first taps of two pixels in a group. */
#if !defined(ENGINE_PIXEL_TAPS)
#define ENGINE_PIXEL_TAPS (ENGINE_GROUP / ENGINE_TAP_BYTES)
#endif

/* Store a group of four taps, the bytes of x, at `to`. Return where the next group goes. */
#if !defined(engine_store_group)
static inline engine_tap *engine_store_group(engine_tap *to, size_t step, uint32_t x)
{
    memcpy(__builtin_assume_aligned(to, ENGINE_GROUP), &x, ENGINE_GROUP);
    return to + step;
}
#endif

/* Write `count` taps, whole groups, to `to`: first..last - 1 are those at x, the others pad. Return
 * where the next group goes. */
#if !defined(engine_load_taps)
static inline engine_tap *engine_load_taps(engine_tap *to, size_t step, size_t count,
                                           const int8_t *x, size_t first, size_t last, int8_t pad)
{
    const uint32_t pads = (uint8_t)pad * 0x01010101u;
    const engine_tap *end = to + count / ENGINE_GROUP * step;
    size_t left = last - first;
    for (; first >= ENGINE_GROUP && to != end; first -= ENGINE_GROUP) {
        to = engine_store_group(to, step, pads);
    }
    if (first > 0 && left > 0) {
        const size_t part = left < ENGINE_GROUP - first ? left : ENGINE_GROUP - first;
        const uint32_t before = pads >> 8 * (ENGINE_GROUP - first);
        const uint32_t word =
            part < ENGINE_GROUP ? engine_load_some(x, part, pads) : engine_load_4(x);
        to = engine_store_group(to, step, word << 8 * first | before);
        x += part;
        left -= part;
    }
    for (; left >= ENGINE_GROUP; left -= ENGINE_GROUP) {
        to = engine_store_group(to, step, engine_load_4(x));
        x += ENGINE_GROUP;
    }
    if (left > 0) {
        to = engine_store_group(to, step, engine_load_some(x, left, pads));
    }
    while (to != end) {
        to = engine_store_group(to, step, pads);
    }
    return to;
}
#endif

/* Write one run of `taps` taps of ENGINE_PIXELS windows, filled up with zeros to whole groups. x is
 * the first window's run, `second` the distance of the second one's. Return where the next run
 * goes. */
#if !defined(engine_load_runs)
static inline engine_tap *engine_store_groups(engine_tap *to, uint32_t first, uint32_t second)
{
    const size_t step = ENGINE_PIXELS * ENGINE_GROUP;
    engine_store_group(to + ENGINE_PIXEL_TAPS, step, second);
    return engine_store_group(to, step, first);
}

static inline engine_tap *engine_load_runs(engine_tap *to, const int8_t *x, ptrdiff_t second,
                                           size_t taps)
{
    for (size_t groups = taps / ENGINE_GROUP; groups > 0; groups--) {
        to = engine_store_groups(to, engine_load_4(x), engine_load_4(x + second));
        x += ENGINE_GROUP;
    }
    taps %= ENGINE_GROUP;
    if (taps > 0) {
        to = engine_store_groups(to, engine_load_some(x, taps, 0),
                                 engine_load_some(x + second, taps, 0));
    }
    return to;
}
#endif

#if ENGINE_FILTERS > 1
/* The products of 2 or 4 filters and 1 or 2 pixels. */
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

/* Add to sums [2] of two neighbouring filters the products of `groups` groups, at least one, of one
 * pixel. `stride` is the distance of groups in weights, which are not packed. */
#if !defined(engine_dot_pair)
static inline void engine_dot_pair(int32_t *sums, const engine_tap *x, size_t step,
                                   const int8_t *weights, size_t stride, size_t groups)
{
    engine_dot_c(sums, 2, 1, x, step, weights, stride, groups);
}
#endif

/* engine_dot_block() of one pixel, and of two. */
#if !defined(engine_dot_1)
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

/* Add to sums [pixels][ENGINE_BLOCK] the products of a block of four filters and `pixels` pixels, 1
 * or 2, at least one group. The taps are x..*end - 1: the end is passed by address as it stays in
 * memory where registers are few. With ENGINE_PACKED the weights are packed. */
#if !defined(engine_dot_block)
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
#endif

/* engine_dot_block() and engine_dot_pair() of one pixel whose taps are int8 as a layer's input has
 * them: `groups` groups of four neighbours at x. */
#if !defined(engine_dot_bytes)
static inline void engine_dot_bytes(int32_t *sums, const int8_t *x, const int8_t *weights,
                                    size_t groups)
{
    const engine_tap *const end = x + groups * ENGINE_GROUP;
    engine_dot_block(sums, 1, x, &end, weights);
}

static inline void engine_dot_bytes_pair(int32_t *sums, const int8_t *x, const int8_t *weights,
                                         size_t stride, size_t groups)
{
    engine_dot_pair(sums, x, ENGINE_GROUP, weights, stride, groups);
}
#endif

#endif

#endif
