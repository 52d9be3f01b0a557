#include "core/engine_dot_s16.h"
#include "engine_kernels_s16.h"
#include "core/engine_output_s16.h"

/* The part of a window that lies inside the input: rows of runs of contiguous taps. */
typedef struct {
    const int16_t *x;
    int rows, runs;
    size_t run;
    size_t x_row, x_run, w_row, w_run, filter; /* distances */
} view;

static inline __attribute__((always_inline)) void some_outputs(const view *v,
                                                               const engine_rescale_s16 *rescale,
                                                               int filters, const int8_t *weights,
                                                               size_t first, int16_t *output)
{
    int64_t sums[ENGINE_FILTERS] = {0};
    const int16_t *x = v->x;
    for (int row = v->rows; row > 0; row--) {
        const int16_t *xr = x;
        const int8_t *wr = weights;
        for (int i = v->runs; i > 0; i--) {
            engine_dot_s16(sums, filters, xr, wr, v->filter, v->run);
            xr += v->x_run;
            wr += v->w_run;
        }
        x += v->x_row;
        weights += v->w_row;
    }
    for (int f = 0; f < filters; f++) {
        output[f] = engine_output_s16(sums[f], rescale, first + (size_t)f);
    }
}

void engine_conv_s16(const engine_window_s16_params *params, const int16_t *input,
                     const int8_t *weights, const int64_t *bias, const int16_t *multipliers,
                     const int8_t *shifts, int16_t *output)
{
    engine_window_s16_params p;
    engine_flash_copy(&p, params, sizeof p);
    const engine_rescale_s16 rescale = {bias, multipliers, shifts, p.activation_min,
                                        p.activation_max};
    const engine_window *g = &p.window;
    const size_t in_c = (size_t)g->in_c;
    const size_t in_row = (size_t)g->in_w * in_c;
    view v = {
        .x_row = (size_t)g->dilation_h * in_row,
        .x_run = (size_t)g->dilation_w * in_c,
        .w_row = (size_t)g->kernel_w * in_c,
        .w_run = in_c,
        .filter = (size_t)g->kernel_h * (size_t)g->kernel_w * in_c,
    };

    for (int oy = 0; oy < g->out_h; oy++) {
        const engine_taps rows =
            engine_clip(oy * g->stride_h - g->pad_top, g->in_h, g->kernel_h, g->dilation_h);
        v.rows = rows.count;
        for (int ox = 0; ox < g->out_w; ox++) {
            const engine_taps cols =
                engine_clip(ox * g->stride_w - g->pad_left, g->in_w, g->kernel_w, g->dilation_w);
            const int8_t *w = weights + (size_t)rows.first * v.w_row + (size_t)cols.first * in_c;
            v.x = input + (size_t)rows.start * in_row + (size_t)cols.start * in_c;
            /* Without horizontal dilation the taps of a row are one contiguous run. */
            v.runs = g->dilation_w == 1 ? 1 : cols.count;
            v.run = g->dilation_w == 1 ? (size_t)cols.count * in_c : in_c;
            int oc = 0;
#if ENGINE_FILTERS > 1
            for (; oc + ENGINE_FILTERS <= g->out_c; oc += ENGINE_FILTERS) {
                some_outputs(&v, &rescale, ENGINE_FILTERS, w, (size_t)oc, output);
                output += ENGINE_FILTERS;
                w += ENGINE_FILTERS * v.filter;
            }
#endif
            for (; oc < g->out_c; oc++) {
                some_outputs(&v, &rescale, 1, w, (size_t)oc, output++);
                w += v.filter;
            }
        }
    }
}
