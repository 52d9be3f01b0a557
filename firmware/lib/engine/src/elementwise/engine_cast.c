#include <stddef.h>

#include "engine_flash.h"
#include "engine_kernels_types.h"

static int32_t integer_at(const void *input, size_t i, int type)
{
    switch (type) {
    case ENGINE_TYPE_INT16:
        return ((const int16_t *)input)[i];
    case ENGINE_TYPE_INT32:
        return ((const int32_t *)input)[i];
    case ENGINE_TYPE_UINT8:
        return ((const uint8_t *)input)[i];
    default:
        return ((const int8_t *)input)[i];
    }
}

/* A float as an integer between two limits. */
static int32_t cut(float x, float least, float greatest)
{
    const float inside = x < least ? least : (x > greatest ? greatest : x);
    return inside >= 2147483520.0f ? INT32_MAX : (int32_t)inside;
}

static int32_t integer_of(float x, int type)
{
    switch (type) {
    case ENGINE_TYPE_INT16:
        return cut(x, -32768.0f, 32767.0f);
    case ENGINE_TYPE_INT32:
        return cut(x, -2147483648.0f, 2147483648.0f);
    case ENGINE_TYPE_UINT8:
        return cut(x, 0.0f, 255.0f);
    case ENGINE_TYPE_BOOL:
        return x != 0.0f;
    default:
        return cut(x, -128.0f, 127.0f);
    }
}

static void write_integer(void *output, size_t i, int type, int32_t x)
{
    switch (type) {
    case ENGINE_TYPE_FLOAT32:
        ((float *)output)[i] = (float)x;
        break;
    case ENGINE_TYPE_INT16:
        ((int16_t *)output)[i] = (int16_t)x;
        break;
    case ENGINE_TYPE_INT32:
        ((int32_t *)output)[i] = x;
        break;
    case ENGINE_TYPE_UINT8:
        ((uint8_t *)output)[i] = (uint8_t)x;
        break;
    case ENGINE_TYPE_BOOL:
        ((int8_t *)output)[i] = x != 0;
        break;
    default:
        ((int8_t *)output)[i] = (int8_t)x;
    }
}

void engine_cast(const engine_cast_params *params, const void *input, void *output)
{
    engine_cast_params p;
    engine_flash_copy(&p, params, sizeof p);
    for (size_t i = 0; i < (size_t)p.count; i++) {
        if (p.source != ENGINE_TYPE_FLOAT32) {
            write_integer(output, i, p.target, integer_at(input, i, p.source));
        } else if (p.target == ENGINE_TYPE_FLOAT32) {
            ((float *)output)[i] = ((const float *)input)[i];
        } else {
            const float x = ((const float *)input)[i];
            write_integer(output, i, p.target, x == x ? integer_of(x, p.target) : 0);
        }
    }
}
