/* Convolutions with windows so small that filling up each of their rows to groups of taps would
 * cost more than putting the rows together: as bytes, a fully connected layer's inputs. */
#include "engine_filters_s8.h"
#include "engine_flash.h"
#include "engine_kernels_s8.h"

/* Of a layer, in bytes. */
typedef struct {
    engine_window window;
    const int8_t *input;
    size_t in_row, x_row; /* a row of the input; from one row of a window to the next */
    size_t row, taps;     /* a row of a window; all, filled up */
    int8_t pad_value;
    int8_t *windows; /* room for those that are computed together */
} joining;

/* The common one of a whole window is inlined, into its caller's loop. */
static inline __attribute__((always_inline)) void
copy_rows(int8_t *to, size_t pitch, const int8_t *x, size_t x_pitch, int rows, size_t count)
{
    pitch -= count;
    x_pitch -= count;
    for (; rows > 0; rows--) {
#if !defined(__AVR__)
        for (size_t words = count / 4; words > 0; words--) {
            engine_store_4(to, engine_load_4(x));
            to += 4;
            x += 4;
        }
        const size_t rest = count % 4;
#else
        const size_t rest = count;
#endif
        for (size_t bytes = rest; bytes > 0; bytes--) {
            *to++ = *x++;
        }
        to += pitch;
        x += x_pitch;
    }
}

static __attribute__((noinline, cold)) void join_at_border(int8_t *to, const joining *j,
                                                           engine_taps rows, int origin)
{
    const engine_window *g = &j->window;
    const size_t in_c = (size_t)g->in_c;
    const engine_taps columns = engine_clip(origin, g->in_w, g->kernel_w, 1);
    for (size_t i = 0; i < (size_t)g->kernel_h * j->row; i++) {
        to[i] = j->pad_value;
    }
    copy_rows(to + (size_t)rows.first * j->row + (size_t)columns.first * in_c, j->row,
              j->input + (size_t)rows.start * j->in_row + (size_t)columns.start * in_c, j->x_row,
              rows.count, (size_t)columns.count * in_c);
}

/* The window of output pixel (oy, ox); `rows` belong to oy. */
static void join(int8_t *to, const joining *j, engine_taps rows, int ox)
{
    const engine_window *g = &j->window;
    const int origin = ox * g->stride_w - g->pad_left;
    if (rows.count == g->kernel_h && origin >= 0 && origin + g->kernel_w <= g->in_w) {
        const int8_t *x =
            j->input + (size_t)rows.start * j->in_row + (size_t)origin * (size_t)g->in_c;
        copy_rows(to, j->row, x, j->x_row, g->kernel_h, j->row);
    } else {
        join_at_border(to, j, rows, origin);
    }
}

static __attribute__((noinline)) engine_taps rows_of(const engine_window *g, int oy)
{
    return engine_clip(oy * g->stride_h - g->pad_top, g->in_h, g->kernel_h, g->dilation_h);
}

/* Points the views at the windows, whose taps beyond the kernel's stay zero. */
static joining join_of(const engine_conv_s8_params *p, const int8_t *input, engine_view *views,
                       int pixels, int8_t *windows)
{
    const engine_window *g = &p->window;
    joining j = {.window = *g, .input = input, .windows = windows};
    j.in_row = (size_t)g->in_w * (size_t)g->in_c;
    j.x_row = (size_t)g->dilation_h * j.in_row;
    j.row = (size_t)g->kernel_w * (size_t)g->in_c;
    j.taps = engine_stored_taps((size_t)g->kernel_h * j.row);
    j.pad_value = (int8_t)-p->input_offset;
    for (int i = 0; i < pixels; i++) {
        int8_t *const to = windows + (size_t)i * j.taps;
        for (size_t tap = (size_t)g->kernel_h * j.row; tap < j.taps; tap++) {
            to[tap] = 0;
        }
        views[i] = (engine_view){.x = to, .rows = 1, .runs = 1, .last = j.taps, .whole = 1};
    }
    return j;
}

static engine_filters filters_of(const engine_conv_s8_params *p, const joining *j, int pixels,
                                 const int8_t *weights, const int32_t *bias,
                                 const int32_t *multipliers, const int8_t *shifts)
{
    return (engine_filters){
        .weights = weights,
        .bias = bias,
        .count = (size_t)p->window.out_c,
        .rows = 1,
        .runs = 1,
        .run = j->taps,
        .scratch = j->windows + (size_t)pixels * j->taps,
        .rescale = {multipliers, shifts, 1, p->output_offset, p->activation_min, p->activation_max},
    };
}

void engine_conv_joined_s8(const engine_conv_s8_params *params, const int8_t *input,
                           const int8_t *weights, const int32_t *bias, const int32_t *multipliers,
                           const int8_t *shifts, void *scratch, int8_t *output)
{
    engine_conv_s8_params p;
    engine_flash_copy(&p, params, sizeof p);
    const engine_window *g = &p.window;
    engine_view views[ENGINE_PIXELS];
    const joining j = join_of(&p, input, views, ENGINE_PIXELS, scratch);
    const engine_filters filters =
        filters_of(&p, &j, ENGINE_PIXELS, weights, bias, multipliers, shifts);
    int pixels = 0;
    for (int oy = 0; oy < g->out_h; oy++) {
        const engine_taps rows = rows_of(g, oy);
        for (int ox = 0; ox < g->out_w; ox++) {
            join(j.windows + (size_t)pixels * j.taps, &j, rows, ox);
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
    /* of an odd number the last one twice: it does not change the greatest */
    const int pixels = (pool + ENGINE_PIXELS - 1) / ENGINE_PIXELS * ENGINE_PIXELS;
    engine_view views[ENGINE_POOL_PIXELS];
    const joining j = join_of(&p.conv, input, views, pixels, scratch);
    const engine_filters filters =
        filters_of(&p.conv, &j, pixels, weights, bias, multipliers, shifts);
    if (pixels > pool) {
        views[pool].x = views[pool - 1].x;
    }
    for (int top = 0; top + p.pool_h <= g->out_h; top += p.pool_h) {
        for (int left = 0; left + p.pool_w <= g->out_w; left += p.pool_w) {
            int8_t *to = j.windows;
            for (int oy = top; oy < top + p.pool_h; oy++) {
                const engine_taps rows = rows_of(g, oy);
                for (int ox = left; ox < left + p.pool_w; ox++) {
                    join(to, &j, rows, ox);
                    to += j.taps;
                }
            }
            engine_filters_max_s8(&filters, views, pixels, output);
            output += filters.count;
        }
    }
}
