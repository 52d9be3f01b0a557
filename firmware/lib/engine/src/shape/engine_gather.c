#include "engine_kernels_shape.h"

#include <stddef.h>

#include "engine_flash.h"

static int32_t inside(int32_t index, int32_t size)
{
    return index < 0 ? 0 : (index < size ? index : size - 1);
}

void engine_gather(const engine_gather_params *params, const void *input, const int32_t *indexes,
                   void *output)
{
    engine_gather_params p;
    engine_flash_copy(&p, params, sizeof p);
    const uint8_t *from = input;
    uint8_t *to = output;
    for (int32_t block = 0; block < p.outer; block++) {
        for (int32_t i = 0; i < p.count; i++) {
            memcpy(to, from + (size_t)engine_flash_i32(indexes + i) * (size_t)p.bytes,
                   (size_t)p.bytes);
            to += p.bytes;
        }
        from += (size_t)p.size * (size_t)p.bytes;
    }
}

void engine_gather_at(const engine_gather_params *params, const void *input, const int32_t *indexes,
                      void *output)
{
    engine_gather_params p;
    engine_flash_copy(&p, params, sizeof p);
    const uint8_t *from = input;
    uint8_t *to = output;
    for (int32_t block = 0; block < p.outer; block++) {
        for (int32_t i = 0; i < p.count; i++) {
            memcpy(to, from + (size_t)inside(indexes[i], p.size) * (size_t)p.bytes,
                   (size_t)p.bytes);
            to += p.bytes;
        }
        from += (size_t)p.size * (size_t)p.bytes;
    }
}

void engine_lookup(const engine_gather_params *params, const int32_t *indexes, const void *operand,
                   void *output)
{
    engine_gather_params p;
    engine_flash_copy(&p, params, sizeof p);
    int8_t *to = output;
    for (int32_t i = 0; i < p.count; i++) {
        const int8_t *from =
            (const int8_t *)operand + (size_t)inside(indexes[i], p.size) * (size_t)p.bytes;
        for (int32_t k = 0; k < p.bytes; k++) {
            *to++ = engine_flash_i8(from + k);
        }
    }
}
