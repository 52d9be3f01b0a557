#include "engine_filters_s8.h"

#include "engine_dot_s8.h"
#include "engine_flash.h"

/* What runs once a window is kept out of the way of what runs once a block. */
#define ONCE static __attribute__((noinline))

/* Taps from..from+count-1 of one run of the window. */
static void load_run(engine_tap *to, const engine_filters *f, const engine_view *v, int row,
                     int run, size_t from, size_t count)
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
    engine_load_taps(to, count, x, first, last, f->pad_value);
}

ONCE void load_window(engine_tap *to, const engine_filters *f, const engine_view *v)
{
    if (v->whole) {
        const int8_t *row = v->x;
        for (int rows = f->rows; rows > 0; rows--) {
            const int8_t *x = row;
            for (int runs = f->runs; runs > 0; runs--) {
                to = engine_load_run(to, x, v->last);
                x += f->x_run;
            }
            row += f->x_row;
        }
        return;
    }
    for (int row = 0; row < f->rows; row++) {
        for (int run = 0; run < f->runs; run++) {
            load_run(to, f, v, row, run, 0, f->run);
            to += f->run;
        }
    }
}

/* A window that is larger than the buffer: in pieces, again for every block. */
ONCE void add_pieces(int32_t *sums, int filters, const engine_filters *f, const engine_view *v,
                     engine_tap *piece, const int8_t *weights, size_t stride)
{
    for (int row = 0; row < f->rows; row++) {
        for (int run = 0; run < f->runs; run++) {
            for (size_t from = 0; from < f->run; from += ENGINE_WINDOW_TAPS) {
                const size_t left = f->run - from;
                const size_t count = left < ENGINE_WINDOW_TAPS ? left : ENGINE_WINDOW_TAPS;
                load_run(piece, f, v, row, run, from, count);
                for (int i = 0; i < filters; i++) {
                    engine_dot_s8(sums + i, 1, piece, weights + i * ENGINE_GROUP, stride,
                                  count / ENGINE_GROUP);
                }
                weights += count / ENGINE_GROUP * stride;
            }
        }
    }
}

static inline __attribute__((always_inline)) void
add_window(int32_t *sums, int filters, const engine_filters *f, const engine_view *v,
           engine_tap *window, size_t taps, const int8_t *weights, size_t stride)
{
    if (taps <= ENGINE_WINDOW_TAPS) {
        engine_dot_s8(sums, filters, window, weights, stride, taps / ENGINE_GROUP);
    } else {
        add_pieces(sums, filters, f, v, window, weights, stride);
    }
}

void engine_filters_s8(const engine_filters *filters, const engine_view *view, int8_t *output)
{
    ENGINE_ALIGN(8) engine_tap window[ENGINE_WINDOW_TAPS];
    const engine_filters *f = filters;
    const size_t taps = (size_t)f->rows * (size_t)f->runs * f->run;
    const int8_t *weights = f->weights;
    const int32_t *bias = f->bias;
    engine_rescale rescale = f->rescale;
    size_t left = f->count;

    if (taps <= ENGINE_WINDOW_TAPS) {
        load_window(window, f, view);
    }
#if ENGINE_FILTERS == ENGINE_BLOCK
    for (; left >= ENGINE_BLOCK; left -= ENGINE_BLOCK) {
        int32_t sums[ENGINE_BLOCK] = {bias[0], bias[1], bias[2], bias[3]};
        add_window(sums, ENGINE_BLOCK, f, view, window, taps, weights, ENGINE_BLOCK * ENGINE_GROUP);
        output = engine_block_outputs_s8(output, sums, &rescale);
        bias += ENGINE_BLOCK;
        weights += ENGINE_BLOCK * taps;
    }
#endif
    size_t place = 0;
    for (; left > 0; left--) {
        const size_t block = place + left < ENGINE_BLOCK ? place + left : ENGINE_BLOCK;
        int32_t sum = engine_flash_i32(bias++);
        add_window(&sum, 1, f, view, window, taps, weights + place * ENGINE_GROUP,
                   block * ENGINE_GROUP);
        *output++ = engine_next_output_s8(sum, &rescale);
        if (++place == ENGINE_BLOCK) {
            place = 0;
            weights += ENGINE_BLOCK * taps;
        }
    }
}
