#include "engine_kernels_elementwise.h"

#include "core/engine_requantize.h"
#include "core/engine_rows.h"
#include "engine_kernels_s8.h"

#define HEADROOM ((int32_t)1 << ENGINE_HEADROOM_S8)

void engine_sum_s8(const engine_sum_s8_params *params, const int8_t *input1, const int8_t *input2,
                   const int32_t *dims, int8_t *output)
{
    engine_sum_s8_params p;
    engine_flash_copy(&p, params, sizeof p);
    engine_rows r;
    engine_rows_begin(&r, dims);
    const int32_t *inner = r.dims[ENGINE_RANK - 1];
    do {
        const int8_t *a = input1 + r.at1;
        const int8_t *b = input2 + r.at2;
        for (int32_t i = 0; i < inner[0]; i++) {
            const int32_t x1 =
                engine_requantize((*a + p.offset1) * HEADROOM, p.multiplier1, p.shift1);
            const int32_t x2 =
                engine_requantize((engine_operand_s8(b, p.constant2) + p.offset2) * HEADROOM,
                                  p.multiplier2, p.shift2);
            const int32_t sum =
                engine_requantize(p.sign1 * x1 + p.sign2 * x2, p.output_multiplier, p.output_shift);
            *output++ = engine_clamp_s8(sum + p.output_offset, p.activation_min, p.activation_max);
            a += inner[1];
            b += inner[2];
        }
    } while (engine_rows_next(&r));
}

void engine_mul_s8(const engine_mul_s8_params *params, const int8_t *input1, const int8_t *input2,
                   const int32_t *dims, int8_t *output)
{
    engine_mul_s8_params p;
    engine_flash_copy(&p, params, sizeof p);
    engine_rows r;
    engine_rows_begin(&r, dims);
    const int32_t *inner = r.dims[ENGINE_RANK - 1];
    do {
        const int8_t *a = input1 + r.at1;
        const int8_t *b = input2 + r.at2;
        for (int32_t i = 0; i < inner[0]; i++) {
            const int32_t product =
                (int32_t)(*a + p.offset1) * (engine_operand_s8(b, p.constant2) + p.offset2);
            const int32_t q = engine_requantize(product, p.multiplier, p.shift);
            *output++ = engine_clamp_s8(q + p.output_offset, p.activation_min, p.activation_max);
            a += inner[1];
            b += inner[2];
        }
    } while (engine_rows_next(&r));
}

void engine_maximum_s8(const engine_extreme_s8_params *params, const int8_t *input1,
                       const int8_t *input2, const int32_t *dims, int8_t *output)
{
    engine_extreme_s8_params p;
    engine_flash_copy(&p, params, sizeof p);
    engine_rows r;
    engine_rows_begin(&r, dims);
    const int32_t *inner = r.dims[ENGINE_RANK - 1];
    do {
        const int8_t *a = input1 + r.at1;
        const int8_t *b = input2 + r.at2;
        for (int32_t i = 0; i < inner[0]; i++) {
            const int8_t x2 = engine_operand_s8(b, p.constant2);
            *output++ = *a > x2 ? *a : x2;
            a += inner[1];
            b += inner[2];
        }
    } while (engine_rows_next(&r));
}

void engine_minimum_s8(const engine_extreme_s8_params *params, const int8_t *input1,
                       const int8_t *input2, const int32_t *dims, int8_t *output)
{
    engine_extreme_s8_params p;
    engine_flash_copy(&p, params, sizeof p);
    engine_rows r;
    engine_rows_begin(&r, dims);
    const int32_t *inner = r.dims[ENGINE_RANK - 1];
    do {
        const int8_t *a = input1 + r.at1;
        const int8_t *b = input2 + r.at2;
        for (int32_t i = 0; i < inner[0]; i++) {
            const int8_t x2 = engine_operand_s8(b, p.constant2);
            *output++ = *a < x2 ? *a : x2;
            a += inner[1];
            b += inner[2];
        }
    } while (engine_rows_next(&r));
}
