#include "core/engine_clamp_f32.h"
#include "engine_flash.h"
#include "core/engine_row_hybrid.h"

void engine_depthwise_hybrid(const engine_conv_hybrid_params *params, const int8_t *input,
                             const int8_t *weights, const float *bias, const float *scales,
                             float *output)
{
    engine_conv_hybrid_params p;
    engine_flash_copy(&p, params, sizeof p);
    const engine_window *g = &p.window;
    const size_t in_c = (size_t)g->in_c;
    const size_t out_c = (size_t)g->out_c;
    const size_t in_row = (size_t)g->in_w * in_c;
    const size_t x_row = (size_t)g->dilation_h * in_row;
    const size_t x_tap = (size_t)g->dilation_w * in_c;
    const size_t w_row = (size_t)g->kernel_w * out_c;
    const int multiplier = g->out_c / g->in_c;
    const engine_row_tail tail = engine_row_read(input, (size_t)g->in_h * in_row);
    const int zero_point = (int)tail.zero_point;

    for (int oy = 0; oy < g->out_h; oy++) {
        const engine_taps rows =
            engine_clip(oy * g->stride_h - g->pad_top, g->in_h, g->kernel_h, g->dilation_h);
        for (int ox = 0; ox < g->out_w; ox++) {
            const engine_taps cols =
                engine_clip(ox * g->stride_w - g->pad_left, g->in_w, g->kernel_w, g->dilation_w);
            const int8_t *window = input + (size_t)rows.start * in_row + (size_t)cols.start * in_c;
            const int8_t *filter =
                weights + (size_t)rows.first * w_row + (size_t)cols.first * out_c;
            int siblings = multiplier;

            for (int oc = 0; oc < g->out_c; oc++) {
                int32_t sum = 0;
                const int8_t *x = window;
                const int8_t *w = filter;
                for (int ky = rows.count; ky > 0; ky--) {
                    const int8_t *xr = x;
                    const int8_t *wr = w;
                    for (int kx = cols.count; kx > 0; kx--) {
                        sum += (*xr - zero_point) * engine_flash_i8(wr);
                        xr += x_tap;
                        wr += out_c;
                    }
                    x += x_row;
                    w += w_row;
                }
                const float scale =
                    engine_flash_f32(scales + (p.per_channel ? oc : 0)) * tail.scale;
                *output++ = engine_clamp_f32((float)sum * scale + engine_flash_f32(bias + oc),
                                             p.activation_min, p.activation_max);
                filter++;
                if (--siblings == 0) {
                    siblings = multiplier;
                    window++;
                }
            }
        }
    }
}
