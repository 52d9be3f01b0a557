/* The pixel path as test_pixels_c.py calls it: buffers on the heap at their exact sizes, so that
 * AddressSanitizer sees any step beyond them. Reads jobs from stdin, writes results to stdout. */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "frame_source.h"
#include "pixels.h"
#include "port.h"

typedef struct {
    uint32_t frame_width, frame_height, width, height, channels, quantise;
    float scale, offset, input_scale;
    int32_t zero_point;
} job;

void port_counter_start(void) {}

uint64_t port_counter_stop(void)
{
    return 7;
}

uint32_t port_counter_hz(void)
{
    return 1000;
}

const char *port_counter_name(void)
{
    return "desk";
}

static void run_job(const job *it)
{
    const size_t frame_bytes = (size_t)it->frame_width * it->frame_height;
    const uint32_t count = it->width * it->height;
    const size_t value_bytes = it->quantise ? 1 : sizeof(float);
    const size_t input_bytes = count * it->channels * value_bytes;
    uint8_t *frame = malloc(frame_bytes);
    uint8_t *input = malloc(input_bytes);
    if (fread(frame, 1, frame_bytes, stdin) != frame_bytes) {
        exit(1);
    }
    const pixels_window window =
        pixels_centre((uint16_t)it->frame_width, (uint16_t)it->frame_height, (uint16_t)it->width,
                      (uint16_t)it->height);
    const pixels_range range = {it->scale, it->offset};
    pixels_scale(frame, (uint16_t)it->frame_width, &window, input, (uint16_t)it->width,
                 (uint16_t)it->height);
    if (it->quantise) {
        int8_t table[PIXELS_LEVELS];
        pixels_table_s8(table, range, it->input_scale, (int8_t)it->zero_point);
        pixels_expand_s8(input, count, (uint8_t)it->channels, table);
    } else {
        pixels_expand_f32(input, count, (uint8_t)it->channels, range);
    }
    fwrite(&window, 1, sizeof window, stdout);
    fwrite(input, 1, input_bytes, stdout);
    free(input);
    free(frame);
}

static void run_pattern(uint16_t width, uint16_t height, uint32_t frames)
{
    const size_t bytes = (size_t)width * height;
    uint8_t *frame = malloc(bytes);
    frame_source_open(width, height);
    for (uint32_t i = 0; i < frames; i++) {
        uint64_t ticks = 0;
        if (!frame_source_grab(frame, &ticks) || ticks != 7) {
            exit(1);
        }
        fwrite(frame, 1, bytes, stdout);
    }
    free(frame);
}

int main(int count, char **arguments)
{
    if (count == 4) {
        run_pattern((uint16_t)atoi(arguments[1]), (uint16_t)atoi(arguments[2]),
                    (uint32_t)atoi(arguments[3]));
        return 0;
    }
    job it;
    while (fread(&it, 1, sizeof it, stdin) == sizeof it) {
        run_job(&it);
    }
    return 0;
}
