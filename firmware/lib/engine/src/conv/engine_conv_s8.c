#include "core/engine_filters_s8.h"
#include "engine_flash.h"
#include "engine_kernels_s8.h"

static engine_filters filters_of(const engine_conv_s8_params *p, const int8_t *weights,
                                 const int32_t *bias, const int32_t *multipliers,
                                 const int8_t *shifts, void *scratch)
{
    const engine_window *g = &p->window;
    const int dilated = g->dilation_w != 1;
    const size_t in_c = (size_t)g->in_c;
    return (engine_filters){
        .weights = weights,
        .bias = bias,
        .count = (size_t)g->out_c,
        .rows = g->kernel_h,
        .runs = dilated ? g->kernel_w : 1,
        .run = engine_stored_taps(dilated ? in_c : (size_t)g->kernel_w * in_c),
        .x_row = (size_t)g->dilation_h * (size_t)g->in_w * in_c,
        .x_run = (size_t)g->dilation_w * in_c,
        .pad_value = (int8_t)-p->input_offset,
        .scratch = scratch,
        .packed = p->packed,
        .rescale = {multipliers, shifts, 1, p->output_offset, p->activation_min, p->activation_max},
    };
}

/* Set the view of output pixel (oy, ox); `rows` are rows_of() oy. */
static __attribute__((noinline)) void see(engine_view *view, const engine_window *g,
                                          const int8_t *input, engine_taps rows, int ox)
{
    const engine_taps columns =
        engine_clip(ox * g->stride_w - g->pad_left, g->in_w, g->kernel_w, g->dilation_w);
    const size_t in_c = (size_t)g->in_c;
    view->x = input + ((size_t)rows.start * (size_t)g->in_w + (size_t)columns.start) * in_c;
    view->first_row = rows.first;
    view->rows = rows.count;
    if (g->dilation_w != 1) {
        view->first_run = columns.first;
        view->runs = columns.count;
        view->first = 0;
        view->last = in_c;
    } else {
        view->first_run = 0;
        view->runs = 1;
        view->first = (size_t)columns.first * in_c;
        view->last = view->first + (size_t)columns.count * in_c;
    }
    view->whole = rows.count == g->kernel_h && columns.count == g->kernel_w;
}

/* Called once a row: to save flash. */
static __attribute__((noinline, cold)) engine_taps rows_of(const engine_window *g, int oy)
{
    return engine_clip(oy * g->stride_h - g->pad_top, g->in_h, g->kernel_h, g->dilation_h);
}

void engine_conv_s8(const engine_conv_s8_params *params, const int8_t *input, const int8_t *weights,
                    const int32_t *bias, const int32_t *multipliers, const int8_t *shifts,
                    void *scratch, int8_t *output)
{
    engine_conv_s8_params p;
    engine_flash_copy(&p, params, sizeof p);
    const engine_window *g = &p.window;
    const engine_filters filters = filters_of(&p, weights, bias, multipliers, shifts, scratch);
    /* whole windows of a row differ only in where they begin */
    const size_t step = (size_t)g->stride_w * (size_t)g->in_c;
    const int last_whole = g->in_w - 1 - (g->kernel_w - 1) * g->dilation_w + g->pad_left;
    engine_view views[ENGINE_PIXELS] = {{.whole = 0}};
    int pixels = 0;
    for (int oy = 0; oy < g->out_h; oy++) {
        const engine_taps rows = rows_of(g, oy);
        const int8_t *before = NULL;
        for (int ox = 0; ox < g->out_w; ox++) {
            engine_view *const view = &views[pixels++];
            if (before != NULL && view->whole && ox * g->stride_w <= last_whole) {
                view->x = before + step;
            } else {
                see(view, g, input, rows, ox);
            }
            before = view->whole ? view->x : NULL;
            if (pixels == ENGINE_PIXELS) {
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

void engine_conv_max_pool_s8(const engine_conv_max_pool_s8_params *params, const int8_t *input,
                             const int8_t *weights, const int32_t *bias, const int32_t *multipliers,
                             const int8_t *shifts, void *scratch, int8_t *output)
{
    engine_conv_max_pool_s8_params p;
    engine_flash_copy(&p, params, sizeof p);
    const engine_window *g = &p.conv.window;
    const engine_filters filters = filters_of(&p.conv, weights, bias, multipliers, shifts, scratch);
    engine_view views[ENGINE_POOL_PIXELS];
    for (int top = 0; top + p.pool_h <= g->out_h; top += p.pool_h) {
        for (int left = 0; left + p.pool_w <= g->out_w; left += p.pool_w) {
            int pixels = 0;
            for (int oy = top; oy < top + p.pool_h; oy++) {
                const engine_taps rows = rows_of(g, oy);
                for (int ox = left; ox < left + p.pool_w; ox++) {
                    see(&views[pixels++], g, input, rows, ox);
                }
            }
            while (pixels % ENGINE_PIXELS != 0) { /* again: does not change the greatest */
                views[pixels] = views[pixels - 1];
                pixels++;
            }
            engine_filters_max_s8(&filters, views, pixels, output);
            output += filters.count;
        }
    }
}
