#include "engine_kernels_s16.h"
#include "core/engine_output_s16.h"

void engine_depthwise_s16(const engine_window_s16_params *params, const int16_t *input,
                          const int8_t *weights, const int64_t *bias, const int16_t *multipliers,
                          const int8_t *shifts, int16_t *output)
{
    engine_window_s16_params p;
    engine_flash_copy(&p, params, sizeof p);
    const engine_rescale_s16 rescale = {bias, multipliers, shifts, p.activation_min,
                                        p.activation_max};
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
            const int16_t *window = input + (size_t)rows.start * in_row + (size_t)cols.start * in_c;
            const int8_t *filter =
                weights + (size_t)rows.first * w_row + (size_t)cols.first * out_c;
            int siblings = multiplier;

            for (int oc = 0; oc < g->out_c; oc++) {
                int64_t sum = 0;
                const int16_t *x = window;
                const int8_t *w = filter;
                for (int ky = rows.count; ky > 0; ky--) {
                    const int16_t *xr = x;
                    const int8_t *wr = w;
                    for (int kx = cols.count; kx > 0; kx--) {
                        sum += (int32_t)*xr * engine_flash_i8(wr);
                        xr += x_tap;
                        wr += out_c;
                    }
                    x += x_row;
                    w += w_row;
                }
                *output++ = engine_output_s16(sum, &rescale, (size_t)oc);
                filter++;
                if (--siblings == 0) {
                    siblings = multiplier;
                    window++;
                }
            }
        }
    }
}
