/* What the hybrid kernels share: quantising floats, and sums of products with the weights. */
#ifndef ENGINE_HYBRID_H
#define ENGINE_HYBRID_H

#include <stddef.h>
#include <stdint.h>

#include "engine_clamp_f32.h"
#include "engine_flash.h"
#include "engine_kernels_hybrid.h"

/* x = (q - offset) * scale */
typedef struct {
    float scale;
    int32_t offset;
} engine_hybrid_scale;

engine_hybrid_scale engine_hybrid_quantise(int8_t *to, const float *x, size_t count,
                                           int asymmetric);

/* A sum of products q * w, and that of the weights in it. */
typedef struct {
    int32_t products, weights;
} engine_hybrid_sum;

/* Adds `count` neighbours. */
void engine_hybrid_add_run(engine_hybrid_sum *sum, const int8_t *q, const int8_t *w, size_t count);

/* What the sum stands for; the order of roundings is TensorFlow Lite's. */
static inline float engine_hybrid_real(engine_hybrid_sum sum, engine_hybrid_scale input,
                                       float weight_scale, int per_channel)
{
    const float value = (float)(sum.products - input.offset * sum.weights);
    return per_channel ? value * weight_scale * input.scale : value * (input.scale * weight_scale);
}

#endif
