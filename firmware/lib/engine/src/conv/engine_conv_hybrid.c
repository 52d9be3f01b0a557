#include <stdbool.h>

#include "core/engine_clamp_f32.h"
#include "core/engine_dot_hybrid.h"
#include "core/engine_row_hybrid.h"

/* The part of a window that lies inside the input: rows of contiguous taps. */
typedef struct {
    const int8_t *x;
    int rows;
    size_t run;
    size_t x_row, w_row, filter; /* distances */
    engine_row_tail tail;
    bool per_channel;
    float activation_min, activation_max;
} view;

static inline __attribute__((always_inline)) void some_outputs(const view *v, int filters,
                                                               const int8_t *weights,
                                                               const float *bias,
                                                               const float *scales, float *output)
{
    int32_t sums[ENGINE_FILTERS] = {0};
    const int8_t *x = v->x;
    for (int row = v->rows; row > 0; row--) {
        engine_dot_hybrid(sums, filters, x, (int)v->tail.zero_point, weights, v->filter, v->run);
        x += v->x_row;
        weights += v->w_row;
    }
    for (int f = 0; f < filters; f++) {
        const float sum = (float)sums[f];
        const float scaled = v->per_channel ? sum * engine_flash_f32(scales + f) * v->tail.scale
                                            : sum * (v->tail.scale * engine_flash_f32(scales));
        output[f] = engine_clamp_f32(scaled + engine_flash_f32(bias + f), v->activation_min,
                                     v->activation_max);
    }
}

void engine_conv_hybrid(const engine_conv_hybrid_params *params, const int8_t *input,
                        const int8_t *weights, const float *bias, const float *scales,
                        float *output)
{
    engine_conv_hybrid_params p;
    engine_flash_copy(&p, params, sizeof p);
    const engine_window *g = &p.window;
    const size_t in_c = (size_t)g->in_c;
    view v = {
        .x_row = (size_t)g->in_w * in_c,
        .w_row = (size_t)g->kernel_w * in_c,
        .filter = (size_t)g->kernel_h * (size_t)g->kernel_w * in_c,
        .per_channel = p.per_channel != 0,
        .activation_min = p.activation_min,
        .activation_max = p.activation_max,
    };
    v.tail = engine_row_read(input, (size_t)g->in_h * v.x_row);
    const size_t step = v.per_channel;

    for (int oy = 0; oy < g->out_h; oy++) {
        const engine_taps rows =
            engine_clip(oy * g->stride_h - g->pad_top, g->in_h, g->kernel_h, 1);
        v.rows = rows.count;
        for (int ox = 0; ox < g->out_w; ox++) {
            const engine_taps cols =
                engine_clip(ox * g->stride_w - g->pad_left, g->in_w, g->kernel_w, 1);
            const int8_t *w = weights + (size_t)rows.first * v.w_row + (size_t)cols.first * in_c;
            v.x = input + (size_t)rows.start * v.x_row + (size_t)cols.start * in_c;
            v.run = (size_t)cols.count * in_c;
            const float *s = scales;
            int oc = 0;
#if ENGINE_FILTERS > 1
            for (; oc + ENGINE_FILTERS <= g->out_c; oc += ENGINE_FILTERS) {
                some_outputs(&v, ENGINE_FILTERS, w, bias + oc, s, output);
                output += ENGINE_FILTERS;
                w += ENGINE_FILTERS * v.filter;
                s += ENGINE_FILTERS * step;
            }
#endif
            for (; oc < g->out_c; oc++) {
                some_outputs(&v, 1, w, bias + oc, s, output++);
                w += v.filter;
                s += step;
            }
        }
    }
}
