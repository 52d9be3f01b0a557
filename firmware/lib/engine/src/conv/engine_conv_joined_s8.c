/* Convolutions with small windows: joining the rows of a window takes less time than filling each
 * of them up to groups of taps. A joined window is an input of a fully connected layer. */
#include "core/engine_filters_s8.h"
#include "engine_flash.h"
#include "conv/engine_join_s8.h"
#include "engine_kernels_s8.h"

/* Point the views at the joined windows and clear the taps beyond the kernel's. */
static engine_filters filters_of(const engine_conv_s8_params *p, engine_view *views, int pixels,
                                 const int8_t *weights, const int32_t *bias,
                                 const int32_t *multipliers, const int8_t *shifts, int8_t *windows)
{
    const engine_window *g = &p->window;
    const size_t kernel = (size_t)g->kernel_h * (size_t)g->kernel_w * (size_t)g->in_c;
    const size_t taps = engine_stored_taps(kernel);
    for (int i = 0; i < pixels; i++) {
        for (size_t tap = kernel; tap < taps; tap++) {
            windows[tap] = 0;
        }
        views[i] = (engine_view){.x = windows, .rows = 1, .runs = 1, .last = taps, .whole = 1};
        windows += taps;
    }
    return (engine_filters){
        .weights = weights,
        .bias = bias,
        .count = (size_t)g->out_c,
        .rows = 1,
        .runs = 1,
        .run = taps,
        .scratch = windows,
        .packed = p->packed,
        .rescale = {multipliers, shifts, 1, p->output_offset, p->activation_min, p->activation_max},
    };
}

void engine_conv_joined_s8(const engine_conv_s8_params *params, const int8_t *input,
                           const int8_t *weights, const int32_t *bias, const int32_t *multipliers,
                           const int8_t *shifts, void *scratch, int8_t *output)
{
    engine_conv_s8_params p;
    engine_flash_copy(&p, params, sizeof p);
    engine_view views[ENGINE_PIXELS];
    const engine_filters filters =
        filters_of(&p, views, ENGINE_PIXELS, weights, bias, multipliers, shifts, scratch);
    const engine_joining joining = engine_joining_of(&p.window, input, (int8_t)-p.input_offset);
    int8_t *const windows = scratch;
    int pixels = 0;
    for (int oy = 0; oy < p.window.out_h; oy++) {
        const engine_taps rows = engine_join_rows(&joining, oy);
        for (int ox = 0; ox < p.window.out_w; ox++) {
            engine_join(windows + (size_t)pixels * filters.run, &joining, rows, ox);
            if (++pixels == ENGINE_PIXELS) {
                engine_filters_s8(&filters, views, pixels, output);
                output += ENGINE_PIXELS * filters.count;
                pixels = 0;
            }
        }
    }
    if (pixels > 0) {
        engine_filters_s8(&filters, views, pixels, output);
    }
}

void engine_conv_joined_max_pool_s8(const engine_conv_max_pool_s8_params *params,
                                    const int8_t *input, const int8_t *weights, const int32_t *bias,
                                    const int32_t *multipliers, const int8_t *shifts, void *scratch,
                                    int8_t *output)
{
    engine_conv_max_pool_s8_params p;
    engine_flash_copy(&p, params, sizeof p);
    const engine_window *g = &p.conv.window;
    const int pool = p.pool_h * p.pool_w;
    /* an odd number is made even by the last one again, which does not change the greatest */
    const int pixels = (pool + ENGINE_PIXELS - 1) / ENGINE_PIXELS * ENGINE_PIXELS;
    engine_view views[ENGINE_POOL_PIXELS];
    const engine_filters filters =
        filters_of(&p.conv, views, pixels, weights, bias, multipliers, shifts, scratch);
    const engine_joining joining = engine_joining_of(g, input, (int8_t)-p.conv.input_offset);
    if (pixels > pool) {
        views[pool].x = views[pool - 1].x;
    }
    for (int top = 0; top + p.pool_h <= g->out_h; top += p.pool_h) {
        for (int left = 0; left + p.pool_w <= g->out_w; left += p.pool_w) {
            int8_t *to = scratch;
            for (int oy = top; oy < top + p.pool_h; oy++) {
                const engine_taps rows = engine_join_rows(&joining, oy);
                for (int ox = left; ox < left + p.pool_w; ox++) {
                    engine_join(to, &joining, rows, ox);
                    to += filters.run;
                }
            }
            engine_filters_max_s8(&filters, views, pixels, output);
            output += filters.count;
        }
    }
}
