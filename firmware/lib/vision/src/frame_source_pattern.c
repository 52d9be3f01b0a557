/* The frames of boards without a sensor: synthetic and the same in every run. Frame n since
 * frame_source_open, from 0, is a ramp along the diagonal, (x + y + 4 n) mod 256, under a white
 * square of a quarter of the shorter side (at least 1) that moves 8 pixels a frame to the right, at
 * half height, and starts again at the left before it would leave the frame. */
#if !defined(FRAME_SOURCE_SENSOR)

#include "frame_source.h"
#include "port.h"

enum { RAMP_STEP = 4, SQUARE_STEP = 8, WHITE = 255 };

static uint16_t frame_width, frame_height;
static uint32_t frame_count;

bool frame_source_open(uint16_t width, uint16_t height)
{
    frame_width = width;
    frame_height = height;
    frame_count = 0;
    return width > 0 && height > 0;
}

bool frame_source_grab(uint8_t *pixels, uint64_t *ticks)
{
    port_counter_start();
    const uint16_t shorter = frame_width < frame_height ? frame_width : frame_height;
    const uint32_t side = shorter >= 4 ? shorter / 4u : 1u;
    const uint32_t left = frame_count * SQUARE_STEP % (frame_width - side + 1u);
    const uint32_t top = (frame_height - side) / 2u;
    for (uint32_t y = 0; y < frame_height; y++) {
        for (uint32_t x = 0; x < frame_width; x++) {
            const bool in_square = x - left < side && y - top < side;
            *pixels++ = in_square ? WHITE : (uint8_t)(x + y + RAMP_STEP * frame_count);
        }
    }
    frame_count++;
    *ticks = port_counter_stop();
    return true;
}

const char *frame_source_name(void)
{
    return "test pattern";
}

const char *frame_source_clock_name(void)
{
    return port_counter_name();
}

uint32_t frame_source_clock_hz(void)
{
    return port_counter_hz();
}

#endif
