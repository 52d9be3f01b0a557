#include "engine_kernels_s8.h"

#include <stddef.h>

#include "engine_flash.h"
#include "core/engine_mve.h"
#include "core/engine_output_s8.h"

#if defined(ENGINE_MVE) || defined(ENGINE_DSP)
/* The taps of one window; the skips lead from the last of a row to the first of the next. */
typedef struct {
    int rows, columns;
    size_t x_tap, w_tap, x_skip, w_skip;
    int32_t offset;
} taps;
#endif

#if defined(ENGINE_MVE)
#define CHANNELS 8 /* that are computed together */

/* The outputs of eight neighbouring channels, each with a filter of its own: even and odd ones
 * apart, as products of 16 bits widen. */
static void add_channels(int8_t *to, const taps *t, const int8_t *x, const int8_t *w,
                         const int32_t *bias, const engine_rescale *r)
{
    const int32x4x2_t first = vld2q_s32(bias);
    int32x4_t even = first.val[0];
    int32x4_t odd = first.val[1];
    const int16_t offset = (int16_t)t->offset;
    for (int row = t->rows; row > 0; row--) {
        for (int i = t->columns; i > 0; i--) {
            const int16x8_t inputs = vaddq_n_s16(vldrbq_s16(x), offset);
            const int16x8_t weights = vldrbq_s16(w);
            even = vaddq_s32(even, vmullbq_int_s16(inputs, weights));
            odd = vaddq_s32(odd, vmulltq_int_s16(inputs, weights));
            x += t->x_tap;
            w += t->w_tap;
        }
        x += t->x_skip;
        w += t->w_skip;
    }
    const int32x4x2_t multipliers = vld2q_s32(r->multipliers);
    const int16x8_t shifts = vldrbq_s16(r->shifts);
    even =
        engine_outputs_4(even, multipliers.val[0], vmovlbq_s16(shifts), r->offset, r->min, r->max);
    odd = engine_outputs_4(odd, multipliers.val[1], vmovltq_s16(shifts), r->offset, r->min, r->max);
    vstrbq_s16(to, vmovntq_s32(vmovnbq_s32(vdupq_n_s16(0), even), odd));
}

#elif defined(ENGINE_DSP)
#define CHANNELS 4

/* Adds the taps of four neighbouring channels, each with a filter of its own. On its own so that
 * all sums and addresses stay in registers. */
static __attribute__((noinline)) void add_4_channels(int32_t *sums, const taps *t, const int8_t *x,
                                                     const int8_t *w)
{
    const int16x2_t offsets = (int16x2_t)((uint16_t)t->offset * 0x10001u);
    const size_t x_tap = t->x_tap;
    const size_t w_tap = t->w_tap;
    int32_t sum0 = sums[0], sum1 = sums[1], sum2 = sums[2], sum3 = sums[3];
    for (int row = t->rows; row > 0; row--) {
        for (int i = t->columns; i > 0; i--) {
            const uint32_t inputs = engine_load_4(x);
            const uint32_t weights = engine_load_4(w);
            const int16x2_t x02 = __sxtab16(offsets, (int8x4_t)inputs);
            const int16x2_t x13 = engine_add_odd_bytes(offsets, inputs);
            const int16x2_t w02 = __sxtb16((int8x4_t)weights);
            const int16x2_t w13 = engine_odd_bytes(weights);
            sum0 = __smlabb(x02, w02, sum0);
            sum1 = __smlabb(x13, w13, sum1);
            sum2 = __smlatt(x02, w02, sum2);
            sum3 = __smlatt(x13, w13, sum3);
            x += x_tap;
            w += w_tap;
        }
        x += t->x_skip;
        w += t->w_skip;
    }
    sums[0] = sum0;
    sums[1] = sum1;
    sums[2] = sum2;
    sums[3] = sum3;
}

static void add_channels(int8_t *to, const taps *t, const int8_t *x, const int8_t *w,
                         const int32_t *bias, const engine_rescale *r)
{
    engine_rescale rescale = *r;
    int32_t sums[CHANNELS] = {bias[0], bias[1], bias[2], bias[3]};
    add_4_channels(sums, t, x, w);
    engine_block_outputs_s8(to, 0, 1, sums, &rescale);
    engine_clamp_outputs_s8(to, CHANNELS, &rescale);
}
#endif

void engine_depthwise_s8(const engine_conv_s8_params *params, const int8_t *input,
                         const int8_t *weights, const int32_t *bias, const int32_t *multipliers,
                         const int8_t *shifts, int8_t *output)
{
    engine_conv_s8_params p;
    engine_flash_copy(&p, params, sizeof p);
    const engine_window *g = &p.window;
    const size_t in_c = (size_t)g->in_c;
    const size_t out_c = (size_t)g->out_c;
    const size_t in_row = (size_t)g->in_w * in_c;
    const size_t x_row = (size_t)g->dilation_h * in_row;
    const size_t x_tap = (size_t)g->dilation_w * in_c;
    const size_t w_row = (size_t)g->kernel_w * out_c;
    const int multiplier = g->out_c / g->in_c;
    for (int oy = 0; oy < g->out_h; oy++) {
        const engine_taps rows =
            engine_clip(oy * g->stride_h - g->pad_top, g->in_h, g->kernel_h, g->dilation_h);
        for (int ox = 0; ox < g->out_w; ox++) {
            const engine_taps cols =
                engine_clip(ox * g->stride_w - g->pad_left, g->in_w, g->kernel_w, g->dilation_w);
            const int8_t *window = input + (size_t)rows.start * in_row + (size_t)cols.start * in_c;
            const int8_t *filter =
                weights + (size_t)rows.first * w_row + (size_t)cols.first * out_c;
            engine_rescale rescale = {
                multipliers, shifts, 1, p.output_offset, p.activation_min, p.activation_max,
            };
            int siblings = multiplier;
            int oc = 0;
#if defined(CHANNELS)
            if (multiplier == 1 && cols.count > 0) {
                const size_t columns = (size_t)cols.count;
                const taps t = {rows.count,
                                cols.count,
                                x_tap,
                                out_c,
                                x_row - columns * x_tap,
                                w_row - columns * out_c,
                                p.input_offset};
                for (; oc + CHANNELS <= g->out_c; oc += CHANNELS) {
                    add_channels(output, &t, window, filter, bias + oc, &rescale);
                    rescale.multipliers += CHANNELS;
                    rescale.shifts += CHANNELS;
                    output += CHANNELS;
                    window += CHANNELS;
                    filter += CHANNELS;
                }
            }
#endif
            for (; oc < g->out_c; oc++) {
                int32_t acc = engine_flash_i32(bias + oc);
                const int8_t *x = window;
                const int8_t *w = filter;
                for (int ky = 0; ky < rows.count; ky++) {
                    const int8_t *xr = x;
                    const int8_t *wr = w;
                    for (int kx = cols.count; kx > 0; kx--) {
                        acc += (*xr + p.input_offset) * engine_flash_i8(wr);
                        xr += x_tap;
                        wr += out_c;
                    }
                    x += x_row;
                    w += w_row;
                }
                *output++ = engine_next_output_s8(acc, &rescale);
                filter++;
                if (--siblings == 0) {
                    siblings = multiplier;
                    window++;
                }
            }
        }
    }
}
