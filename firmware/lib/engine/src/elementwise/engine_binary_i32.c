#include "engine_kernels_elementwise.h"

#include "core/engine_rows.h"

/* Sums or products of all pairs, modulo 2^32; a constant `product` leaves one of them. */
static inline __attribute__((always_inline)) void
pairs_i32(const engine_binary_i32_params *params, const int32_t *input1, const int32_t *input2,
          const int32_t *dims, int32_t *output, int product)
{
    engine_binary_i32_params p;
    engine_flash_copy(&p, params, sizeof p);
    engine_rows r;
    engine_rows_begin(&r, dims);
    const int32_t *inner = r.dims[ENGINE_RANK - 1];
    do {
        const int32_t *a = input1 + r.at1;
        const int32_t *b = input2 + r.at2;
        for (int32_t i = 0; i < inner[0]; i++) {
            const uint32_t x1 = (uint32_t)*a;
            const uint32_t x2 = (uint32_t)(p.constant2 ? engine_flash_i32(b) : *b);
            *output++ =
                (int32_t)(product ? x1 * x2
                                  : (p.sign1 < 0 ? 0u - x1 : x1) + (p.sign2 < 0 ? 0u - x2 : x2));
            a += inner[1];
            b += inner[2];
        }
    } while (engine_rows_next(&r));
}

void engine_sum_i32(const engine_binary_i32_params *params, const int32_t *input1,
                    const int32_t *input2, const int32_t *dims, int32_t *output)
{
    pairs_i32(params, input1, input2, dims, output, 0);
}

void engine_mul_i32(const engine_binary_i32_params *params, const int32_t *input1,
                    const int32_t *input2, const int32_t *dims, int32_t *output)
{
    pairs_i32(params, input1, input2, dims, output, 1);
}
