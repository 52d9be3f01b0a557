/* The vectors of 128 bits of Armv8.1-M (Helium). See engine_dot.h. */
#ifndef ENGINE_DOT_MVE_H
#define ENGINE_DOT_MVE_H

#include <arm_mve.h>
#include <stddef.h>
#include <stdint.h>

#include "core/engine_blocks_s8.h"
#include "engine_core.h"

/* engine_requantize() of four sums. */
static inline int32x4_t engine_requantize_4(int32x4_t sums, int32x4_t multipliers, int32x4_t shifts)
{
    const int32x4_t none = vdupq_n_s32(0);
    const int32x4_t right = vminq_s32(shifts, none);
    const int32x4_t q = vqrdmulhq_s32(vshlq_s32(sums, vmaxq_s32(shifts, none)), multipliers);
    /* Halves away from zero: where there is a shift, those below zero lose 1 first. */
    return vrshlq_s32(vaddq_s32(q, vshrq_n_s32(vandq_s32(q, right), 31)), right);
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

#define ENGINE_LANES 16

/* Return the sums of four filters over one window. */
static inline int32x4_t engine_plain_sums(const int8_t *x, const int8_t *w0, size_t taps)
{
    const int8_t *w1 = w0 + taps;
    const int8_t *w2 = w1 + taps;
    const int8_t *w3 = w2 + taps;
    int32_t sum0 = 0, sum1 = 0, sum2 = 0, sum3 = 0;
    const size_t left = taps % ENGINE_LANES;
    if (taps >= ENGINE_LANES) {
        /* The compiler would neither load and step at once nor find even registers by itself. */
        register size_t turns __asm__("lr") = taps / ENGINE_LANES;
        __asm__ volatile("1:\n\t"
                         "vldrb.8 q0, [%[x]], #16\n\t"
                         "vldrb.8 q1, [%[w0]], #16\n\t"
                         "vmladava.s8 %[sum0], q0, q1\n\t"
                         "vldrb.8 q2, [%[w1]], #16\n\t"
                         "vmladava.s8 %[sum1], q0, q2\n\t"
                         "vldrb.8 q3, [%[w2]], #16\n\t"
                         "vmladava.s8 %[sum2], q0, q3\n\t"
                         "vldrb.8 q1, [%[w3]], #16\n\t"
                         "vmladava.s8 %[sum3], q0, q1\n\t"
                         "le lr, 1b\n\t"
                         : [sum0] "+Te"(sum0), [sum1] "+Te"(sum1), [sum2] "+Te"(sum2),
                           [sum3] "+Te"(sum3), [x] "+r"(x), [w0] "+r"(w0), [w1] "+r"(w1),
                           [w2] "+r"(w2), [w3] "+r"(w3), [turns] "+r"(turns)
                         :
                         : "q0", "q1", "q2", "q3", "memory");
    }
    if (left > 0) {
        const mve_pred16_t inside = vctp8q((uint32_t)left);
        const int8x16_t lanes = vldrbq_z_s8(x, inside);
        sum0 = vmladavaq_s8(sum0, lanes, vldrbq_z_s8(w0, inside));
        sum1 = vmladavaq_s8(sum1, lanes, vldrbq_z_s8(w1, inside));
        sum2 = vmladavaq_s8(sum2, lanes, vldrbq_z_s8(w2, inside));
        sum3 = vmladavaq_s8(sum3, lanes, vldrbq_z_s8(w3, inside));
    }
    const int32_t sums[ENGINE_PLAIN_FILTERS] = {sum0, sum1, sum2, sum3};
    return vldrwq_s32(sums);
}

static inline void engine_plain_outputs(int8_t *to, const engine_plain *f, const int8_t *windows,
                                        int pixels, const int8_t *weights, const int32_t *bias,
                                        const engine_rescale *r)
{
    int32x4_t best = engine_plain_sums(windows, weights, f->taps);
    while (--pixels > 0) {
        windows += f->taps;
        best = vmaxq_s32(best, engine_plain_sums(windows, weights, f->taps));
    }
    vstrbq_s32(to, engine_outputs_4(vaddq_s32(best, vldrwq_s32(bias)), vldrwq_s32(r->multipliers),
                                    vldrbq_s32(r->shifts), r->offset, r->min, r->max));
}

#endif
