#include <stddef.h>
#include <string.h>

#include "engine_flash.h"
#include "engine_kernels_elementwise.h"

void engine_flip_sign(const engine_flip_sign_params *params, const void *input, void *output)
{
    engine_flip_sign_params p;
    engine_flash_copy(&p, params, sizeof p);
    const uint8_t *from = input;
    uint8_t *to = output;
    size_t left = (size_t)p.count;
    for (; left >= sizeof(uint32_t); left -= sizeof(uint32_t)) {
        uint32_t four;
        memcpy(&four, from, sizeof four);
        four ^= 0x80808080u;
        memcpy(to, &four, sizeof four);
        from += sizeof four;
        to += sizeof four;
    }
    for (; left > 0; left--) {
        *to++ = (uint8_t)(*from++ ^ 0x80u);
    }
}
