#include "engine_kernels_f32.h"

#include <stddef.h>

#include "core/engine_clamp_f32.h"
#include "core/engine_dot_f32.h"
#include "engine_flash.h"

/* The part of a window that lies inside the input: rows of runs of contiguous taps. */
typedef struct {
    const float *x;
    int rows, runs;
    size_t run;
    size_t x_row, x_run, w_row, w_run, filter; /* distances */
    float activation_min, activation_max;
} view;

static inline __attribute__((always_inline)) void
some_outputs(const view *v, int filters, const float *weights, const float *bias, float *output)
{
    float sums[ENGINE_FILTERS] = {0.0f};
    const float *x = v->x;
    for (int row = v->rows; row > 0; row--) {
        const float *xr = x;
        const float *wr = weights;
        for (int i = v->runs; i > 0; i--) {
            engine_dot_f32(sums, filters, xr, wr, v->filter, v->run);
            xr += v->x_run;
            wr += v->w_run;
        }
        x += v->x_row;
        weights += v->w_row;
    }
    for (int f = 0; f < filters; f++) {
        output[f] = engine_clamp_f32(sums[f] + engine_flash_f32(bias + f), v->activation_min,
                                     v->activation_max);
    }
}

#if ENGINE_PIXELS_F32 > 1
/* Write the outputs of all whole blocks of filters for windows that are `step` elements apart. */
static void pixels_outputs(const view *v, size_t step, size_t out_c, const float *weights,
                           const float *bias, float *output)
{
    for (size_t left = out_c / ENGINE_FILTERS; left > 0; left--) {
        float sums[ENGINE_PIXELS_F32 * ENGINE_FILTERS] = {0.0f};
        const float *x = v->x;
        const float *w = weights;
        for (int row = v->rows; row > 0; row--) {
            const float *xr = x;
            const float *wr = w;
            for (int i = v->runs; i > 0; i--) {
                engine_dot_f32_pixels(sums, xr, step, wr, v->filter, v->run);
                xr += v->x_run;
                wr += v->w_run;
            }
            x += v->x_row;
            w += v->w_row;
        }
        for (int p = 0; p < ENGINE_PIXELS_F32; p++) {
            engine_lanes_outputs_f32(output + (size_t)p * out_c, sums + p * ENGINE_FILTERS, bias,
                                     v->activation_min, v->activation_max);
        }
        output += ENGINE_FILTERS;
        bias += ENGINE_FILTERS;
        weights += ENGINE_FILTERS * v->filter;
    }
}
#endif

void engine_conv_f32(const engine_window_f32_params *params, const float *input,
                     const float *weights, const float *bias, float *output)
{
    engine_window_f32_params p;
    engine_flash_copy(&p, params, sizeof p);
    const engine_window *g = &p.window;
    const size_t in_c = (size_t)g->in_c;
    const size_t in_row = (size_t)g->in_w * in_c;
    view v = {
        .x_row = (size_t)g->dilation_h * in_row,
        .x_run = (size_t)g->dilation_w * in_c,
        .w_row = (size_t)g->kernel_w * in_c,
        .w_run = in_c,
        .filter = (size_t)g->kernel_h * (size_t)g->kernel_w * in_c,
        .activation_min = p.activation_min,
        .activation_max = p.activation_max,
    };

    for (int oy = 0; oy < g->out_h; oy++) {
        const engine_taps rows =
            engine_clip(oy * g->stride_h - g->pad_top, g->in_h, g->kernel_h, g->dilation_h);
        v.rows = rows.count;
        for (int ox = 0; ox < g->out_w; ox++) {
            const engine_taps cols =
                engine_clip(ox * g->stride_w - g->pad_left, g->in_w, g->kernel_w, g->dilation_w);
            const float *w = weights + (size_t)rows.first * v.w_row + (size_t)cols.first * in_c;
            v.x = input + (size_t)rows.start * in_row + (size_t)cols.start * in_c;
            /* Without horizontal dilation the taps of a row are one contiguous run. */
            v.runs = g->dilation_w == 1 ? 1 : cols.count;
            v.run = g->dilation_w == 1 ? (size_t)cols.count * in_c : in_c;
            int oc = 0;
#if ENGINE_PIXELS_F32 > 1
            const int last = (ox + ENGINE_PIXELS_F32 - 1) * g->stride_w - g->pad_left;
            if (cols.count == g->kernel_w && ox + ENGINE_PIXELS_F32 <= g->out_w &&
                last + (g->kernel_w - 1) * g->dilation_w < g->in_w &&
                g->out_c % ENGINE_FILTERS == 0) {
                pixels_outputs(&v, (size_t)g->stride_w * in_c, (size_t)g->out_c, w, bias, output);
                output += ENGINE_PIXELS_F32 * (size_t)g->out_c;
                ox += ENGINE_PIXELS_F32 - 1;
                continue;
            }
#endif
#if ENGINE_FILTERS > 1
            for (; oc + ENGINE_FILTERS <= g->out_c; oc += ENGINE_FILTERS) {
                some_outputs(&v, ENGINE_FILTERS, w, bias + oc, output);
                output += ENGINE_FILTERS;
                w += ENGINE_FILTERS * v.filter;
            }
#endif
#if ENGINE_LANES_F32 > 1
            if (oc < g->out_c) {
                some_outputs(&v, g->out_c - oc, w, bias + oc, output);
                output += g->out_c - oc;
            }
#else
            for (; oc < g->out_c; oc++) {
                some_outputs(&v, 1, w, bias + oc, output++);
                w += v.filter;
            }
#endif
        }
    }
}
