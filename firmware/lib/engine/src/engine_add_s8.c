#include "engine_kernels_s8.h"

#include <stddef.h>

#include "engine_flash.h"
#include "engine_requantize.h"

#define HEADROOM ((int32_t)1 << 20) /* inputs are scaled up so that rounding them loses nothing */

void engine_add_s8(const engine_add_s8_params *params, const int8_t *input1, const int8_t *input2,
                   int8_t *output)
{
    engine_add_s8_params p;
    engine_flash_copy(&p, params, sizeof p);
    for (size_t i = 0; i < (size_t)p.count; i++) {
        const int32_t x1 =
            engine_requantize((input1[i] + p.offset1) * HEADROOM, p.multiplier1, p.shift1);
        const int32_t x2 =
            engine_requantize((input2[i] + p.offset2) * HEADROOM, p.multiplier2, p.shift2);
        const int32_t sum = engine_requantize(x1 + x2, p.output_multiplier, p.output_shift);
        output[i] = engine_clamp_s8(sum + p.output_offset, p.activation_min, p.activation_max);
    }
}
