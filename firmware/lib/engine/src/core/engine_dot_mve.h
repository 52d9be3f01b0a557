/* The vectors of 128 bits of Armv8.1-M (Helium). See engine_dot.h. */
#ifndef ENGINE_DOT_MVE_H
#define ENGINE_DOT_MVE_H

#include <arm_mve.h>
#include <stddef.h>
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

/* Return four values whose low bytes are those of x saturated to int8. */
static inline int32x4_t engine_saturated_4(int32x4_t x)
{
    const int16x8_t halves = vqmovnbq_s32((int16x8_t)x, x); /* in place: no register is copied */
    return (int32x4_t)vqmovnbq_s16((int8x16_t)halves, halves);
}

/* Return four outputs, within min..max. */
static inline int32x4_t engine_outputs_4(int32x4_t sums, int32x4_t multipliers, int32x4_t shifts,
                                         int32_t offset, int32_t min, int32_t max)
{
    const int32x4_t q = vaddq_n_s32(engine_requantize_4(sums, multipliers, shifts), offset);
    return vminq_s32(vmaxq_s32(q, vdupq_n_s32(min)), vdupq_n_s32(max));
}

static inline void engine_copy_rows(int8_t *to, size_t pitch, const int8_t *x, size_t x_pitch,
                                    int rows, size_t count)
{
    if (count <= 16) {
        const mve_pred16_t inside = vctp8q((uint32_t)count);
        for (; rows > 0; rows--) {
            vstrbq_p_s8(to, vldrbq_z_s8(x, inside), inside);
            to += pitch;
            x += x_pitch;
        }
        return;
    }
    for (; rows > 0; rows--) {
        int8_t *t = to;
        const int8_t *from = x;
        register size_t left __asm__("lr") = count;
        __asm__ volatile("dlstp.8 lr, lr\n\t"
                         "1:\n\t"
                         "vldrb.8 q0, [%[from]], #16\n\t"
                         "vstrb.8 q0, [%[t]], #16\n\t"
                         "letp lr, 1b\n\t"
                         : [from] "+r"(from), [t] "+r"(t), "+r"(left)
                         :
                         : "q0", "memory");
        to += pitch;
        x += x_pitch;
    }
}

static inline void engine_fill(int8_t *to, int8_t value, size_t count)
{
    const int8x16_t values = vdupq_n_s8(value);
    register size_t left __asm__("lr") = count;
    __asm__ volatile("dlstp.8 lr, lr\n\t"
                     "1:\n\t"
                     "vstrb.8 %q[values], [%[to]], #16\n\t"
                     "letp lr, 1b\n\t"
                     : [to] "+r"(to), "+r"(left)
                     : [values] "w"(values)
                     : "memory");
}

#endif
