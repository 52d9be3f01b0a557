#include "engine_kernels_elementwise.h"

#include <stddef.h>

#include "engine_flash.h"

void engine_lut_s8(const engine_lut_s8_params *params, const int8_t *input, const int8_t *table,
                   int8_t *output)
{
    engine_lut_s8_params p;
    engine_flash_copy(&p, params, sizeof p);
    for (size_t i = 0; i < (size_t)p.count; i++) {
        output[i] = engine_flash_i8(table + (input[i] + 128));
    }
}
