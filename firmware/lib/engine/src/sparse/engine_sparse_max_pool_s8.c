#include "sparse/engine_sparse_s8.h"

/* Write the greatest output of one filter in each pool. Return the next filter's place. */
#if ENGINE_SPARSE_BLOCK == 1
__attribute__((noinline)) static engine_sparse_reader_s8
pooled_filter(const engine_sparse_layer_s8 *l, const engine_sparse_pools *p,
              engine_sparse_reader_s8 r, uint16_t f, const int8_t *input, int8_t *output)
{
    const int32_t bias = engine_flash_i32(l->bias + f);
    const uint16_t channel = l->output.rescale_step != 0 ? f : 0;
    const int32_t multiplier = engine_flash_i32(l->multipliers + channel);
    const int shift = engine_flash_i8(l->shifts + channel);
    const ptrdiff_t first = (ptrdiff_t)engine_flash_i32(l->offsets);
    const int8_t *row = input;
    engine_sparse_reader_s8 end = r;

    for (uint16_t rows = p->rows; rows > 0; rows--) {
        const int8_t *window = row;
        for (uint16_t columns = p->columns; columns > 0; columns--) {
            int32_t best = INT32_MIN;
            for (uint8_t i = 0; i < ENGINE_SPARSE_WINDOWS; i++) {
                const int8_t *const x = window + p->within[i];
                end = r;
                const int32_t acc =
                    engine_sparse_filter(&end, l, x, x + first, l->filters.segments, bias);
                best = acc > best ? acc : best;
            }
            *output = engine_sparse_output(best, multiplier, shift, l->output.offset);
            output += p->channels;
            window += p->step_x;
        }
        row += p->step_y;
    }
    return end;
}
#else
__attribute__((noinline)) static engine_sparse_reader_s8
pooled_filter(const engine_sparse_layer_s8 *l, const engine_sparse_pools *p,
              engine_sparse_reader_s8 r, uint16_t f, const int8_t *input, int8_t *output)
{
    const int32_t bias = l->bias[f];
    const size_t channel = l->output.rescale_step != 0 ? f : 0;
    const int32_t multiplier = l->multipliers[channel];
    const int shift = l->shifts[channel];
    const int32_t offset = l->output.offset;
    const unsigned segments = l->filters.segments;
    const int8_t *row = input + l->offsets[0];
    const unsigned count = engine_next_u8(&r.heads);
    const uint8_t *heads = r.heads;
    const uint8_t *e = r.taps;

    for (size_t rows = p->rows; rows > 0; rows--) {
        const int8_t *x0 = row + p->within[0];
        const int8_t *x1 = row + p->within[1];
        const int8_t *x2 = row + p->within[2];
        const int8_t *x3 = row + p->within[3];
        for (size_t columns = p->columns; columns > 0; columns--) {
            int32_t acc0 = bias, acc1 = bias, acc2 = bias, acc3 = bias;
            e = r.taps;
            heads = r.heads;
            ENGINE_SPARSE_SEGMENT_OF_FOUR(count);
            if (segments > 1) {
                ENGINE_SPARSE_FURTHER_OF_FOUR;
            }
            acc0 = acc1 > acc0 ? acc1 : acc0;
            acc0 = acc2 > acc0 ? acc2 : acc0;
            acc0 = acc3 > acc0 ? acc3 : acc0;
            *output = engine_sparse_output(acc0, multiplier, shift, offset);
            output += p->channels;
            x0 += p->step_x;
            x1 += p->step_x;
            x2 += p->step_x;
            x3 += p->step_x;
        }
        row += p->step_y;
    }
    r.heads = heads;
    r.taps = e;
    return r;
}
#endif

static void pooled_constant(const engine_sparse_pools *p, int8_t value, int8_t *output)
{
    for (uint32_t left = (uint32_t)p->rows * p->columns; left > 0; left--) {
        *output = value;
        output += p->channels;
    }
}

void engine_sparse_max_pool_s8(const engine_sparse_max_pool_s8_params *params, const int8_t *input,
                               const uint8_t *heads, const uint8_t *taps, const int32_t *offsets,
                               const int32_t *bias, const int32_t *multipliers,
                               const int8_t *shifts, int8_t *output)
{
    ENGINE_PARAMS(engine_sparse_max_pool_s8_params, both, params);
    const engine_sparse_grid *g = &both->conv.grid;
    const engine_sparse_layer_s8 l = {
        both->conv.filters, both->conv.output, heads, taps, offsets, bias, multipliers, shifts};
    const engine_sparse_pools p = engine_sparse_pools_of(g, both->pool_h, both->pool_w);
    engine_sparse_reader_s8 r = {heads, taps};
    uint16_t f = 0;
    int8_t *to = output;

    for (;;) {
        for (uint8_t count = engine_next_u8(&r.heads); count > 0; count--) {
            pooled_constant(&p, engine_next_i8(&r.heads), to++);
        }
        uint8_t live = engine_next_u8(&r.heads);
        if (live == 0) {
            break;
        }
        for (; live > 0; live--) {
            r = pooled_filter(&l, &p, r, f++, input, to++);
        }
    }
    engine_sparse_clamp(&l, output, (size_t)p.rows * p.columns * p.channels);
}
