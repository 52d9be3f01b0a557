/* Products of two computed matrices, batch by batch. */
#include "core/engine_requantize.h"
#include "core/engine_rows.h"
#include "engine_kernels_s8.h"
#include "engine_kernels_types.h"

static int8_t *product_s8(const engine_matmul_s8_params *p, const int8_t *a, const int8_t *b,
                          int8_t *output)
{
    const engine_matmul_params *m = &p->matmul;
    for (int32_t row = 0; row < m->rows; row++) {
        const int8_t *column = b;
        for (int32_t i = 0; i < m->columns; i++) {
            const int8_t *x = a;
            const int8_t *y = column;
            int32_t sum = 0;
            for (int32_t k = 0; k < m->depth; k++) {
                sum += ((int32_t)*x + p->offset1) * ((int32_t)*y + p->offset2);
                x += m->step1;
                y += m->step2;
            }
            const int32_t q = engine_requantize(sum, p->multiplier, p->shift);
            *output++ = engine_clamp_s8(q + p->output_offset, INT8_MIN, INT8_MAX);
            column += m->column2;
        }
        a += m->row1;
    }
    return output;
}

void engine_matmul_s8(const engine_matmul_s8_params *params, const int8_t *input1,
                      const int8_t *input2, const int32_t *dims, int8_t *output)
{
    engine_matmul_s8_params p;
    engine_flash_copy(&p, params, sizeof p);
    engine_rows r;
    engine_rows_begin(&r, dims);
    const int32_t *inner = r.dims[ENGINE_RANK - 1];
    do {
        for (int32_t i = 0; i < inner[0]; i++) {
            output = product_s8(&p, input1 + r.at1 + i * inner[1], input2 + r.at2 + i * inner[2],
                                output);
        }
    } while (engine_rows_next(&r));
}

static float *product_f32(const engine_matmul_params *m, const float *a, const float *b,
                          float *output)
{
    for (int32_t row = 0; row < m->rows; row++) {
        const float *column = b;
        for (int32_t i = 0; i < m->columns; i++) {
            const float *x = a;
            const float *y = column;
            float sum = 0.0f;
            for (int32_t k = 0; k < m->depth; k++) {
                sum += *x * *y;
                x += m->step1;
                y += m->step2;
            }
            *output++ = sum;
            column += m->column2;
        }
        a += m->row1;
    }
    return output;
}

void engine_matmul_f32(const engine_matmul_params *params, const float *input1, const float *input2,
                       const int32_t *dims, float *output)
{
    engine_matmul_params p;
    engine_flash_copy(&p, params, sizeof p);
    engine_rows r;
    engine_rows_begin(&r, dims);
    const int32_t *inner = r.dims[ENGINE_RANK - 1];
    do {
        for (int32_t i = 0; i < inner[0]; i++) {
            output = product_f32(&p, input1 + r.at1 + i * inner[1], input2 + r.at2 + i * inner[2],
                                 output);
        }
    } while (engine_rows_next(&r));
}
