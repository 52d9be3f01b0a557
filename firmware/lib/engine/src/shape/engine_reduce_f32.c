#include "shape/engine_reduce.h"

#include <float.h>

void engine_mean_f32(const engine_reduce_params *params, const float *input, const int32_t *dims,
                     float *output)
{
    engine_reduce_params p;
    engine_flash_copy(&p, params, sizeof p);
    engine_walk kept, reduced;
    engine_walks_begin(&kept, &reduced, dims);
    for (int32_t i = 0; i < p.count; i++) {
        const float *x = input + kept.at;
        float sum = 0.0f;
        for (int32_t left = p.reduced; left > 0; left--) {
            sum += x[reduced.at];
            engine_walk_next(&reduced);
        }
        *output++ = sum / (float)p.reduced;
        engine_walk_next(&kept);
    }
}

void engine_sum_over_f32(const engine_reduce_params *params, const float *input,
                         const int32_t *dims, float *output)
{
    engine_reduce_params p;
    engine_flash_copy(&p, params, sizeof p);
    engine_walk kept, reduced;
    engine_walks_begin(&kept, &reduced, dims);
    for (int32_t i = 0; i < p.count; i++) {
        const float *x = input + kept.at;
        float sum = 0.0f;
        for (int32_t left = p.reduced; left > 0; left--) {
            sum += x[reduced.at];
            engine_walk_next(&reduced);
        }
        *output++ = sum;
        engine_walk_next(&kept);
    }
}

void engine_reduce_prod_f32(const engine_reduce_params *params, const float *input,
                            const int32_t *dims, float *output)
{
    engine_reduce_params p;
    engine_flash_copy(&p, params, sizeof p);
    engine_walk kept, reduced;
    engine_walks_begin(&kept, &reduced, dims);
    for (int32_t i = 0; i < p.count; i++) {
        const float *x = input + kept.at;
        float product = 1.0f;
        for (int32_t left = p.reduced; left > 0; left--) {
            product *= x[reduced.at];
            engine_walk_next(&reduced);
        }
        *output++ = product;
        engine_walk_next(&kept);
    }
}

static inline __attribute__((always_inline)) void extreme(const engine_reduce_params *params,
                                                          const float *input, const int32_t *dims,
                                                          float *output, int least)
{
    engine_reduce_params p;
    engine_flash_copy(&p, params, sizeof p);
    engine_walk kept, reduced;
    engine_walks_begin(&kept, &reduced, dims);
    for (int32_t i = 0; i < p.count; i++) {
        const float *x = input + kept.at;
        float best = least ? FLT_MAX : -FLT_MAX;
        for (int32_t left = p.reduced; left > 0; left--) {
            const float value = x[reduced.at];
            best = (least ? value < best : value > best) ? value : best;
            engine_walk_next(&reduced);
        }
        *output++ = best;
        engine_walk_next(&kept);
    }
}

void engine_reduce_max_f32(const engine_reduce_params *params, const float *input,
                           const int32_t *dims, float *output)
{
    extreme(params, input, dims, output, 0);
}

void engine_reduce_min_f32(const engine_reduce_params *params, const float *input,
                           const int32_t *dims, float *output)
{
    extreme(params, input, dims, output, 1);
}
