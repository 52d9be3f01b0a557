#include "engine_kernels_s8.h"

#include "engine_dot_s8.h"
#include "engine_flash.h"
#include "engine_requantize.h"

void engine_conv_s8(const engine_conv_s8_params *params, const int8_t *input, const int8_t *weights,
                    const int32_t *bias, const int32_t *multipliers, const int8_t *shifts,
                    int8_t *output)
{
    engine_conv_s8_params p;
    engine_flash_copy(&p, params, sizeof p);
    const engine_window *g = &p.window;
    const size_t in_c = (size_t)g->in_c;
    const size_t in_row = (size_t)g->in_w * in_c;
    const size_t x_row = (size_t)g->dilation_h * in_row;
    const size_t x_tap = (size_t)g->dilation_w * in_c;
    const size_t w_row = (size_t)g->kernel_w * in_c;
    const size_t w_filter = (size_t)g->kernel_h * w_row;

    for (int oy = 0; oy < g->out_h; oy++) {
        const engine_taps rows =
            engine_clip(oy * g->stride_h - g->pad_top, g->in_h, g->kernel_h, g->dilation_h);
        for (int ox = 0; ox < g->out_w; ox++) {
            const engine_taps cols =
                engine_clip(ox * g->stride_w - g->pad_left, g->in_w, g->kernel_w, g->dilation_w);
            const int8_t *window = input + (size_t)rows.start * in_row + (size_t)cols.start * in_c;
            const int8_t *filter = weights + (size_t)rows.first * w_row + (size_t)cols.first * in_c;
            /* Without horizontal dilation the taps of a row are one contiguous run. */
            const int runs = g->dilation_w == 1 ? 1 : cols.count;
            const size_t run = g->dilation_w == 1 ? (size_t)cols.count * in_c : in_c;

            for (int oc = 0; oc < g->out_c; oc++) {
                int32_t acc = engine_flash_i32(bias + oc);
                const int8_t *x = window;
                const int8_t *w = filter;
                for (int ky = 0; ky < rows.count; ky++) {
                    const int8_t *xr = x;
                    const int8_t *wr = w;
                    for (int r = 0; r < runs; r++) {
                        acc += p.input_offset == 0
                                   ? engine_dot_s8(xr, wr, run)
                                   : engine_dot_offset_s8(xr, wr, run, p.input_offset);
                        xr += x_tap;
                        wr += in_c;
                    }
                    x += x_row;
                    w += w_row;
                }
                acc = engine_requantize(acc, engine_flash_i32(multipliers + oc),
                                        engine_flash_i8(shifts + oc));
                *output++ =
                    engine_clamp_s8(acc + p.output_offset, p.activation_min, p.activation_max);
                filter += w_filter;
            }
        }
    }
}
