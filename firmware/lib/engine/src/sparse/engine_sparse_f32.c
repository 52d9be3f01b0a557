#include "sparse/engine_sparse_f32.h"

static void one_window(const engine_sparse_layer_f32 *l, const float *x, float *output)
{
    engine_sparse_reader_f32 r = {l->heads, l->taps, l->weights};
    const float *bias = l->bias;
    const float *const first = x + engine_segment_offset(l->offsets, 0);

    for (;;) {
        output = engine_sparse_constants_f32(&r, output);
        const unsigned live = engine_next_u8(&r.heads);
        if (live == 0) {
            return;
        }
        const float *const end = output + live;
        do {
            float sum = engine_sparse_dot_f32(&r, first, engine_flash_f32(bias++));
            for (uint16_t s = 1; s < l->filters.segments; s++) {
                sum = engine_sparse_dot_f32(&r, x + engine_segment_offset(l->offsets, s), sum);
            }
            *output++ = engine_sparse_clamped(l, sum);
        } while (output != end);
    }
}

#if ENGINE_SPARSE_BLOCK == 4
/* Each tap is read once for four windows. */
static void four_windows(const engine_sparse_layer_f32 *l, const float *const x[],
                         float *const output[])
{
    const int32_t first = l->offsets[0];
    const float *const x0 = x[0] + first;
    const float *const x1 = x[1] + first;
    const float *const x2 = x[2] + first;
    const float *const x3 = x[3] + first;
    engine_sparse_reader_f32 r = {l->heads, l->taps, l->weights};
    const float *bias = l->bias;
    size_t place = 0;

    for (;;) {
        for (uint_fast8_t count = engine_next_u8(&r.heads); count > 0; count--) {
            const float value = *r.weights++;
            for (int i = 0; i < ENGINE_SPARSE_WINDOWS; i++) {
                output[i][place] = value;
            }
            place++;
        }
        const unsigned live = engine_next_u8(&r.heads);
        if (live == 0) {
            return;
        }
        const size_t end = place + live;
        do {
            float sum0 = *bias++;
            float sum1 = sum0, sum2 = sum0, sum3 = sum0;
            ENGINE_SPARSE_SUMS_OF_FOUR(r);
            output[0][place] = engine_sparse_clamped(l, sum0);
            output[1][place] = engine_sparse_clamped(l, sum1);
            output[2][place] = engine_sparse_clamped(l, sum2);
            output[3][place] = engine_sparse_clamped(l, sum3);
            place++;
        } while (place != end);
    }
}
#endif

/* Windows that wait until a block of them is complete. */
typedef struct {
    const float *x[ENGINE_SPARSE_BLOCK];
    float *output[ENGINE_SPARSE_BLOCK];
    int count;
} block;

static inline void add_window(block *b, const engine_sparse_layer_f32 *l, const float *x,
                              float *output)
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

static inline void finish_block(const block *b, const engine_sparse_layer_f32 *l)
{
    for (int i = 0; i < b->count; i++) {
        one_window(l, b->x[i], b->output[i]);
    }
}

void engine_sparse_f32(const engine_sparse_f32_params *params, const float *input,
                       const uint8_t *heads, const uint8_t *taps, const int32_t *offsets,
                       const float *weights, const float *bias, float *output)
{
    ENGINE_PARAMS(engine_sparse_f32_params, p, params);
    const engine_sparse_layer_f32 l = {p->filters, p->activation_min, p->activation_max, heads,
                                       taps,       offsets,           weights,           bias};
    block windows;
    windows.count = 0; /* the rest is not read before it is written */

    for (uint16_t oy = 0; oy < p->grid.out_h; oy++) {
        const float *x = input;
        for (uint16_t ox = 0; ox < p->grid.out_w; ox++) {
            add_window(&windows, &l, x, output);
            x += p->grid.step_x;
            output += p->grid.out_c;
        }
        input += p->grid.step_y;
    }
    finish_block(&windows, &l);
}

static void border_window(const engine_sparse_layer_f32 *l, const engine_window *g, int top,
                          int left, const float *input, const int32_t *places, float *output)
{
    engine_sparse_reader_f32 r = {l->heads, l->taps, l->weights};
    const float *bias = l->bias;

    for (;;) {
        output = engine_sparse_constants_f32(&r, output);
        uint_fast8_t live = engine_next_u8(&r.heads);
        if (live == 0) {
            return;
        }
        for (; live > 0; live--) {
            float sum = engine_flash_f32(bias++);
            for (uint_fast16_t s = 0; s < l->filters.segments; s++) {
                const engine_sparse_cut cut =
                    engine_sparse_clip(g, places + 2 * (size_t)s, top, left);
                const float *row = input + cut.row;
                for (uint_fast8_t count = engine_next_u8(&r.heads); count > 0; count--) {
                    const size_t place = (size_t)(cut.first + engine_next_u8(&r.taps));
                    const float weight = engine_flash_f32(r.weights++);
                    if (place < cut.width) {
                        sum = engine_sparse_multiply_add(row[place], weight, sum);
                    }
                }
            }
            *output++ = engine_sparse_clamped(l, sum);
        }
    }
}

void engine_sparse_padded_f32(const engine_sparse_padded_f32_params *params, const float *input,
                              const uint8_t *heads, const uint8_t *taps, const int32_t *offsets,
                              const int32_t *places, const float *weights, const float *bias,
                              float *output)
{
    ENGINE_PARAMS(engine_sparse_padded_f32_params, p, params);
    const engine_window *g = &p->window;
    const engine_sparse_layer_f32 l = {p->filters, p->activation_min, p->activation_max, heads,
                                       taps,       offsets,           weights,           bias};
    block windows;
    windows.count = 0; /* the rest is not read before it is written */

    for (int oy = 0; oy < g->out_h; oy++) {
        const int top = oy * g->stride_h - g->pad_top;
        const int whole_rows = engine_sparse_inside(top, g->kernel_h, g->dilation_h, g->in_h);
        for (int ox = 0; ox < g->out_w; ox++) {
            const int left = ox * g->stride_w - g->pad_left;
            if (whole_rows && engine_sparse_inside(left, g->kernel_w, g->dilation_w, g->in_w)) {
                const int32_t first = ((int32_t)top * g->in_w + left) * g->in_c;
                add_window(&windows, &l, input + first, output);
            } else {
                border_window(&l, g, top, left, input, places, output);
            }
            output += g->out_c;
        }
    }
    finish_block(&windows, &l);
}
