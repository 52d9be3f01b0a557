#include <stdbool.h>
#include <stddef.h>

#include "engine_flash.h"
#include "engine_kernels_s16.h"
#include "core/engine_output_s16.h"

/* The part of a window that lies inside the input, of one channel. */
typedef struct {
    int rows, columns;
    size_t row, column; /* distances */
} view;

static int16_t greatest(const view *v, const int16_t *x)
{
    int16_t best = INT16_MIN;
    for (int ky = v->rows; ky > 0; ky--) {
        const int16_t *tap = x;
        for (int kx = v->columns; kx > 0; kx--) {
            best = *tap > best ? *tap : best;
            tap += v->column;
        }
        x += v->row;
    }
    return best;
}

/* Halves away from zero. */
static int32_t average(const view *v, const int16_t *x)
{
    int32_t sum = 0;
    for (int ky = v->rows; ky > 0; ky--) {
        const int16_t *tap = x;
        for (int kx = v->columns; kx > 0; kx--) {
            sum += *tap;
            tap += v->column;
        }
        x += v->row;
    }
    const int32_t count = (int32_t)v->rows * v->columns;
    return (sum > 0 ? sum + count / 2 : sum - count / 2) / count;
}

static inline __attribute__((always_inline)) void
pool(const engine_window_s16_params *params, const int16_t *input, int16_t *output, bool maximum)
{
    engine_window_s16_params p;
    engine_flash_copy(&p, params, sizeof p);
    const engine_window *g = &p.window;
    const size_t channels = (size_t)g->in_c;
    view v = {.row = (size_t)g->in_w * channels, .column = channels};

    for (int oy = 0; oy < g->out_h; oy++) {
        const engine_taps rows =
            engine_clip(oy * g->stride_h - g->pad_top, g->in_h, g->kernel_h, 1);
        v.rows = rows.count;
        for (int ox = 0; ox < g->out_w; ox++) {
            const engine_taps cols =
                engine_clip(ox * g->stride_w - g->pad_left, g->in_w, g->kernel_w, 1);
            v.columns = cols.count;
            const int16_t *x = input + (size_t)rows.start * v.row + (size_t)cols.start * channels;
            for (size_t left = channels; left > 0; left--) {
                const int32_t value = maximum ? greatest(&v, x) : average(&v, x);
                *output++ = engine_clamp_s16(value, p.activation_min, p.activation_max);
                x++;
            }
        }
    }
}

void engine_max_pool_s16(const engine_window_s16_params *params, const int16_t *input,
                         int16_t *output)
{
    pool(params, input, output, true);
}

void engine_average_pool_s16(const engine_window_s16_params *params, const int16_t *input,
                             int16_t *output)
{
    pool(params, input, output, false);
}
