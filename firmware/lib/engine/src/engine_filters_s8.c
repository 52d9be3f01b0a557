#include "engine_filters_s8.h"

#include "engine_dot_s8.h"
#include "engine_flash.h"
#include "engine_taps_s8.h"

/* What runs once a window is kept out of the way of what runs once a block. */
#define ONCE static __attribute__((noinline))

/* Taps from..from+count-1 of one run of the window; returns where the next go. */
static engine_tap *load_run(engine_tap *to, size_t step, const engine_filters *f,
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

ONCE void load_window(engine_tap *to, size_t step, const engine_filters *f, const engine_view *v)
{
    if (v->whole) {
        const int8_t *row = v->x;
        for (int rows = f->rows; rows > 0; rows--) {
            const int8_t *x = row;
            for (int runs = f->runs; runs > 0; runs--) {
                to = engine_load_run(to, step, x, v->last);
                x += f->x_run;
            }
            row += f->x_row;
        }
        return;
    }
    for (int row = 0; row < f->rows; row++) {
        for (int run = 0; run < f->runs; run++) {
            to = load_run(to, step, f, v, row, run, 0, f->run);
        }
    }
}

/* Adds all taps of a window that is larger than the buffer, piece by piece. */
ONCE void add_pieces(int32_t *sums, size_t filters, const engine_filters *f, const engine_view *v,
                     engine_tap *piece, const int8_t *weights)
{
    const size_t stride = filters * ENGINE_GROUP;
    for (int row = 0; row < f->rows; row++) {
        for (int run = 0; run < f->runs; run++) {
            for (size_t from = 0; from < f->run; from += ENGINE_WINDOW_TAPS) {
                const size_t left = f->run - from;
                const size_t count = left < ENGINE_WINDOW_TAPS ? left : ENGINE_WINDOW_TAPS;
                load_run(piece, ENGINE_GROUP, f, v, row, run, from, count);
                for (size_t i = 0; i < filters; i += 2) {
                    engine_dot_pair(sums + i, piece, ENGINE_GROUP, weights + 2 * i, stride,
                                    count / ENGINE_GROUP);
                }
                weights += count / ENGINE_GROUP * stride;
            }
        }
    }
}

/* Those of the filters left over, fewer than a block, and all of a window in pieces. */
ONCE void add_rest(int8_t *output, size_t left, const engine_filters *f, const engine_view *views,
                   int pixels, engine_tap *window, size_t taps, const int8_t *weights,
                   const engine_rescale *first)
{
    const int32_t *bias = f->bias + (f->count - left);
    const int whole = taps * (size_t)pixels <= ENGINE_WINDOW_TAPS;
    const size_t step = (size_t)pixels * ENGINE_GROUP;
    for (int p = 0; p < pixels; p++) {
        engine_rescale rescale = *first;
        const int8_t *block = weights;
        int8_t *to = output + (size_t)p * f->count;
        for (size_t i = 0; i < left; i += ENGINE_BLOCK) {
            const size_t count = left - i < ENGINE_BLOCK ? left - i : ENGINE_BLOCK;
            const size_t filters = count > 2 ? ENGINE_BLOCK : 2;
            int32_t sums[ENGINE_BLOCK] = {0};
            if (whole) {
                for (size_t pair = 0; pair < filters; pair += 2) {
                    engine_dot_pair(sums + pair, window + p * ENGINE_PIXEL_TAPS, step,
                                    block + 2 * pair, filters * ENGINE_GROUP, taps / ENGINE_GROUP);
                }
            } else {
                add_pieces(sums, filters, f, views + p, window, block);
            }
            for (size_t k = 0; k < count; k++) {
                *to++ = engine_next_output_s8(sums[k] + engine_flash_i32(bias + i + k), &rescale);
            }
            block += filters * taps;
        }
    }
}

#if defined(__AVR__)
/* All blocks go the way of the last: code is scarcer than time. */
static const int8_t *add_blocks(int8_t *output, const engine_filters *f, int pixels,
                                const engine_tap *window, size_t taps, engine_rescale *rescale)
{
    (void)output;
    (void)pixels;
    (void)window;
    (void)taps;
    (void)rescale;
    return f->weights;
}
#define BLOCKS(count) ((size_t)0 * (count))
#else
#define BLOCKS(count) ((count) / ENGINE_BLOCK)
/* The filters in blocks of four; returns the weights of the rest. */
static inline __attribute__((always_inline)) const int8_t *
add_blocks(int8_t *output, const engine_filters *f, int pixels, const engine_tap *window,
           size_t taps, engine_rescale *rescale)
{
    const int8_t *weights = f->weights;
    const int32_t *bias = f->bias;
    for (size_t left = BLOCKS(f->count); left > 0; left--) {
        int32_t sums[2 * ENGINE_BLOCK] = {bias[0], bias[1], bias[2], bias[3],
                                          bias[0], bias[1], bias[2], bias[3]};
        engine_dot_block(sums, pixels, window, weights, taps / ENGINE_GROUP);
        engine_block_outputs_s8(output, f->count, pixels, sums, rescale);
        output += ENGINE_BLOCK;
        bias += ENGINE_BLOCK;
        weights += ENGINE_BLOCK * taps;
    }
    return weights;
}
#endif

void engine_filters_s8(const engine_filters *filters, const engine_view *views, int pixels,
                       int8_t *output)
{
    ENGINE_ALIGN(8) engine_tap window[ENGINE_WINDOW_TAPS];
    const engine_filters *f = filters;
    const size_t taps = (size_t)f->rows * (size_t)f->runs * f->run;
    const int8_t *weights = f->weights;
    engine_rescale rescale = f->rescale;
    size_t done = 0;

    if (pixels > 1 && taps * (size_t)pixels > ENGINE_WINDOW_TAPS) {
        engine_filters_s8(f, views, 1, output);
        views++;
        output += f->count;
        pixels = 1;
    }
    if (taps <= ENGINE_WINDOW_TAPS) {
        const size_t step = (size_t)pixels * ENGINE_GROUP;
        for (int p = 0; p < pixels; p++) {
            load_window(window + p * ENGINE_PIXEL_TAPS, step, f, views + p);
        }
        weights = pixels == 1 ? add_blocks(output, f, 1, window, taps, &rescale)
                              : add_blocks(output, f, 2, window, taps, &rescale);
        done = BLOCKS(f->count) * ENGINE_BLOCK;
    }
    if (done < f->count) {
        add_rest(output + done, f->count - done, f, views, pixels, window, taps, weights, &rescale);
    }
    engine_clamp_outputs_s8(output, (size_t)pixels * f->count, &rescale);
}
