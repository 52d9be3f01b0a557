#include "engine_kernels_elementwise.h"

#include "core/engine_clamp_f32.h"
#include "core/engine_rows.h"

void engine_sum_f32(const engine_binary_f32_params *params, const float *input1,
                    const float *input2, const int32_t *dims, float *output)
{
    engine_binary_f32_params p;
    engine_flash_copy(&p, params, sizeof p);
    engine_rows r;
    engine_rows_begin(&r, dims);
    const int32_t *inner = r.dims[ENGINE_RANK - 1];
    do {
        const float *a = input1 + r.at1;
        const float *b = input2 + r.at2;
        for (int32_t i = 0; i < inner[0]; i++) {
            const float x2 = engine_operand_f32(b, p.constant2);
            *output++ =
                engine_clamp_f32(p.sign1 * *a + p.sign2 * x2, p.activation_min, p.activation_max);
            a += inner[1];
            b += inner[2];
        }
    } while (engine_rows_next(&r));
}

void engine_mul_f32(const engine_binary_f32_params *params, const float *input1,
                    const float *input2, const int32_t *dims, float *output)
{
    engine_binary_f32_params p;
    engine_flash_copy(&p, params, sizeof p);
    engine_rows r;
    engine_rows_begin(&r, dims);
    const int32_t *inner = r.dims[ENGINE_RANK - 1];
    do {
        const float *a = input1 + r.at1;
        const float *b = input2 + r.at2;
        for (int32_t i = 0; i < inner[0]; i++) {
            const float x2 = engine_operand_f32(b, p.constant2);
            *output++ = engine_clamp_f32(*a * x2, p.activation_min, p.activation_max);
            a += inner[1];
            b += inner[2];
        }
    } while (engine_rows_next(&r));
}

void engine_maximum_f32(const engine_binary_f32_params *params, const float *input1,
                        const float *input2, const int32_t *dims, float *output)
{
    engine_binary_f32_params p;
    engine_flash_copy(&p, params, sizeof p);
    engine_rows r;
    engine_rows_begin(&r, dims);
    const int32_t *inner = r.dims[ENGINE_RANK - 1];
    do {
        const float *a = input1 + r.at1;
        const float *b = input2 + r.at2;
        for (int32_t i = 0; i < inner[0]; i++) {
            const float x2 = engine_operand_f32(b, p.constant2);
            *output++ = *a > x2 ? *a : x2;
            a += inner[1];
            b += inner[2];
        }
    } while (engine_rows_next(&r));
}

void engine_minimum_f32(const engine_binary_f32_params *params, const float *input1,
                        const float *input2, const int32_t *dims, float *output)
{
    engine_binary_f32_params p;
    engine_flash_copy(&p, params, sizeof p);
    engine_rows r;
    engine_rows_begin(&r, dims);
    const int32_t *inner = r.dims[ENGINE_RANK - 1];
    do {
        const float *a = input1 + r.at1;
        const float *b = input2 + r.at2;
        for (int32_t i = 0; i < inner[0]; i++) {
            const float x2 = engine_operand_f32(b, p.constant2);
            *output++ = *a < x2 ? *a : x2;
            a += inner[1];
            b += inner[2];
        }
    } while (engine_rows_next(&r));
}
