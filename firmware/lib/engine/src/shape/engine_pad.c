#include "engine_kernels_shape.h"

#include "core/engine_rows.h"

void engine_pad(const engine_pad_params *params, const void *input, const int32_t *dims,
                void *output)
{
    engine_pad_params p;
    engine_flash_copy(&p, params, sizeof p);
    uint8_t *to = output;
    for (int32_t i = 0; i < p.bytes; i += p.item) {
        const uint32_t padding = (uint32_t)p.padding;
        for (int32_t byte = 0; byte < p.item; byte++) {
            *to++ = (uint8_t)(padding >> (8 * byte));
        }
    }
    engine_move(&params->move, input, dims, output);
}
