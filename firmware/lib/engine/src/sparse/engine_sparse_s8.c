#include "sparse/engine_sparse_s8.h"

engine_sparse_reader_s8 engine_sparse_further_s8(engine_sparse_reader_s8 r,
                                                 const engine_sparse_layer_s8 *l, const int8_t *x,
                                                 int32_t *acc)
{
    int32_t sum = *acc;
    for (uint16_t s = 1; s < l->filters.segments; s++) {
        const unsigned count = engine_next_u8(&r.heads);
        sum = engine_sparse_dot(&r.taps, count, x + engine_flash_i32(l->offsets + s), sum);
    }
    *acc = sum;
    return r;
}

static void one_window(const engine_sparse_layer_s8 *l, const int8_t *x, int8_t *output)
{
    const engine_sparse_layer_s8 copy = *l; /* int8_t stores may alias *l */
    const unsigned segments = copy.filters.segments;
    const int8_t *const first = x + engine_flash_i32(copy.offsets);
    const int32_t *bias = copy.bias;
    engine_sparse_reader_s8 r = {copy.heads, copy.taps};
    size_t channel = 0;

    for (;;) {
        output = engine_sparse_constants(&r.heads, output);
        const unsigned live = engine_next_u8(&r.heads);
        if (live == 0) {
            return;
        }
        const int8_t *const end = output + live;
        do {
            const int32_t acc =
                engine_sparse_filter(&r, l, x, first, segments, engine_flash_i32(bias++));
            *output++ =
                engine_sparse_output(acc, engine_flash_i32(copy.multipliers + channel),
                                     engine_flash_i8(copy.shifts + channel), copy.output.offset);
            channel += copy.output.rescale_step;
        } while (output != end);
    }
}

#if ENGINE_SPARSE_BLOCK == 4
engine_sparse_reader_s8
engine_sparse_further_of_four_s8(engine_sparse_reader_s8 r, const engine_sparse_layer_s8 *l,
                                 const int8_t *const x[ENGINE_SPARSE_WINDOWS],
                                 int32_t acc[ENGINE_SPARSE_WINDOWS])
{
    const uint8_t *e = r.taps;
    int32_t acc0 = acc[0], acc1 = acc[1], acc2 = acc[2], acc3 = acc[3];
    for (uint16_t s = 1; s < l->filters.segments; s++) {
        const int32_t offset = l->offsets[s] - l->offsets[0];
        const int8_t *const x0 = x[0] + offset;
        const int8_t *const x1 = x[1] + offset;
        const int8_t *const x2 = x[2] + offset;
        const int8_t *const x3 = x[3] + offset;
        const unsigned count = engine_next_u8(&r.heads);
        ENGINE_SPARSE_LONG_SEGMENT_OF_FOUR(count);
    }
    acc[0] = acc0;
    acc[1] = acc1;
    acc[2] = acc2;
    acc[3] = acc3;
    r.taps = e;
    return r;
}

static void four_windows(const engine_sparse_layer_s8 *l, const int8_t *const x[],
                         int8_t *const output[])
{
    const int32_t first = l->offsets[0];
    const int8_t *const x0 = x[0] + first;
    const int8_t *const x1 = x[1] + first;
    const int8_t *const x2 = x[2] + first;
    const int8_t *const x3 = x[3] + first;
    const uint8_t *heads = l->heads;
    const uint8_t *e = l->taps;
    const int32_t *bias = l->bias;
    size_t channel = 0;
    size_t place = 0;

    for (;;) {
        for (uint_fast8_t count = engine_next_u8(&heads); count > 0; count--) {
            const int8_t value = engine_next_i8(&heads);
            for (int i = 0; i < ENGINE_SPARSE_WINDOWS; i++) {
                output[i][place] = value;
            }
            place++;
        }
        const unsigned live = engine_next_u8(&heads);
        if (live == 0) {
            return;
        }
        const size_t end = place + live;
        do {
            const unsigned count = engine_next_u8(&heads);
            int32_t acc0 = *bias++;
            int32_t acc1 = acc0, acc2 = acc0, acc3 = acc0;
            ENGINE_SPARSE_LONG_SEGMENT_OF_FOUR(count);
            if (l->filters.segments > 1) {
                ENGINE_SPARSE_FURTHER_OF_FOUR;
            }
            const int32_t multiplier = l->multipliers[channel];
            const int shift = l->shifts[channel];
            const int32_t offset = l->output.offset;
            channel += l->output.rescale_step;
            engine_sparse_outputs_of_four(output, place, acc0, acc1, acc2, acc3, multiplier, shift,
                                          offset);
            place++;
        } while (place != end);
    }
}
#endif

/* Windows that wait until a block of them is complete. */
typedef struct {
    const int8_t *x[ENGINE_SPARSE_BLOCK];
    int8_t *output[ENGINE_SPARSE_BLOCK];
    int count;
} block;

