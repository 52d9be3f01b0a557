/* The vectors of 128 bits of Armv8.1-M (Helium). See engine_core.h. */
#ifndef ENGINE_CORE_MVE_H
#define ENGINE_CORE_MVE_H

#include <arm_mve.h>
#include <stdint.h>

/* engine_requantize() of four sums at once. */
static inline int32x4_t engine_requantize_4(int32x4_t sums, int32x4_t multipliers, int32x4_t shifts)
{
    const int32x4_t none = vdupq_n_s32(0);
    const int32x4_t right = vminq_s32(shifts, none);
    const int32x4_t q = vqrdmulhq_s32(vshlq_s32(sums, vmaxq_s32(shifts, none)), multipliers);
    /* Halves away from zero: those below it are pushed under the half first, if there is any. */
    return vrshlq_s32(vaddq_s32(q, vshrq_n_s32(vandq_s32(q, right), 31)), right);
}

/* Four outputs, within min..max. */
static inline int32x4_t engine_outputs_4(int32x4_t sums, int32x4_t multipliers, int32x4_t shifts,
                                         int32_t offset, int32_t min, int32_t max)
{
    const int32x4_t q = vaddq_n_s32(engine_requantize_4(sums, multipliers, shifts), offset);
    return vminq_s32(vmaxq_s32(q, vdupq_n_s32(min)), vdupq_n_s32(max));
}

#endif
