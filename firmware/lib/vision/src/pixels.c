#include "pixels.h"

#include <string.h>

static uint16_t side(uint32_t product, uint16_t by)
{
    const uint32_t whole = product / by;
    return (uint16_t)(whole > 0 ? whole : 1);
}

pixels_window pixels_centre(uint16_t frame_width, uint16_t frame_height, uint16_t width,
                            uint16_t height)
{
    const uint32_t across = (uint32_t)frame_width * height;
    const uint32_t down = (uint32_t)frame_height * width;
    pixels_window window = {0, 0, frame_width, frame_height};
    if (across > down) {
        window.width = side(down, height);
    } else {
        window.height = side(across, width);
    }
    window.x = (uint16_t)((frame_width - window.width) / 2);
    window.y = (uint16_t)((frame_height - window.height) / 2);
    return window;
}

/* Along one side, in units in which a source pixel is `out` long and an output pixel `in` long:
 * output pixel `index` covers [index * in, (index + 1) * in). */
typedef struct {
    uint32_t from, to;   /* in those units */
    uint16_t first, end; /* source pixels touched */
} span;

static span covered(uint16_t index, uint16_t in, uint16_t out)
{
    span it;
    it.from = (uint32_t)index * in;
    it.to = it.from + in;
    it.first = (uint16_t)(it.from / out);
    it.end = (uint16_t)((it.to - 1) / out + 1);
    return it;
}

/* How much of source pixel `at` the span covers. */
static uint32_t overlap(const span *it, uint16_t at, uint16_t out)
{
    const uint32_t left = (uint32_t)at * out;
    const uint32_t right = left + out;
    return (right < it->to ? right : it->to) - (left > it->from ? left : it->from);
}

static uint8_t mean(const uint8_t *origin, uint16_t stride, const span *columns, const span *rows,
                    uint16_t width, uint16_t height)
{
    /* What the first and the last pixel of a line have outside the span. */
    const uint32_t before = columns->from - (uint32_t)columns->first * width;
    const uint32_t behind = (uint32_t)columns->end * width - columns->to;
    uint32_t sum = 0;
    for (uint16_t y = rows->first; y < rows->end; y++) {
        const uint8_t *row = origin + (uint32_t)y * stride;
        uint32_t line = 0;
        for (uint16_t x = columns->first; x < columns->end; x++) {
            line += row[x];
        }
        line = line * width - before * row[columns->first] - behind * row[columns->end - 1];
        sum += overlap(rows, y, height) * line;
    }
    const uint32_t area = (columns->to - columns->from) * (rows->to - rows->from);
    return (uint8_t)((sum + area / 2) / area);
}

void pixels_scale(const uint8_t *frame, uint16_t frame_width, const pixels_window *window,
                  uint8_t *to, uint16_t width, uint16_t height)
{
    const uint8_t *origin = frame + (uint32_t)window->y * frame_width + window->x;
    for (uint16_t y = 0; y < height; y++) {
        const span rows = covered(y, window->height, height);
        for (uint16_t x = 0; x < width; x++) {
            const span columns = covered(x, window->width, width);
            *to++ = mean(origin, frame_width, &columns, &rows, width, height);
        }
    }
}

static float value_of(uint8_t pixel, pixels_range range)
{
    const float scaled = (float)pixel * range.scale;
    return scaled + range.offset;
}

static int8_t quantised(float value, float input_scale, int8_t zero_point)
{
    const float beyond = 512.0f; /* out of int8 with any zero point */
    float steps = value / input_scale;
    steps = steps > beyond ? beyond : steps < -beyond ? -beyond : steps;
    int16_t whole = (int16_t)steps;
    const float rest = steps - (float)whole;
    whole = (int16_t)(whole + (rest >= 0.5f) - (rest <= -0.5f) + zero_point);
    return (int8_t)(whole > INT8_MAX ? INT8_MAX : whole < INT8_MIN ? INT8_MIN : whole);
}

void pixels_table_s8(int8_t table[PIXELS_LEVELS], pixels_range range, float input_scale,
                     int8_t zero_point)
{
    for (uint16_t pixel = 0; pixel < PIXELS_LEVELS; pixel++) {
        table[pixel] = quantised(value_of((uint8_t)pixel, range), input_scale, zero_point);
    }
}

/* From the last pixel on: what is written lies behind every pixel that is still to be read. */

void pixels_expand_s8(uint8_t *buffer, uint32_t count, uint8_t channels,
                      const int8_t table[PIXELS_LEVELS])
{
    while (count-- > 0) {
        memset(buffer + count * channels, (uint8_t)table[buffer[count]], channels);
    }
}

void pixels_expand_f32(uint8_t *buffer, uint32_t count, uint8_t channels, pixels_range range)
{
    while (count-- > 0) {
        const float value = value_of(buffer[count], range);
        for (uint32_t i = 0; i < channels; i++) {
            memcpy(buffer + (count * channels + i) * sizeof value, &value, sizeof value);
        }
    }
}
