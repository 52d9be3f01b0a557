#include "engine_kernels_shape.h"

#include "core/engine_rows.h"

void engine_move(const engine_move_params *params, const void *input, const int32_t *dims,
                 void *output)
{
    engine_move_params p;
    engine_flash_copy(&p, params, sizeof p);
    engine_rows r;
    engine_rows_begin(&r, dims);
    const int32_t *inner = r.dims[ENGINE_RANK - 1];
    do {
        const uint8_t *from = (const uint8_t *)input + p.input_offset + r.at1;
        uint8_t *to = (uint8_t *)output + p.output_offset + r.at2;
        for (int32_t i = 0; i < inner[0]; i++) {
            if (p.run == 1) {
                *to = *from;
            } else {
                memcpy(to, from, (size_t)p.run);
            }
            from += inner[1];
            to += inner[2];
        }
    } while (engine_rows_next(&r));
}

void engine_move_constant(const engine_move_params *params, const void *operand,
                          const int32_t *dims, void *output)
{
    engine_move_params p;
    engine_flash_copy(&p, params, sizeof p);
    engine_rows r;
    engine_rows_begin(&r, dims);
    const int32_t *inner = r.dims[ENGINE_RANK - 1];
    do {
        const uint8_t *from = (const uint8_t *)operand + p.input_offset + r.at1;
        uint8_t *to = (uint8_t *)output + p.output_offset + r.at2;
        for (int32_t i = 0; i < inner[0]; i++) {
            for (int32_t k = 0; k < p.run; k++) {
                to[k] = (uint8_t)engine_flash_i8((const int8_t *)from + k);
            }
            from += inner[1];
            to += inner[2];
        }
    } while (engine_rows_next(&r));
}
