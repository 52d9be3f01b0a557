#include "engine_kernels_f32.h"

#include <stddef.h>

#include "core/engine_clamp_f32.h"
#include "engine_flash.h"

void engine_depthwise_f32(const engine_window_f32_params *params, const float *input,
                          const float *weights, const float *bias, float *output)
{
    engine_window_f32_params p;
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
            const float *window = input + (size_t)rows.start * in_row + (size_t)cols.start * in_c;
            const float *filter = weights + (size_t)rows.first * w_row + (size_t)cols.first * out_c;
            int siblings = multiplier;

            for (int oc = 0; oc < g->out_c; oc++) {
                float sum = 0.0f;
                const float *x = window;
                const float *w = filter;
                for (int ky = 0; ky < rows.count; ky++) {
                    const float *xr = x;
                    const float *wr = w;
                    for (int kx = cols.count; kx > 0; kx--) {
                        sum += *xr * engine_flash_f32(wr);
                        xr += x_tap;
                        wr += out_c;
                    }
                    x += x_row;
                    w += w_row;
                }
                sum += engine_flash_f32(bias + oc);
                *output++ = engine_clamp_f32(sum, p.activation_min, p.activation_max);
                filter++;
                if (--siblings == 0) {
                    siblings = multiplier;
                    window++;
                }
            }
        }
    }
}
