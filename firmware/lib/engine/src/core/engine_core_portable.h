/* Constants and arithmetic of a core: the contracts, and C for every core; see engine_core.h. */
#ifndef ENGINE_CORE_PORTABLE_H
#define ENGINE_CORE_PORTABLE_H

#include <stdint.h>

/* Bytes of an engine_tap: 1, or 2 where taps are multiplied as int16. */
#if !defined(ENGINE_TAP_BYTES)
#define ENGINE_TAP_BYTES 1
#endif

/* Windows that are computed together, so that weights are read once for all of them: 1 or 2. */
#if !defined(ENGINE_PIXELS)
#define ENGINE_PIXELS 2
#endif

/* Most taps of the windows in scratch memory. */
#if !defined(ENGINE_WINDOW_TAPS)
#define ENGINE_WINDOW_TAPS 1280
#endif

/* Filters (in sparse layers: windows) that are computed together: 4, or 1 where registers are too
 * few. With 1 ENGINE_PIXELS is 1 and dense int8 layers are computed by pairs of filters. */
#if !defined(ENGINE_FILTERS)
#define ENGINE_FILTERS 4
#endif

/* 1: engine_dot_block() takes packed weights, and blocks that are not packed are computed by pairs
 * of filters. */
#if !defined(ENGINE_PACKED)
#define ENGINE_PACKED 0
#endif

/* 1: there is engine_half_s8(), because saturating takes one instruction:
 *
 *     int32_t engine_half_s8(int32_t x)    x / 2 rounded down, saturated to -128..127
 *
 * Outputs are then saturated first, and clamped in a second pass where the activation needs it. */
#if !defined(ENGINE_SATURATES)
#define ENGINE_SATURATES 0
#endif

/* 1: four 16x16->32 products take less time than a 32x32->64 one. A build may set it. */
#if !defined(ENGINE_NARROW_MULTIPLY)
#define ENGINE_NARROW_MULTIPLY 0
#endif

/* 1: kernels call one copy of engine_requantize() (engine_requantize.c) to save flash. */
#if !defined(ENGINE_SHARES_ARITHMETIC)
#define ENGINE_SHARES_ARITHMETIC 0
#endif

/* 1: instructions take four int8 of a word, or two pairs of int16, at once. There are
 *
 *     uint32_t engine_max_4(uint32_t a, uint32_t b)                 the greater of each two int8
 *     uint32_t engine_clamp_4(uint32_t x, int32_t min, int32_t max) four int8 clamped
 *     engine_pair ENGINE_PAIR(value)                                an int16 twice
 *     engine_quad                                                   four int16
 *     engine_quad engine_quad_s16(const int16_t *x)                 x[0..3]
 *     engine_quad engine_quad_s8_less(const int8_t *x, engine_pair zeros)
 *                                                                   x[0..3], less zeros
 *     int32_t engine_dot_quad(int32_t sum, engine_quad x, const int8_t *weights)
 *                                                   sum and the products with weights[0..3] */
#if !defined(ENGINE_QUADS)
#define ENGINE_QUADS 0
#endif

#if ENGINE_TAP_BYTES == 2
typedef int16_t engine_tap;
#else
typedef int8_t engine_tap;
#endif

/* Return engine_high_mul(x, multiplier) of a multiplier of at least 2^30. Twice that is 2^32 too
 * low as an int32_t, hence the addition of x. */
#if !defined(engine_high_mul_twice)
static inline int32_t engine_high_mul_twice(int32_t x, int32_t multiplier)
{
    const int32_t twice = (int32_t)((uint32_t)multiplier << 1);
    const int64_t product = (int64_t)x * twice;
    return x + (int32_t)(product >> 32) + (int32_t)((uint32_t)product >> 31);
}
#endif

#endif
