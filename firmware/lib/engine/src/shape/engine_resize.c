#include "engine_flash.h"
#include "engine_kernels_shape.h"

#include <stddef.h>

void engine_resize_nearest(const engine_resize_params *params, const void *input,
                           const int16_t *rows, const int16_t *columns, void *output)
{
    ENGINE_PARAMS(engine_resize_params, p, params);
    const size_t pixel = (size_t)p->channels;
    const size_t in_row = (size_t)p->in_w * pixel;
    uint8_t *to = output;

    for (int16_t y = 0; y < p->out_h; y++) {
        const uint8_t *row = (const uint8_t *)input + (size_t)engine_flash_i16(rows + y) * in_row;
        for (int16_t x = 0; x < p->out_w; x++) {
            memcpy(to, row + (size_t)engine_flash_i16(columns + x) * pixel, pixel);
            to += pixel;
        }
    }
}

void engine_resize_bilinear_s8(const engine_resize_params *params, const int8_t *input,
                               const int16_t *rows, const int16_t *columns,
                               const int16_t *row_weights, const int16_t *column_weights,
                               int8_t *output)
{
    ENGINE_PARAMS(engine_resize_params, p, params);
    const size_t channels = (size_t)p->channels;
    const size_t in_row = (size_t)p->in_w * channels;

    for (int16_t y = 0; y < p->out_h; y++) {
        const int8_t *upper = input + (size_t)engine_flash_i16(rows + 2 * y) * in_row;
        const int8_t *lower = input + (size_t)engine_flash_i16(rows + 2 * y + 1) * in_row;
        const int32_t down = engine_flash_i16(row_weights + y);
        const int32_t up = ENGINE_RESIZE_ONE - down;
        for (int16_t x = 0; x < p->out_w; x++) {
            const size_t left = (size_t)engine_flash_i16(columns + 2 * x) * channels;
            const size_t right = (size_t)engine_flash_i16(columns + 2 * x + 1) * channels;
            const int32_t to_right = engine_flash_i16(column_weights + x);
            const int32_t to_left = ENGINE_RESIZE_ONE - to_right;
            for (size_t c = 0; c < channels; c++) {
                /* at most 128 * 2048 * 2048 */
                int32_t sum = up * (upper[left + c] * to_left + upper[right + c] * to_right);
                sum += down * (lower[left + c] * to_left + lower[right + c] * to_right);
                const int32_t one = (int32_t)ENGINE_RESIZE_ONE * ENGINE_RESIZE_ONE;
                const int32_t half = sum > 0 ? one / 2 : -(one / 2);
                *output++ = (int8_t)((sum + half) / one);
            }
        }
    }
}

void engine_resize_bilinear_f32(const engine_resize_params *params, const float *input,
                                const int16_t *rows, const int16_t *columns,
                                const float *row_weights, const float *column_weights,
                                float *output)
{
    ENGINE_PARAMS(engine_resize_params, p, params);
    const size_t channels = (size_t)p->channels;
    const size_t in_row = (size_t)p->in_w * channels;

    for (int16_t y = 0; y < p->out_h; y++) {
        const float *upper = input + (size_t)engine_flash_i16(rows + 2 * y) * in_row;
        const float *lower = input + (size_t)engine_flash_i16(rows + 2 * y + 1) * in_row;
        const float down = engine_flash_f32(row_weights + y);
        const float up = 1.0f - down;
        for (int16_t x = 0; x < p->out_w; x++) {
            const size_t left = (size_t)engine_flash_i16(columns + 2 * x) * channels;
            const size_t right = (size_t)engine_flash_i16(columns + 2 * x + 1) * channels;
            const float to_right = engine_flash_f32(column_weights + x);
            const float to_left = 1.0f - to_right;
            for (size_t c = 0; c < channels; c++) {
                *output++ = upper[left + c] * up * to_left + lower[left + c] * down * to_left +
                            upper[right + c] * up * to_right + lower[right + c] * down * to_right;
            }
        }
    }
}
