#include "shape/engine_reduce.h"

#include "core/engine_requantize.h"

void engine_mean_s8(const engine_reduce_params *params, const int8_t *input, const int32_t *dims,
                    int8_t *output)
{
    engine_reduce_params p;
    engine_flash_copy(&p, params, sizeof p);
    engine_walk kept, reduced;
    engine_walks_begin(&kept, &reduced, dims);
    for (int32_t i = 0; i < p.count; i++) {
        const int8_t *x = input + kept.at;
        int32_t sum = p.offset;
        for (int32_t left = p.reduced; left > 0; left--) {
            sum += x[reduced.at];
            engine_walk_next(&reduced);
        }
        const int32_t q = engine_requantize(sum, p.multiplier, p.shift);
        *output++ = engine_clamp_s8(q + p.output_offset, INT8_MIN, INT8_MAX);
        engine_walk_next(&kept);
    }
}

static inline __attribute__((always_inline)) void extreme(const engine_reduce_params *params,
                                                          const int8_t *input, const int32_t *dims,
                                                          int8_t *output, int least)
{
    engine_reduce_params p;
    engine_flash_copy(&p, params, sizeof p);
    engine_walk kept, reduced;
    engine_walks_begin(&kept, &reduced, dims);
    for (int32_t i = 0; i < p.count; i++) {
        const int8_t *x = input + kept.at;
        int8_t best = x[0];
        for (int32_t left = p.reduced; left > 0; left--) {
            const int8_t value = x[reduced.at];
            best = (least ? value < best : value > best) ? value : best;
            engine_walk_next(&reduced);
        }
        *output++ = best;
        engine_walk_next(&kept);
    }
}

void engine_reduce_max_s8(const engine_reduce_params *params, const int8_t *input,
                          const int32_t *dims, int8_t *output)
{
    extreme(params, input, dims, output, 0);
}

void engine_reduce_min_s8(const engine_reduce_params *params, const int8_t *input,
                          const int32_t *dims, int8_t *output)
{
    extreme(params, input, dims, output, 1);
}
