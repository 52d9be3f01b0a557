/* From an int32 accumulator to an int8 output: rescaled, shifted to the zero point, clamped. */
#ifndef ENGINE_OUTPUT_S8_H
#define ENGINE_OUTPUT_S8_H

#include <stddef.h>
#include <stdint.h>

#include "engine_dsp.h"
#include "engine_flash.h"
#include "engine_requantize.h"

#if !defined(ENGINE_NARROW_MULTIPLY)
/* engine_high_mul(x, multiplier) of a multiplier of at least 2^30: twice that is 2^32 too low as an
 * int32_t, hence the addition of x. */
static inline int32_t engine_high_mul_twice(int32_t x, int32_t multiplier)
{
    const int32_t twice = (int32_t)((uint32_t)multiplier << 1);
#if defined(ENGINE_DSP)
    int32_t product;
    __asm__("smmlar %0, %1, %2, %1" : "=r"(product) : "r"(x), "r"(twice));
    return product;
#else
    return x + (int32_t)(((int64_t)x * twice + 0x80000000) >> 32);
#endif
}
#endif

/* engine_requantize() of shift < 0, where multipliers are at least 2^30. */
static inline int32_t engine_scale_down(int32_t x, int32_t multiplier, int shift)
{
#if defined(ENGINE_NARROW_MULTIPLY)
    return engine_requantize(x, multiplier, shift);
#else
    /* Halves away from zero: those below it are pushed under the half first. */
    int32_t q = engine_high_mul_twice(x, multiplier);
    q = (q + (q >> 31)) >> ~shift;
    return (q + 1) >> 1;
#endif
}

#if defined(ENGINE_DSP)
/* An output within -128..127 of shift = -1 - places; `offset` is twice the zero point plus one. */
static inline int32_t engine_narrow(int32_t sum, int32_t multiplier, uint32_t places,
                                    int32_t offset)
{
    int32_t q = engine_high_mul_twice(sum, multiplier);
    q = ((q + (q >> 31)) >> places) + offset;
    __asm__("ssat %0, #8, %1, asr #1" : "=r"(q) : "r"(q));
    return q;
}
#endif

/* How the sums of consecutive channels become outputs. `step` 1: each channel has its multiplier
 * and shift; 0: all have one, which is there ENGINE_BLOCK times but on AVR. */
typedef struct {
    const int32_t *multipliers;
    const int8_t *shifts;
    size_t step;
    int32_t offset, min, max;
} engine_rescale;

static inline int8_t engine_output_s8(int32_t sum, int32_t multiplier, int shift,
                                      const engine_rescale *r)
{
    int32_t q = shift < 0 ? engine_scale_down(sum, multiplier, shift)
                          : engine_requantize(sum, multiplier, shift);
    q += r->offset;
    q = q < r->min ? r->min : q;
    return (int8_t)(q > r->max ? r->max : q);
}

/* The output of the next channel. */
static inline int8_t engine_next_output_s8(int32_t sum, engine_rescale *r)
{
    const int32_t multiplier = engine_flash_i32(r->multipliers);
    const int shift = engine_flash_i8(r->shifts);
    r->multipliers += r->step;
    r->shifts += r->step;
    return engine_output_s8(sum, multiplier, shift, r);
}

/* Writes the outputs of the next four channels; returns where the following go. Not inlined:
 * kernels have no registers left for it. */
static __attribute__((noinline, unused)) int8_t *
engine_block_outputs_s8(int8_t *to, const int32_t *sums, engine_rescale *r)
{
#if defined(ENGINE_DSP)
    const uint32_t shifts = engine_load_4(r->shifts);
    if ((shifts & 0x80808080u) == 0x80808080u) {
        const int32_t *m = r->multipliers;
        const uint32_t places = ~shifts;
        const int32_t offset = 2 * r->offset + 1;
        const uint32_t word =
            (uint32_t)(uint8_t)engine_narrow(sums[0], m[0], places & 0xff, offset) |
            (uint32_t)(uint8_t)engine_narrow(sums[1], m[1], places >> 8 & 0xff, offset) << 8 |
            (uint32_t)(uint8_t)engine_narrow(sums[2], m[2], places >> 16 & 0xff, offset) << 16 |
            (uint32_t)engine_narrow(sums[3], m[3], places >> 24, offset) << 24;
        engine_store_4(to, engine_clamp_4(word, r->min, r->max));
        r->multipliers += 4 * r->step;
        r->shifts += 4 * r->step;
        return to + 4;
    }
#endif
    for (int i = 0; i < 4; i++) {
        *to++ = engine_next_output_s8(sums[i], r);
    }
    return to;
}

#endif
