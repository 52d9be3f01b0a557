#include "engine_kernels_s8.h"

#include <stddef.h>

#include "engine_flash.h"
#include "core/engine_dot.h"
#include "core/engine_output_s8.h"

#if ENGINE_CHANNELS == 4
static void engine_channel_outputs(int8_t *to, const engine_channel_taps *t, const int8_t *x,
                                   const int8_t *w, const int32_t *bias, const engine_rescale *r)
{
    engine_rescale rescale = *r;
    int32_t sums[ENGINE_CHANNELS] = {bias[0], bias[1], bias[2], bias[3]};
    engine_add_channels(sums, t, x, w);
    engine_block_outputs_s8(to, 0, 1, sums, &rescale);
    engine_clamp_outputs_s8(to, ENGINE_CHANNELS, &rescale);
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
#if ENGINE_CHANNELS > 0
            if (multiplier == 1 && cols.count > 0) {
                const size_t columns = (size_t)cols.count;
                const engine_channel_taps t = {rows.count,
                                               cols.count,
                                               x_tap,
                                               out_c,
                                               x_row - columns * x_tap,
                                               w_row - columns * out_c,
                                               p.input_offset};
#if ENGINE_CHANNELS == 8
                const size_t whole = out_c / ENGINE_CHANNELS * ENGINE_CHANNELS;
                engine_channels_outputs(output, &t, window, filter, bias, &rescale, whole);
                rescale.multipliers += whole;
                rescale.shifts += whole;
                output += whole;
                window += whole;
                filter += whole;
                oc = (int)whole;
#else
                for (; oc + ENGINE_CHANNELS <= g->out_c; oc += ENGINE_CHANNELS) {
                    engine_channel_outputs(output, &t, window, filter, bias + oc, &rescale);
                    rescale.multipliers += ENGINE_CHANNELS;
                    rescale.shifts += ENGINE_CHANNELS;
                    output += ENGINE_CHANNELS;
                    window += ENGINE_CHANNELS;
                    filter += ENGINE_CHANNELS;
                }
#endif
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
