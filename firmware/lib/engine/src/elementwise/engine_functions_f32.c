/* Functions of one element that only read it: see engine_unary_f32.c for those with parameters. */
#include <math.h>
#include <stddef.h>

#include "engine_flash.h"
#include "engine_kernels_elementwise.h"

/* Define the kernel `engine_<name>_f32`, which writes `result` for each element x. */
#define KERNEL(name, result)                                                                       \
    void engine_##name##_f32(const engine_unary_f32_params *params, const float *input,            \
                             float *output)                                                        \
    {                                                                                              \
        engine_unary_f32_params p;                                                                 \
        engine_flash_copy(&p, params, sizeof p);                                                   \
        for (size_t i = 0; i < (size_t)p.count; i++) {                                             \
            const float x = input[i];                                                              \
            output[i] = (result);                                                                  \
        }                                                                                          \
    }

/* The error function's complement, off by at most 1.5e-7: 7.1.26 of Abramowitz and Stegun,
 * "Handbook of mathematical functions" (1964). Some C libraries have none. */
static float complement(float x)
{
    const float t = 1.0f / (1.0f + 0.3275911f * fabsf(x));
    const float series =
        t * (0.254829592f +
             t * (-0.284496736f + t * (1.421413741f + t * (-1.453152027f + t * 1.061405429f))));
    const float tail = series * expf(-x * x);
    return x < 0.0f ? 2.0f - tail : tail;
}

static float by_tanh(float x)
{
    return 1.0f + tanhf(0.7978845608f * (x + 0.044715f * x * x * x));
}

/* The nearest integer, halves to the even one. */
static float nearest(float x)
{
    const float below = floorf(x);
    const float rest = x - below;
    const int odd = below - 2.0f * floorf(below * 0.5f) != 0.0f;
    return rest > 0.5f || (rest == 0.5f && odd) ? below + 1.0f : below;
}

KERNEL(elu, x < 0.0f ? expf(x) - 1.0f : x)
KERNEL(gelu, 0.5f * x * complement(x * -0.7071067812f))
KERNEL(gelu_tanh, 0.5f * x * by_tanh(x))
KERNEL(abs, fabsf(x))
KERNEL(sqrt, sqrtf(x))
KERNEL(rsqrt, 1.0f / sqrtf(x))
KERNEL(square, x *x)
KERNEL(neg, -x)
KERNEL(exp, expf(x))
KERNEL(log, logf(x))
KERNEL(floor, floorf(x))
KERNEL(ceil, ceilf(x))
KERNEL(round, nearest(x))
KERNEL(sign, (float)((x > 0.0f) - (x < 0.0f)))
KERNEL(sin, sinf(x))
KERNEL(cos, cosf(x))
