#include "sparse/engine_sparse_f32.h"

#if ENGINE_SPARSE_BLOCK == 1
static float best_of_four(engine_sparse_reader_f32 *r, const engine_sparse_layer_f32 *l,
                          const engine_sparse_pools *p, const float *window, float bias)
{
    const engine_sparse_reader_f32 begin = *r;
    float best = 0.0f;
    for (uint8_t i = 0; i < ENGINE_SPARSE_WINDOWS; i++) {
        const float *const x = window + p->within[i];
        float sum = bias;
        *r = begin;
        for (uint16_t s = 0; s < l->filters.segments; s++) {
            sum = engine_sparse_dot_f32(r, x + engine_segment_offset(l->offsets, s), sum);
        }
        best = i == 0 || sum > best ? sum : best;
    }
    return best;
}
#else
static inline float best_of_four(engine_sparse_reader_f32 *r, const engine_sparse_layer_f32 *l,
                                 const engine_sparse_pools *p, const float *window, float bias)
{
    const float *const first = window + l->offsets[0];
    const float *const x0 = first;
    const float *const x1 = first + p->within[1];
    const float *const x2 = first + p->within[2];
    const float *const x3 = first + p->within[3];
    float sum0 = bias, sum1 = bias, sum2 = bias, sum3 = bias;
    ENGINE_SPARSE_SUMS_OF_FOUR(*r);
    sum0 = sum1 > sum0 ? sum1 : sum0;
    sum0 = sum2 > sum0 ? sum2 : sum0;
    return sum3 > sum0 ? sum3 : sum0;
}
#endif

/* Write the greatest output of one filter in each pool. Return the next filter's place. */
__attribute__((noinline)) static engine_sparse_reader_f32
pooled_filter(const engine_sparse_layer_f32 *l, const engine_sparse_pools *p,
              engine_sparse_reader_f32 r, float bias, const float *input, float *output)
{
    const float *row = input;
    engine_sparse_reader_f32 end = r;
    for (size_t rows = p->rows; rows > 0; rows--) {
        const float *window = row;
        for (size_t columns = p->columns; columns > 0; columns--) {
            end = r;
            *output = engine_sparse_clamped(l, best_of_four(&end, l, p, window, bias));
            output += p->channels;
            window += p->step_x;
        }
        row += p->step_y;
    }
    return end;
}

static void pooled_constant(const engine_sparse_pools *p, float value, float *output)
{
    for (uint32_t left = (uint32_t)p->rows * p->columns; left > 0; left--) {
        *output = value;
        output += p->channels;
    }
}

void engine_sparse_max_pool_f32(const engine_sparse_max_pool_f32_params *params, const float *input,
                                const uint8_t *heads, const uint8_t *taps, const int32_t *offsets,
                                const float *weights, const float *bias, float *output)
{
    ENGINE_PARAMS(engine_sparse_max_pool_f32_params, both, params);
    const engine_sparse_f32_params *conv = &both->conv;
    const engine_sparse_grid *g = &conv->grid;
    const engine_sparse_layer_f32 l = {
        conv->filters, conv->activation_min, conv->activation_max, heads, taps, offsets, weights,
        bias};
    const engine_sparse_pools p = engine_sparse_pools_of(g, both->pool_h, both->pool_w);
    engine_sparse_reader_f32 r = {heads, taps, weights};

    for (;;) {
        for (uint8_t count = engine_next_u8(&r.heads); count > 0; count--) {
            pooled_constant(&p, engine_flash_f32(r.weights++), output++);
        }
        uint8_t live = engine_next_u8(&r.heads);
        if (live == 0) {
            return;
        }
        for (; live > 0; live--) {
            r = pooled_filter(&l, &p, r, engine_flash_f32(bias++), input, output++);
        }
    }
}
