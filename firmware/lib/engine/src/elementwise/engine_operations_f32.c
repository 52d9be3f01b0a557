/* Arithmetic of two operands with broadcast; see engine_binary_f32.c for sums and extremes. */
#include <math.h>

#include "core/engine_clamp_f32.h"
#include "core/engine_rows.h"
#include "engine_kernels_elementwise.h"

/* Define the kernel `engine_<name>_f32`, which writes `result` for elements x and y. */
#define KERNEL(name, result)                                                                       \
    void engine_##name##_f32(const engine_binary_f32_params *params, const float *input1,          \
                             const float *input2, const int32_t *dims, float *output)              \
    {                                                                                              \
        engine_binary_f32_params p;                                                                \
        engine_flash_copy(&p, params, sizeof p);                                                   \
        engine_rows r;                                                                             \
        engine_rows_begin(&r, dims);                                                               \
        const int32_t *inner = r.dims[ENGINE_RANK - 1];                                            \
        do {                                                                                       \
            const float *a = input1 + r.at1;                                                       \
            const float *b = input2 + r.at2;                                                       \
            for (int32_t i = 0; i < inner[0]; i++) {                                               \
                const float x = *a;                                                                \
                const float y = engine_operand_f32(b, p.constant2);                                \
                *output++ = engine_clamp_f32(result, p.activation_min, p.activation_max);          \
                a += inner[1];                                                                     \
                b += inner[2];                                                                     \
            }                                                                                      \
        } while (engine_rows_next(&r));                                                            \
    }

/* The remainder with the divisor's sign. */
static float modulo(float x, float y)
{
    const float rest = fmodf(x, y);
    return rest != 0.0f && (rest < 0.0f) != (y < 0.0f) ? rest + y : rest;
}

KERNEL(div, x / y)
KERNEL(rdiv, y / x)
KERNEL(pow, powf(x, y))
KERNEL(rpow, powf(y, x))
KERNEL(floor_div, floorf(x / y))
KERNEL(floor_mod, modulo(x, y))
KERNEL(squared_difference, (x - y) * (x - y))
KERNEL(prelu, x < 0.0f ? x * y : x)