static inline void add_window(block *b, const engine_sparse_layer_s8 *l, const int8_t *x,
                              int8_t *output)
{
#if ENGINE_SPARSE_BLOCK == 4
    b->x[b->count] = x;
    b->output[b->count] = output;
    if (++b->count == ENGINE_SPARSE_BLOCK) {
        four_windows(l, b->x, b->output);
        b->count = 0;
    }
#else
    (void)b;
    one_window(l, x, output);
#endif
}

static inline void finish_block(const block *b, const engine_sparse_layer_s8 *l)
{
    for (int i = 0; i < b->count; i++) {
        one_window(l, b->x[i], b->output[i]);
    }
}

void engine_sparse_s8(const engine_sparse_s8_params *params, const int8_t *input,
                      const uint8_t *heads, const uint8_t *taps, const int32_t *offsets,
                      const int32_t *bias, const int32_t *multipliers, const int8_t *shifts,
                      int8_t *output)
{
    ENGINE_PARAMS(engine_sparse_s8_params, p, params);
    const engine_sparse_layer_s8 l = {p->filters, p->output, heads,       taps,
                                      offsets,    bias,      multipliers, shifts};
    block windows;
    windows.count = 0; /* the rest is not read before it is written */
    int8_t *const outputs = output;

    for (uint16_t oy = 0; oy < p->grid.out_h; oy++) {
        const int8_t *x = input;
        for (uint16_t ox = 0; ox < p->grid.out_w; ox++) {
            add_window(&windows, &l, x, output);
            x += p->grid.step_x;
            output += p->grid.out_c;
        }
        input += p->grid.step_y;
    }
    finish_block(&windows, &l);
    engine_sparse_clamp(&l, outputs, (size_t)(output - outputs));
}

static void border_window(const engine_sparse_layer_s8 *l, const engine_sparse_padded_s8_params *p,
                          int top, int left, const int8_t *input, const int32_t *places,
                          int8_t *output)
{
    engine_sparse_reader_s8 r = {l->heads, l->taps};
    size_t f = 0;

    for (;;) {
        output = engine_sparse_constants(&r.heads, output);
        uint_fast8_t live = engine_next_u8(&r.heads);
        if (live == 0) {
            return;
        }
        for (; live > 0; live--) {
            int32_t acc = engine_flash_i32(l->bias + f);
            for (uint_fast16_t s = 0; s < l->filters.segments; s++) {
                const engine_sparse_cut cut =
                    engine_sparse_clip(&p->window, places + 2 * (size_t)s, top, left);
                const int8_t *row = input + cut.row;
                const unsigned count = engine_next_u8(&r.heads);
                for (uint_fast8_t taps = (uint8_t)count; taps > 0; taps--) {
                    const int8_t weight = engine_next_i8(&r.taps);
                    const size_t place = (size_t)(cut.first + engine_next_u8(&r.taps));
                    const int8_t value = place < cut.width ? row[place] : (int8_t)p->pad_value;
                    acc += engine_sparse_product(value, weight);
                }
                r.taps += 2 * (count & 1);
            }
            const size_t channel = f * l->output.rescale_step;
            *output++ =
                engine_sparse_output(acc, engine_flash_i32(l->multipliers + channel),
                                     engine_flash_i8(l->shifts + channel), l->output.offset);
            f++;
        }
    }
}

void engine_sparse_padded_s8(const engine_sparse_padded_s8_params *params, const int8_t *input,
                             const uint8_t *heads, const uint8_t *taps, const int32_t *offsets,
                             const int32_t *places, const int32_t *bias, const int32_t *multipliers,
                             const int8_t *shifts, int8_t *output)
{
    ENGINE_PARAMS(engine_sparse_padded_s8_params, p, params);
    const engine_window *g = &p->window;
    const engine_sparse_layer_s8 l = {p->filters, p->output, heads,       taps,
                                      offsets,    bias,      multipliers, shifts};
    block windows;
    windows.count = 0; /* the rest is not read before it is written */
    int8_t *const outputs = output;

    for (int oy = 0; oy < g->out_h; oy++) {
        const int top = oy * g->stride_h - g->pad_top;
        const int whole_rows = engine_sparse_inside(top, g->kernel_h, g->dilation_h, g->in_h);
        for (int ox = 0; ox < g->out_w; ox++) {
            const int left = ox * g->stride_w - g->pad_left;
            if (whole_rows && engine_sparse_inside(left, g->kernel_w, g->dilation_w, g->in_w)) {
                const int32_t first = ((int32_t)top * g->in_w + left) * g->in_c;
                add_window(&windows, &l, input + first, output);
            } else {
                border_window(&l, p, top, left, input, places, output);
            }
            output += g->out_c;
        }
    }
    finish_block(&windows, &l);
    engine_sparse_clamp(&l, outputs, (size_t)(output - outputs));
}
