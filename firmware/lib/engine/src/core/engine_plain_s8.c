#include "core/engine_plain_s8.h"

#include "core/engine_mve.h"

#if defined(ENGINE_MVE)
#define LANES 16
#define FILTERS 4 /* that read a window together */

/* The sums of four filters over one window. */
static inline int32x4_t sums_of_4(const int8_t *x, const int8_t *w0, size_t taps)
{
    const int8_t *w1 = w0 + taps;
    const int8_t *w2 = w1 + taps;
    const int8_t *w3 = w2 + taps;
    int32_t sum0 = 0, sum1 = 0, sum2 = 0, sum3 = 0;
    const size_t left = taps % LANES;
    if (taps >= LANES) {
        /* The compiler would neither load and step at once nor find even registers by itself. */
        register size_t turns __asm__("lr") = taps / LANES;
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
    const int32_t sums[FILTERS] = {sum0, sum1, sum2, sum3};
    return vldrwq_s32(sums);
}

static void outputs_of_4(int8_t *to, const engine_plain *f, const int8_t *windows, int pixels,
                         const int8_t *weights, const int32_t *bias, const engine_rescale *r)
{
    int32x4_t best = sums_of_4(windows, weights, f->taps);
    while (--pixels > 0) {
        windows += f->taps;
        best = vmaxq_s32(best, sums_of_4(windows, weights, f->taps));
    }
    vstrbq_s32(to, engine_outputs_4(vaddq_s32(best, vldrwq_s32(bias)), vldrwq_s32(r->multipliers),
                                    vldrbq_s32(r->shifts), r->offset, r->min, r->max));
}
#endif

static int32_t sum_of_one(const int8_t *x, const int8_t *w, size_t taps)
{
    int32_t sum = 0;
    for (; taps > 0; taps--) {
        sum += *x++ * engine_flash_i8(w++);
    }
    return sum;
}

void engine_plain_s8(const engine_plain *filters, const int8_t *windows, int pixels, int8_t *output)
{
    const engine_plain *f = filters;
    const size_t taps = f->taps;
    const int8_t *weights = f->weights;
    const int32_t *bias = f->bias;
    engine_rescale rescale = f->rescale;
    size_t left = f->count;
#if defined(ENGINE_MVE)
    for (; left >= FILTERS; left -= FILTERS) {
        outputs_of_4(output, f, windows, pixels, weights, bias, &rescale);
        output += FILTERS;
        weights += FILTERS * taps;
        bias += FILTERS;
        rescale.multipliers += FILTERS * rescale.step;
        rescale.shifts += FILTERS * rescale.step;
    }
#endif
    for (; left > 0; left--) {
        int32_t best = sum_of_one(windows, weights, taps);
        for (int p = 1; p < pixels; p++) {
            const int32_t sum = sum_of_one(windows + (size_t)p * taps, weights, taps);
            best = sum > best ? sum : best;
        }
        *output++ = engine_next_output_s8(best + engine_flash_i32(bias++), &rescale);
        weights += taps;
    }
}
