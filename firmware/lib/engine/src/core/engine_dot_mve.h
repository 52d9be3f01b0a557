/* The vectors of 128 bits of Armv8.1-M (Helium). See engine_dot.h. */
#ifndef ENGINE_DOT_MVE_H
#define ENGINE_DOT_MVE_H

#include <arm_mve.h>
#include <stdint.h>

#include "core/engine_bytes.h"

/* engine_requantize() of four sums. */
static inline int32x4_t engine_requantize_4(int32x4_t sums, int32x4_t multipliers, int32x4_t shifts)
{
    const int32x4_t none = vdupq_n_s32(0);
    const int32x4_t right = vminq_s32(shifts, none);
    const int32x4_t q = vqrdmulhq_s32(vshlq_s32(sums, vmaxq_s32(shifts, none)), multipliers);
    /* Halves away from zero: where there is a shift, those below zero lose 1 first. */
    return vrshlq_s32(vaddq_s32(q, vshrq_n_s32(vandq_s32(q, right), 31)), right);
}

/* The same where all shifts are below 0. */
static inline int32x4_t engine_scale_down_4(int32x4_t sums, int32x4_t multipliers, int32x4_t shifts)
{
    const int32x4_t q = vqrdmulhq_s32(sums, multipliers);
    return vrshlq_s32(vaddq_s32(q, vshrq_n_s32(q, 31)), shifts);
}

/* Return 1 where the four shifts are below 0. */
static inline int engine_shifts_down(const int8_t *shifts)
{
    return (~engine_load_4(shifts) & 0x80808080u) == 0;
}

/* Return four outputs, within min..max. */
static inline int32x4_t engine_outputs_4(int32x4_t sums, int32x4_t multipliers, int32x4_t shifts,
                                         int32_t offset, int32_t min, int32_t max)
{
    const int32x4_t q = vaddq_n_s32(engine_requantize_4(sums, multipliers, shifts), offset);
    return vminq_s32(vmaxq_s32(q, vdupq_n_s32(min)), vdupq_n_s32(max));
}

static inline __attribute__((always_inline)) void engine_copy_16(int8_t *to, const int8_t *from)
{
    vstrbq_s8(to, vldrbq_s8(from));
}

#endif
