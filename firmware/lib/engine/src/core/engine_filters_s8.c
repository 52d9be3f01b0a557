#include "core/engine_filters_s8.h"

#include "core/engine_dot.h"
#include "core/engine_output_s8.h"
#include "engine_flash.h"
#include "core/engine_taps_s8.h"

/* For windows at the border and those larger than the buffer: to save flash. */
#define SELDOM static __attribute__((noinline, cold))

/* Copy taps from..from + count - 1 of one run of the window. Return where the next ones go. */
SELDOM engine_tap *load_run(engine_tap *to, size_t step, const engine_filters *f,
                            const engine_view *v, int row, int run, size_t from, size_t count)
{
    const int8_t *x = v->x;
    size_t first = 0;
    size_t last = 0;
    row -= v->first_row;
    run -= v->first_run;
    if (row >= 0 && row < v->rows && run >= 0 && run < v->runs) {
        x += (size_t)row * f->x_row + (size_t)run * f->x_run;
        first = v->first;
        last = v->last;
        if (from > 0) {
            x += from > first ? from - first : 0;
            first = from > first ? 0 : first - from;
            last = from > last ? 0 : last - from;
        }
        first = first < count ? first : count;
        last = last < count ? last : count;
    }
    return engine_load_taps(to, step, count, x, first, last, f->pad_value);
}

SELDOM void load_window(const engine_windows *w, const engine_filters *f, const engine_view *views,
                        int pixel)
{
    engine_tap *to = engine_place(w, pixel);
    const size_t step = engine_step(w, pixel);
    for (int row = 0; row < f->rows; row++) {
        for (int run = 0; run < f->runs; run++) {
            to = load_run(to, step, f, views + pixel, row, run, 0, f->run);
        }
    }
}

/* Copy ENGINE_PIXELS windows that lie inside the input. */
static void load_whole(engine_tap *to, const engine_filters *f, const engine_view *views)
{
    const size_t x_run = f->x_run;
    const size_t x_row = f->x_row;
    const size_t taps = views->last;
    const int8_t *row = views->x;
    const ptrdiff_t second = views[ENGINE_PIXELS - 1].x - row;
    for (int rows = f->rows; rows > 0; rows--) {
        const int8_t *x = row;
        for (int runs = f->runs; runs > 0; runs--) {
            to = engine_load_runs(to, x, second, taps);
            x += x_run;
        }
        row += x_row;
    }
}

void engine_load_windows(const engine_windows *w, const engine_filters *f, const engine_view *views)
{
    for (int i = 0; i < w->pixels; i += ENGINE_PIXELS) {
        const engine_view *v = views + i;
        const int end = i + ENGINE_PIXELS;
        if (end <= w->pixels && v->whole && v[ENGINE_PIXELS - 1].whole) {
            load_whole(engine_place(w, i), f, v);
            continue;
        }
        for (int k = i; k < end && k < w->pixels; k++) {
            load_window(w, f, views, k);
        }
    }
}

/* Add to the sums of two filters a window that is larger than the buffer, piece by piece. */
SELDOM void add_pieces(int32_t *sums, const engine_filters *f, const engine_view *v,
                       engine_tap *piece, const int8_t *weights, size_t stride)
{
    for (int row = 0; row < f->rows; row++) {
        for (int run = 0; run < f->runs; run++) {
            for (size_t from = 0; from < f->run; from += ENGINE_WINDOW_TAPS) {
                const size_t left = f->run - from;
                const size_t count = left < ENGINE_WINDOW_TAPS ? left : ENGINE_WINDOW_TAPS;
                load_run(piece, ENGINE_GROUP, f, v, row, run, from, count);
                engine_dot_pair(sums, piece, ENGINE_GROUP, weights, stride, count / ENGINE_GROUP);
                weights += count / ENGINE_GROUP * stride;
            }
        }
    }
}

void engine_pairs_s8(const engine_filters *f, const engine_view *views, const engine_windows *w,
                     int first, int end, size_t left, const int8_t *weights,
                     const engine_rescale *at, int8_t *output)
{
    const int32_t *bias = f->bias + (f->count - left);
    engine_rescale rescale = *at;
    uint8_t place = 0;
    size_t stride = 0;
    while (left > 0) {
        if (place == 0) {
            stride = (left > 2 ? ENGINE_BLOCK : 2) * ENGINE_GROUP;
        }
        int32_t best[2] = {INT32_MIN, INT32_MIN};
        for (int i = first; i < end; i++) {
            int32_t sums[2] = {0, 0};
            if (w->whole) {
                engine_dot_pair(sums, engine_place(w, i), engine_step(w, i), weights + place,
                                stride, w->taps / ENGINE_GROUP);
            } else {
                add_pieces(sums, f, views + i, w->buffer, weights + place, stride);
            }
            best[0] = sums[0] > best[0] ? sums[0] : best[0];
            best[1] = sums[1] > best[1] ? sums[1] : best[1];
        }
        for (uint8_t i = 0; i < 2 && left > 0; i++) {
            *output++ = engine_any_output_s8(best[i] + engine_flash_i32(bias++), &rescale);
            left--;
        }
        place = (uint8_t)(place + ENGINE_GROUP);
        if (place * 2u == stride || left == 0) {
            weights += stride / ENGINE_GROUP * w->taps;
            place = 0;
        }
    }
}

#if ENGINE_FILTERS > 1
/* Write the outputs of all blocks of four. Return the weights of the other filters. */
static inline __attribute__((always_inline)) const int8_t *
add_blocks(int8_t *output, const engine_filters *f, int pixels, const engine_windows *w,
           engine_rescale *rescale)
{
    const int8_t *weights = f->weights;
    const int32_t *bias = f->bias;
    const size_t taps = w->taps;
    const engine_tap *const end = w->buffer + (size_t)pixels * taps;
    for (size_t left = f->count / ENGINE_BLOCK; left > 0; left--) {
        int32_t sums[2 * ENGINE_BLOCK] = {bias[0], bias[1], bias[2], bias[3],
                                          bias[0], bias[1], bias[2], bias[3]};
        engine_dot_block(sums, pixels, w->buffer, &end, weights);
        engine_block_outputs_s8(output, f->count, pixels, sums, rescale);
        output += ENGINE_BLOCK;
        bias += ENGINE_BLOCK;
        weights += ENGINE_BLOCK * taps;
    }
    return weights;
}

void engine_filters_s8(const engine_filters *filters, const engine_view *views, int pixels,
                       int8_t *output)
{
    const engine_filters *f = filters;
    engine_tap *const buffer = f->scratch;
    const int8_t *weights = f->weights;
    engine_rescale rescale = f->rescale;
    size_t left = f->count;
    engine_windows w = engine_windows_of(f, buffer, pixels);

    if (pixels > 1 && !w.whole) {
        engine_filters_s8(f, views, 1, output);
        views++;
        output += f->count;
        w = engine_windows_of(f, buffer, --pixels);
    }
    if (w.whole) {
        engine_load_windows(&w, f, views);
    }
    if (w.whole && (!ENGINE_PACKED || f->packed)) {
        weights = pixels == 1 ? add_blocks(output, f, 1, &w, &rescale)
                              : add_blocks(output, f, 2, &w, &rescale);
        left %= ENGINE_BLOCK;
    }
    for (int p = 0; p < pixels && left > 0; p++) {
        engine_pairs_s8(f, views, &w, p, p + 1, left, weights, &rescale,
                        output + (size_t)(p + 1) * f->count - left);
    }
    engine_clamp_outputs_s8(output, (size_t)pixels * f->count, &rescale);
}
#endif
